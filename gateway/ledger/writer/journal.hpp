// The group-commit journal: STATE/journal/NNNNNNNN.wal, its parts. A batch is one frame, one write and one fdatasync.
//
// Frame, integers big-endian: magic (8 bytes), number of its part (8), batch number (8), seq of its first entry (8),
// number of entries (4), number of changes (4), length of the entries (4), length of the changes (4), a checksum (16)
// over the 48 bytes before it and all that follows it (base/checksum.hpp; frames of an earlier program: half a
// SHA-256); then the entries as records (segments.hpp) and the changes, each as kind (1), length (4) and bytes.
//
// A new part grows by zeros ahead of need, so that a full disk is met before anything is decided, and so that a commit
// overwrites blocks the file system has placed already. A part that is needed no more becomes the next one under a new
// number: what it held before is no frame of that number. So in steady state nothing is allocated and nothing freed.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/ledger/files/file_system.hpp"
#include "gateway/ledger/writer/vault_change.hpp"

namespace ketenpoort::ledger {

// One batch, as it is built and as it is read back.
struct JournalBatch {
  std::uint64_t number = 0;
  std::uint64_t first_seq = 0;
  std::uint32_t entries = 0;
  std::string records;  // of the entries
  std::vector<VaultChange> changes;

  [[nodiscard]] bool empty() const { return entries == 0 && changes.empty(); }
};

constexpr std::size_t frame_header = 64;
constexpr std::uint64_t usual_part_bytes = 64U << 20;

std::size_t change_size(const VaultChange& change);  // in a frame
std::size_t frame_size(const JournalBatch& batch);

// Where a frame goes.
struct JournalPlace {
  std::shared_ptr<File> file;
  std::uint64_t part = 0;
  std::uint64_t offset = 0;
  bool recycled = false;  // the part held frames of another number before
};

std::string encode_frame(const JournalBatch& batch, const JournalPlace& place);

// What a start still needs of a journal: batches beyond this one, and entries from this one on.
struct JournalNeed {
  std::uint64_t beyond_batch = 0;
  std::uint64_t from_seq = 0;
};

// Planning (reserve, place, release) and writing may go on at the same time, each by one thread at a time.
class Journal {
 public:
  // Reads every batch that may be needed, in order, and changes nothing. `each` may refuse a batch, which fails the
  // opening. A full part gets no more frames.
  static Result<std::unique_ptr<Journal>> open(std::filesystem::path folder, std::shared_ptr<FileSystem> files,
                                               JournalNeed need, const std::function<Status(const JournalBatch&)>& each,
                                               std::uint64_t part_bytes = usual_part_bytes);

  [[nodiscard]] std::uint64_t cut_bytes() const { return torn_ ? torn_->bytes : 0; }  // of a torn last frame
  [[nodiscard]] std::uint64_t last_batch() const { return last_batch_; }              // 0 before the first
  [[nodiscard]] std::optional<std::uint64_t> next_seq() const;      // after the last batch; nothing when it holds none
  void continue_from(std::uint64_t batch) { last_batch_ = batch; }  // when nothing is kept but numbers were used

  // After opening, before anything else: cuts a torn last frame and makes the first part of a new journal.
  Status start();

  // Makes room for a frame of this size. ErrorCode::unavailable when the disk is full: nothing has changed then.
  Status reserve(std::size_t size);
  // Takes the room for a batch's frame, for which reserve() was called last. Batches are placed in order.
  JournalPlace place(const JournalBatch& batch);

  // Writes a frame where it was placed and syncs it, one after the other in the order of place(). Any error is final:
  // nothing may be written any more.
  static Status write(const JournalPlace& place, std::span<const std::string_view> frame);

  // From now on the batches up to this one are not needed. From any thread.
  Status release(std::uint64_t batch);

  // What was written before may not stay on the disk: the next reserve() begins a file that was never used, and wipe()
  // overwrites and removes all before it. ErrorCode::unavailable while one of them is needed. From any thread.
  void roll() { roll_ = true; }
  Status wipe();

 private:
  struct Part {
    std::uint64_t number = 0;
    std::uint64_t last_batch = 0;
    std::uint64_t size = 0;  // of the file
    bool recycled = false;
  };
  struct Torn {
    std::uint64_t part = 0;
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
  };
  struct Reading;

  Journal(std::filesystem::path folder, std::shared_ptr<FileSystem> files, std::uint64_t part_bytes)
      : folder_(std::move(folder)),
        files_(std::move(files)),
        part_bytes_(part_bytes),
        growth_(std::min<std::uint64_t>(part_bytes, 256U << 10)) {}
  Result<std::size_t> first_needed(const std::vector<std::uint64_t>& numbers, JournalNeed need) const;
  Status read_part(std::uint64_t number, const std::function<Status(const JournalBatch&)>& each);
  Status check_order(const JournalBatch& batch, const std::filesystem::path& path, std::size_t offset);
  Status end_of_frames(const Reading& reading);
  Status cut_torn();
  Status start_part(bool unused = false);
  Result<Part> new_part(bool unused);
  Status overwrite(const Part& part);
  Status grow(std::uint64_t wanted);
  [[nodiscard]] std::filesystem::path part_path(std::uint64_t number) const;

  std::filesystem::path folder_;
  std::shared_ptr<FileSystem> files_;
  std::uint64_t part_bytes_;
  std::shared_ptr<File> current_;
  std::uint64_t position_ = 0;    // where the next frame goes
  std::uint64_t reserved_ = 0;    // size of the current file
  std::uint64_t growth_;          // what it grows by next: small logs stay small, busy ones grow seldom
  std::uint64_t last_batch_ = 0;  // placed
  std::uint64_t next_seq_ = 0;
  bool holds_batch_ = false;
  std::optional<Torn> torn_;

  std::mutex parts_mutex_;
  std::deque<Part> parts_;         // the last one is the current file
  std::size_t free_ = 0;           // of the first of them: not needed, and not yet used again
  std::uint64_t wipe_before_ = 0;  // the number of the file that a roll began
  std::atomic<bool> roll_{false};

  std::mutex wiping_mutex_;
  std::vector<Part> wiping_;  // no part of the journal any more, and not off the disk yet
};

}  // namespace ketenpoort::ledger
