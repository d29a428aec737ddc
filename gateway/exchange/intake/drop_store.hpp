// A folder that a legacy system writes files into, and the three of ours within it (implemented in storage):
//
//   FOLDER/         what comes in; whoever writes there is not trusted
//   FOLDER/taken/   what is being taken
//   FOLDER/done/    what was taken, and for each file what became of it: NAME.result.json
//   FOLDER/failed/  what could not be, likewise
//   FOLDER/results/ in place of those NAME.result.json where others than the gateway's user are to read them
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/base/time.hpp"

namespace ketenpoort::exchange {

enum class DropPlace : unsigned char { incoming, taken, done, failed, results };

// A file as the file system shows it, without looking into it.
struct DropFile {
  enum class Kind : unsigned char { regular, folder, link, other };
  std::string name;
  Kind kind = Kind::other;
  std::uint64_t links = 1;
  std::uint64_t bytes = 0;
  std::uint64_t node = 0;
  std::int64_t written = 0;  // nanoseconds since the epoch: its last change of content, as whoever owns it says
  std::int64_t moved = 0;    // and of name or place, as the file system says

  // Whether nothing was written to it in between.
  [[nodiscard]] bool same_content(const DropFile& other) const {
    return node == other.node && bytes == other.bytes && written == other.written;
  }
};

class DropStore {
 public:
  virtual ~DropStore() = default;
  // Finds the folder and makes what is missing in it. Every look begins with this: a folder may be mounted later.
  // ErrorCode::io, and what is wrong in a sentence without a path.
  virtual Status open() = 0;
  [[nodiscard]] virtual Result<std::vector<DropFile>> list(DropPlace place) const = 0;
  [[nodiscard]] virtual Result<DropFile> look_at(DropPlace place, const std::string& name) const = 0;  // not_found
  // Durable, and never over another file: ErrorCode::conflict when the name is taken.
  virtual Status move(DropPlace from, const std::string& name, DropPlace to, const std::string& new_name) = 0;
  // Piece by piece. ErrorCode::invalid_input when the file may not be read, or is none: it will not be better later.
  virtual Status read(const std::string& taken, const std::function<Status(std::string_view)>& use) const = 0;
  // Whole or not at all, for the owner only, in results for its readers too. ErrorCode::unavailable when the disk is
  // full.
  virtual Status write(DropPlace place, const std::string& name, std::string_view content) = 0;
  virtual Status remove(DropPlace place, const std::string& name) = 0;
};

}  // namespace ketenpoort::exchange
