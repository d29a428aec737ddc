// The entries themselves, append-only: segments/<first seq, 20 digits>, 65,536 entries to a file, each as a 16-bit
// big-endian length and its bytes (the records of C2SP entry bundles).
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/ledger/files/file_system.hpp"

namespace ketenpoort::ledger {

constexpr std::uint64_t segment_entries = 65'536;

std::string segment_path(std::uint64_t seq);  // of the file that holds this entry, relative to the ledger folder

// Records: what segments, entry bundles and the journal carry entries in.
void append_record(std::string& out, std::string_view entry);            // at most 65,535 bytes
std::optional<std::string_view> take_record(std::string_view& records);  // nothing when no whole record is left

// Reads entries in order, in constant memory.
class SegmentReader {
 public:
  // From the first entry of a segment on.
  explicit SegmentReader(std::filesystem::path ledger, std::uint64_t first_seq = 0,
                         std::shared_ptr<const FileSystem> files = real_file_system())
      : ledger_(std::move(ledger)), files_(std::move(files)), next_seq_(first_seq) {}

  // From any entry on, whose record begins at this offset of its segment.
  static Result<SegmentReader> at(std::filesystem::path ledger, std::uint64_t seq, std::uint64_t offset,
                                  std::shared_ptr<const FileSystem> files = real_file_system());

  // The next entry, valid until the next call; nothing at the end of the log. An error names file and offset.
  Result<std::optional<std::string_view>> next();

  [[nodiscard]] std::uint64_t next_seq() const { return next_seq_; }
  [[nodiscard]] std::filesystem::path file() const;               // where the next entry is looked for
  [[nodiscard]] std::uint64_t offset() const { return offset_; }  // and where in it

 private:
  Result<bool> open_file();
  Result<bool> fill(std::size_t wanted);

  std::filesystem::path ledger_;
  std::shared_ptr<const FileSystem> files_;
  std::unique_ptr<File> in_;
  std::string buffer_;
  std::size_t at_ = 0;  // in buffer_
  std::uint64_t next_seq_ = 0;
  std::uint64_t offset_ = 0;
};

// The writer's side: appends, and finds single entries by a sparse index. append() and sync() from one thread, the rest
// from any.
class Segments {
 public:
  Segments(std::filesystem::path ledger, std::shared_ptr<FileSystem> files)
      : ledger_(std::move(ledger)), files_(std::move(files)) {}

  // Takes note of an entry that stands there already, in order.
  void note(std::uint64_t offset);
  // Takes the first `size` entries for standing there, unread: where they stand is found out when somebody asks.
  void take_as_read(std::uint64_t size) { size_ = size; }
  // How many bytes stand beyond the entries noted, of which the last one ends at `offset`.
  [[nodiscard]] Result<std::uint64_t> bytes_beyond(std::uint64_t offset) const;
  // Makes of them what is to stand there: the next records of the log. As far as they are those they stay, synced, so
  // that who reads along never sees a log that shrank; what differs is removed.
  Status take_up(std::uint64_t offset, const std::vector<std::string_view>& next_records);

  // Appends records of which the first is entry `first_seq`, passing over those it has already: so it may be called
  // again after it failed for want of space.
  Status append(std::uint64_t first_seq, std::string_view records);
  Status sync();

  [[nodiscard]] Result<std::string> read(std::uint64_t seq) const;  // of an entry noted or appended
  // Entries [first, first + count) of one file, noted or appended, as the records they stand there in.
  [[nodiscard]] Result<std::string> read_records(std::uint64_t first, std::uint64_t count) const;
  // Where an entry's record begins in its file; of the next entry, where it will.
  [[nodiscard]] Result<std::uint64_t> offset_of(std::uint64_t seq) const;

 private:
  Result<std::size_t> take_up_record(std::string_view record);
  Status cut(std::size_t kept);
  Status open_for(std::uint64_t seq);
  void add_step(std::uint64_t seq, std::uint64_t offset);
  [[nodiscard]] Result<std::uint64_t> step_before(std::uint64_t seq) const;
  Status learn(std::uint64_t segment) const;

  std::filesystem::path ledger_;
  std::shared_ptr<FileSystem> files_;
  std::unique_ptr<File> file_;  // holds the entry before size_, once something was appended
  std::uint64_t file_first_ = 0;
  bool new_file_ = false;
  std::uint64_t size_ = 0;
  std::uint64_t offset_ = 0;  // in the file of size_

  mutable std::shared_mutex index_mutex_;
  // The offset of every 64th entry, by segment; nothing for a segment that was taken as read and nobody asked for.
  mutable std::vector<std::vector<std::uint64_t>> steps_;
};

}  // namespace ketenpoort::ledger
