// Publishes what is durable in the journal: segments, then tiles, then the signed checkpoint, each synced before the
// next. So the ledger folder always holds a signed prefix of the log, whatever happens when.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/ledger/checkpoint/checkpoint.hpp"
#include "gateway/ledger/checkpoint/note.hpp"
#include "gateway/ledger/files/file_system.hpp"
#include "gateway/ledger/files/spare_files.hpp"
#include "gateway/ledger/tree/segments.hpp"
#include "gateway/ledger/tree/tiles.hpp"
#include "gateway/ledger/writer/journal.hpp"
#include "gateway/ledger/writer/signers.hpp"

namespace ketenpoort::ledger {

// In the ledger folder, beside `checkpoint`: the last one that witnesses signed too.
inline constexpr std::string_view cosigned_name = "checkpoint.cosigned";

struct PublisherOptions {
  std::filesystem::path ledger;  // the folder published to
  std::filesystem::path
      temporary;  // on the same file system: files are made there and moved, so that none is ever seen half-made
  std::shared_ptr<Signers> signers;
  std::chrono::milliseconds interval{200};
  std::shared_ptr<FileSystem> files;
  std::function<void(std::uint64_t batch)> on_published;  // everything up to this batch is published and synced
  std::function<void(const Error&)> on_problem;           // for now it cannot publish; it tries again
  std::function<void(const Error&)> on_fatal;             // it must not publish any more
};

enum class WithoutRoom : unsigned char { wait, give_up };

class Publisher {
 public:
  // `segments` and `tiles` stand where the checkpoint (a signed note, empty before the first) says the log ends.
  Publisher(PublisherOptions options, std::unique_ptr<Segments> segments, TileBuilder tiles, std::string checkpoint);
  ~Publisher();  // publishes what waits
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  // Durable, in order; its changes are not looked at. Gives what it keeps, so that others may look on.
  std::shared_ptr<const JournalBatch> add(JournalBatch batch);
  void stop();     // publishes what waits and ends the thread
  void abandon();  // ends the thread without writing: the disk failed

  [[nodiscard]] std::string checkpoint() const;
  [[nodiscard]] std::uint64_t published_size() const;
  [[nodiscard]] bool is_failing() const;      // it could not publish when it tried last
  [[nodiscard]] std::size_t backlog() const;  // bytes of entries that wait
  [[nodiscard]] Result<std::string> entry(std::uint64_t seq) const;
  [[nodiscard]] Result<std::uint64_t> offset_of(std::uint64_t seq) const { return segments_->offset_of(seq); }
  [[nodiscard]] Result<std::string> records(std::uint64_t first,
                                            std::uint64_t count) const;  // published, of one segment
  // False when it gave up: the disk failed, or is full and the gateway stops, or the caller cannot wait for room.
  [[nodiscard]] bool wait_until_published(std::uint64_t size, WithoutRoom without_room) const;
  // The gateway stops: from now on nobody waits for a disk without room.
  void wait_no_longer_for_room();

  // Writes checkpoint.cosigned: this checkpoint, signed by the log, with witnesses' lines under it. From any thread.
  Status publish_cosigned(const Checkpoint& checkpoint, const std::vector<std::string>& lines);

 private:
  void run();
  void note_failure();
  Status publish(const std::vector<std::shared_ptr<const JournalBatch>>& batches);
  Status append_entries(const std::vector<std::shared_ptr<const JournalBatch>>& batches);
  Status write_tiles();
  Status write_tile_group(std::size_t first, std::size_t count);
  Status write_checkpoint(std::string& note);
  Status write_note(const std::string& name, std::string_view note) const;
  Status move_tiles(std::vector<SpareFiles::Written>& written, std::size_t first);
  Status remove_outgrown_tiles();
  Status take_in_partials(const std::filesystem::path& folder);
  void settle(const std::vector<std::shared_ptr<const JournalBatch>>& batches, std::string note);

  PublisherOptions options_;
  std::unique_ptr<Segments> segments_;
  TileBuilder builder_;
  SpareFiles spares_;
  std::vector<Tile> tiles_;  // to be written before the next checkpoint

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::deque<std::shared_ptr<const JournalBatch>> waiting_;
  std::size_t backlog_ = 0;
  std::string checkpoint_;
  std::uint64_t published_size_ = 0;
  bool stopping_ = false;
  bool abandoned_ = false;
  bool has_failed_ = false;  // when it published last
  bool waits_for_room_ = true;

  std::thread thread_;  // last: it uses all of the above
};

}  // namespace ketenpoort::ledger
