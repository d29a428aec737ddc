// The group-commit journal: STATE/journal/NNNNNNNN.wal. A batch is one frame, one write and one fdatasync.
//
// Frame, integers big-endian: magic (8 bytes), batch number (8), seq of its first entry (8), number of entries (4),
// number of changes (4), length of the entries (4), length of the changes (4), the first 24 bytes of SHA-256 over the
// 40 bytes before it and all that follows it; then the entries as records (segments.hpp) and the changes, each as kind
// (1), length (4) and bytes. What lies beyond the last frame is zero: files grow by zeros ahead of need, so that a full
// disk is met before anything is decided, and so that a commit overwrites blocks the file system has placed already.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/ledger/file_system.hpp"
#include "gateway/ledger/vault_change.hpp"

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

std::size_t change_size(const VaultChange& change);  // in a frame
constexpr std::size_t frame_header = 64;
std::string encode_frame(const JournalBatch& batch);

class Journal {
 public:
  // Reads every batch kept, in order, and cuts a torn last frame. `each` may refuse a batch, which fails the opening.
  static Result<std::unique_ptr<Journal>> open(std::filesystem::path folder, std::shared_ptr<FileSystem> files,
                                               const std::function<Status(const JournalBatch&)>& each);

  [[nodiscard]] std::uint64_t cut_bytes() const { return cut_bytes_; }    // of a torn last frame, when opened
  [[nodiscard]] std::uint64_t last_batch() const { return last_batch_; }  // 0 before the first
  void continue_from(std::uint64_t batch) { last_batch_ = batch; }        // when nothing is kept but numbers were used

  // Makes room for a frame of this size. ErrorCode::unavailable when the disk is full: nothing has changed then.
  Status reserve(std::size_t frame_size);

  // Writes a frame there is room for and syncs it. Any error is final: the process must not write again.
  Status append(const JournalBatch& batch);

  // Deletes files that hold no batch beyond this one. From any thread.
  Status release(std::uint64_t batch);

 private:
  struct Part {
    std::uint64_t number = 0;
    std::uint64_t last_batch = 0;
  };
  Journal(std::filesystem::path folder, std::shared_ptr<FileSystem> files)
      : folder_(std::move(folder)), files_(std::move(files)) {}
  Status read_part(std::uint64_t number, bool last, const std::function<Status(const JournalBatch&)>& each);
  Status check_order(const JournalBatch& batch, const std::filesystem::path& path, std::size_t offset);
  Status start_part(std::uint64_t number);
  [[nodiscard]] std::filesystem::path part_path(std::uint64_t number) const;

  std::filesystem::path folder_;
  std::shared_ptr<FileSystem> files_;
  std::unique_ptr<File> current_;
  std::uint64_t position_ = 0;         // where the next frame goes
  std::uint64_t reserved_ = 0;         // size of the current file
  std::uint64_t growth_ = 256U << 10;  // what it grows by next: small logs stay small, busy ones grow seldom
  std::uint64_t last_batch_ = 0;
  std::uint64_t next_seq_ = 0;
  bool read_any_ = false;
  std::uint64_t cut_bytes_ = 0;

  std::mutex parts_mutex_;
  std::deque<Part> parts_;  // the last one is the current file
};

}  // namespace ketenpoort::ledger
