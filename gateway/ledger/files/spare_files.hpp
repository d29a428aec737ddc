// Files to write something new into before it is moved to its place. Those that are no longer needed there come back
// and are used again: a file system that makes and removes a dozen files five times a second spends more on that than
// on all that stands in them.
//
// One that was published rests first, so that whoever is reading it when it is replaced reads it to its end; one that
// has another name as well (a snapshot made of hard links) is not used again. Not for several threads.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/ledger/files/file_system.hpp"

namespace ketenpoort::ledger {

class SpareFiles {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // `folder` is theirs alone, on the same file system as what they are moved to.
  SpareFiles(std::filesystem::path folder, std::shared_ptr<FileSystem> files, std::chrono::milliseconds rest,
             std::function<Time()> now = std::chrono::steady_clock::now)
      : folder_(std::move(folder)), files_(std::move(files)), rest_(rest), now_(std::move(now)) {}

  // A file with this content, not synced yet. One that is neither moved nor put back is gone for this process.
  struct Written {
    std::filesystem::path path;
    std::unique_ptr<File> file;
  };
  Result<Written> write(std::string_view content);
  void put_back(const Written& written) { unused_.push_back(written.path); }

  // Moves a file that was published here, or removes it if there are enough. A move is certain once the folder it came
  // from and folder() are synced; only then note_moves() lets them rest and be used again.
  Status take_in(const std::filesystem::path& published);
  // The same of one that stands here already, whose move is certain.
  void take_in_here(std::filesystem::path path) { resting_.push_back({std::move(path), now_()}); }
  [[nodiscard]] bool has_moves() const { return !moved_.empty(); }
  void note_moves();

  void remove_all();  // as well as it goes: whoever starts next removes what is left

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

  static constexpr std::size_t most = 256;

 private:
  struct Resting {
    std::filesystem::path path;
    Time since;
  };
  [[nodiscard]] bool has_rested() const;
  std::filesystem::path take_path();
  std::optional<std::filesystem::path> take_unshared_path();
  std::filesystem::path new_path();

  std::filesystem::path folder_;
  std::shared_ptr<FileSystem> files_;
  std::chrono::milliseconds rest_;
  std::function<Time()> now_;
  std::uint64_t made_ = 0;
  std::vector<std::filesystem::path> unused_;  // never published
  std::vector<std::filesystem::path> moved_;
  std::deque<Resting> resting_;
};

}  // namespace ketenpoort::ledger
