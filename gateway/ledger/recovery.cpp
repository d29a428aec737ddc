#include "gateway/ledger/recovery.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "gateway/base/bytes.hpp"
#include "gateway/base/files.hpp"
#include "gateway/ledger/checkpoint.hpp"
#include "gateway/ledger/entry.hpp"
#include "gateway/ledger/tree.hpp"

namespace ketenpoort::ledger {
namespace {

namespace fs = std::filesystem;

tl::unexpected<Error> stop(ErrorCode code, const fs::path& where, std::string_view what, std::string_view advice) {
  return fail(code, fmt::format("{}: {}. {}", where.string(), what, advice));
}

constexpr std::string_view restore =
    "Nothing was changed. Restore the state folder from a copy, or keep it for examination";

Result<Checkpoint> read_signed(const fs::path& file, const VerifierKey& key, std::string& note) {
  std::error_code fault;
  if (!fs::exists(file, fault)) return Checkpoint{key.name(), 0, empty_root()};
  auto content = read_file(file, 1U << 16);
  if (!content) return fail(content.error());
  auto checkpoint = open_checkpoint(*content, key);
  if (!checkpoint)
    return stop(checkpoint.error().code, file, checkpoint.error().message,
                "Start with the key this log was signed with, or restore the state folder from a copy");
  note = std::move(*content);
  return checkpoint;
}

// Replays the segments up to the signed size.
Status replay_segments(const fs::path& ledger, const Checkpoint& checkpoint, Recovered& out) {
  SegmentReader reader(ledger);
  Entry entry;
  while (reader.next_seq() < checkpoint.size) {
    const auto file = reader.file();
    const auto offset = reader.next_seq() % segment_entries == 0 ? 0 : reader.offset();
    const auto bytes = reader.next();
    if (!bytes) return stop(bytes.error().code, file, bytes.error().message, restore);
    if (!*bytes)
      return stop(ErrorCode::malformed, file,
                  fmt::format("the log ends at byte {}, before entry {}, and its checkpoint signs {}", offset,
                              reader.next_seq(), checkpoint.size),
                  restore);
    const auto where = fmt::format("entry {} at byte {}", reader.next_seq() - 1, offset);
    if (auto done = decode_entry(**bytes, entry); !done)
      return stop(done.error().code, file, where + " - " + done.error().message, restore);
    if (auto done = out.history.apply(entry); !done)
      return stop(done.error().code, file, where + " - " + done.error().message, restore);
    out.segments->note(offset);
    out.tiles.append(leaf_hash(as_bytes(**bytes)));
  }
  if (out.tiles.root() != checkpoint.root)
    return stop(ErrorCode::malformed, ledger / "segments", "the entries do not have the root that the checkpoint signs",
                restore);
  out.tiles.forget_new_tiles();
  return out.segments->cut(reader.offset());
}

// One batch of the journal: its entries that the segments do not have, and its changes that the sink does not have.
Status replay_batch(const fs::path& journal, const JournalBatch& batch, Sink& sink, Recovered& out) {
  if (batch.first_seq > out.history.size())
    return stop(ErrorCode::malformed, journal,
                fmt::format("it begins at entry {}, but the ledger folder ends before entry {}", batch.first_seq,
                            out.history.size()),
                restore);
  const bool unpublished = batch.first_seq + batch.entries > out.history.size();
  std::string_view records = batch.records;
  Entry entry;
  for (auto seq = batch.first_seq; seq < batch.first_seq + batch.entries; ++seq) {
    const auto bytes = take_record(records);
    const auto where = fmt::format("entry {} of batch {}", seq, batch.number);
    if (!bytes) return stop(ErrorCode::malformed, journal, where + " is cut off", restore);
    if (seq < out.history.size()) continue;
    if (auto done = decode_entry(*bytes, entry); !done)
      return stop(done.error().code, journal, where + " - " + done.error().message, restore);
    if (auto done = out.history.apply(entry); !done)
      return stop(done.error().code, journal, where + " - " + done.error().message, restore);
  }
  if (!batch.changes.empty()) {
    out.last_changes = batch.number;
    if (batch.number > sink.applied_through()) sink.on_durable(batch.number, batch.changes);
  }
  if (unpublished) out.unpublished.push_back(batch);
  return {};
}

}  // namespace

Result<StateLock> StateLock::take(const fs::path& state) {
  std::error_code fault;
  fs::create_directories(state, fault);
  const auto path = state / "lock";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (fd < 0) return fail(io_error("cannot open", path, errno));
  StateLock lock(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    const auto holder = read_file(path, 64).value_or("");
    return fail(ErrorCode::conflict, fmt::format("{} is in use by process {}: stop that one first", state.string(),
                                                 holder.substr(0, holder.find('\n'))));
  }
  const auto pid = fmt::format("{}\n", ::getpid());
  if (::ftruncate(fd, 0) != 0 || ::pwrite(fd, pid.data(), pid.size(), 0) < 0)
    return fail(io_error("cannot write", path, errno));
  return lock;
}

StateLock::~StateLock() {
  if (fd_ >= 0) ::close(fd_);
}

Result<Recovered> recover(const fs::path& state, const VerifierKey& key, const std::shared_ptr<FileSystem>& files,
                          Sink& sink) {
  const auto ledger = state / "ledger";
  const auto journal = state / "journal";
  if (auto done = files->remove(state / "tmp"); !done) return fail(done.error());
  for (const auto& folder : {ledger / "segments", journal, state / "tmp"})
    if (auto done = files->make_folders(folder); !done) return fail(done.error());

  Recovered out;
  out.segments = std::make_unique<Segments>(ledger, files);
  const auto checkpoint = read_signed(ledger / "checkpoint", key, out.checkpoint);
  if (!checkpoint) return fail(checkpoint.error());
  if (auto done = replay_segments(ledger, *checkpoint, out); !done) return fail(done.error());
  if (auto done = remove_tiles_beyond(ledger, checkpoint->size); !done) return fail(done.error());

  auto opened =
      Journal::open(journal, files, [&](const JournalBatch& batch) { return replay_batch(journal, batch, sink, out); });
  if (!opened) return fail(opened.error());
  out.journal = std::move(*opened);
  const auto applied = sink.applied_through();
  if (out.journal->last_batch() == 0) out.journal->continue_from(applied);
  if (applied > out.journal->last_batch())
    return stop(ErrorCode::malformed, journal,
                fmt::format("it ends at batch {}, but the vault has batch {}", out.journal->last_batch(), applied),
                "The journal and the vault are not of one state folder: restore both from one copy");
  const auto* first = out.history.opened();
  if (first != nullptr && first->vkey != key.text())
    return stop(ErrorCode::config, ledger, fmt::format("this log was opened with the key {}", first->vkey),
                "Start with that key");
  return out;
}

}  // namespace ketenpoort::ledger
