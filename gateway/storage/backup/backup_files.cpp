#include "gateway/storage/backup/backup_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <limits>
#include <optional>

#include "gateway/base/files.hpp"
#include "gateway/ledger/tree/segments.hpp"
#include "gateway/ledger/tree/tiles.hpp"
#include "gateway/ledger/writer/journal.hpp"
#include "gateway/storage/backup/vault_copy.hpp"

namespace ketenpoort::storage {
namespace {

namespace fs = std::filesystem;

constexpr unsigned tile_levels = 8;

Status make_folder(const fs::path& folder) {
  std::error_code fault;
  fs::create_directories(folder, fault);
  if (fault) return fail(io_error("cannot make", folder, fault.value()));
  return {};
}

// The first `size` bytes of a file; all of it when `size` is empty.
Status copy_bytes(const fs::path& from, const fs::path& to, std::optional<std::uint64_t> size) {
  if (auto made = make_folder(to.parent_path()); !made) return made;
  std::ifstream in(from, std::ios::binary);
  if (!in) return fail(io_error("cannot open", from, errno));
  std::ofstream out(to, std::ios::binary | std::ios::trunc);
  std::array<char, 1U << 16> buffer{};
  auto left = size.value_or(std::numeric_limits<std::uint64_t>::max());
  while (left > 0) {
    in.read(buffer.data(), static_cast<std::streamsize>(std::min<std::uint64_t>(left, buffer.size())));
    if (in.bad()) return fail(ErrorCode::io, "cannot read " + from.string());
    if (in.gcount() == 0) break;
    out.write(buffer.data(), in.gcount());
    left -= static_cast<std::uint64_t>(in.gcount());
  }
  out.flush();
  if (!out) return fail(ErrorCode::unavailable, "cannot write " + to.string());
  if (size && left > 0)
    return fail(ErrorCode::malformed, fmt::format("{} is shorter than its log says", from.string()));
  return {};
}

// The last segment may have grown since: only the entries of this size are taken.
Status copy_segments(const fs::path& from, const fs::path& to, std::uint64_t size, const BackupProgress& progress) {
  for (std::uint64_t first = 0; first < size; first += ledger::segment_entries) {
    progress("ledger", first, size);
    const auto path = ledger::segment_path(first);
    std::optional<std::uint64_t> bytes;
    if (size - first < ledger::segment_entries) {
      ledger::SegmentReader reader(from, first);
      while (reader.next_seq() < size) {
        const auto entry = reader.next();
        if (!entry) return fail(entry.error());
        if (!*entry)
          return fail(ErrorCode::malformed,
                      fmt::format("{} ends before entry {}", reader.file().string(), reader.next_seq()));
      }
      bytes = reader.offset();
    }
    if (auto done = copy_bytes(from / path, to / path, bytes); !done) return done;
  }
  return {};
}

// A partial tile of an older size may be gone: the full tile, or a later partial one, begins with it.
Status write_partial(const fs::path& from, const fs::path& to, unsigned level, std::uint64_t size) {
  const auto hashes = ledger::hashes_at(level, size);
  const auto width = hashes % ledger::tile_width;
  if (width == 0) return {};
  auto tile = ledger::TileReader(from, size).read_tile(level, hashes / ledger::tile_width);
  if (!tile) return fail(tile.error());
  tile->resize(width * sizeof(Digest));
  const auto path = to / ledger::tile_path(level, hashes / ledger::tile_width, width);
  if (auto made = make_folder(path.parent_path()); !made) return made;
  return write_whole_file(path, *tile);
}

Status copy_tiles(const fs::path& from, const fs::path& to, std::uint64_t size) {
  for (unsigned level = 0; level < tile_levels && ledger::hashes_at(level, size) > 0; ++level) {
    for (std::uint64_t index = 0; index < ledger::hashes_at(level, size) / ledger::tile_width; ++index) {
      const auto path = ledger::tile_path(level, index);
      if (auto done = copy_bytes(from / path, to / path, std::nullopt); !done) return done;
    }
    if (auto done = write_partial(from, to, level, size); !done) return done;
  }
  return {};
}

Result<std::vector<ledger::JournalBatch>> read_journal(const fs::path& folder, std::uint64_t vault_batch,
                                                       std::uint64_t size) {
  std::vector<ledger::JournalBatch> batches;
  const auto opened = ledger::Journal::open(folder, ledger::real_file_system(), {vault_batch, size},
                                            [&](const ledger::JournalBatch& batch) -> Status {
                                              batches.push_back(batch);
                                              return {};
                                            });
  if (!opened) return fail(opened.error());
  return batches;
}

bool is_needed(const ledger::JournalBatch& batch, std::uint64_t vault_batch, std::uint64_t size) {
  return batch.number > vault_batch || batch.first_seq + batch.entries > size;
}

}  // namespace

Result<std::uint64_t> copy_vault(const fs::path& from, const fs::path& to, const BackupProgress& progress) {
  return copy_vault_files(from, to, [&](std::uint64_t done, std::uint64_t all) { progress("vault", done, all); });
}

Status copy_ledger(const fs::path& from, const fs::path& to, std::uint64_t size, std::string_view checkpoint,
                   const BackupProgress& progress) {
  if (auto made = make_folder(to / "segments"); !made) return made;
  if (auto done = copy_segments(from, to, size, progress); !done) return done;
  if (auto done = copy_tiles(from, to, size); !done) return done;
  return checkpoint.empty() ? Status{} : write_whole_file(to / "checkpoint", checkpoint);
}

Result<JournalCopy> copy_journal(const fs::path& from, const fs::path& to, std::uint64_t vault_batch,
                                 std::uint64_t size) {
  if (auto made = make_folder(to); !made) return fail(made.error());
  auto batches = read_journal(from, vault_batch, size);
  // The gateway may take a file that nobody needs for its next one while it is being read; the next look finds it.
  for (int attempt = 0; attempt < 5 && !batches; ++attempt) batches = read_journal(from, vault_batch, size);
  if (!batches) return fail(batches.error());
  // What stands between the two was in neither, and nobody would miss it.
  if (!batches->empty() && batches->front().number > vault_batch + 1)
    return fail(ErrorCode::unavailable,
                fmt::format("{} begins at batch {} and the copy of the vault ends at batch {}: make the backup again",
                            from.string(), batches->front().number, vault_batch));
  JournalCopy out{size, vault_batch};
  std::string frames;
  for (const auto& batch : *batches) {
    if (!is_needed(batch, vault_batch, size)) continue;
    frames += ledger::encode_frame(batch, {.file = {}, .part = 1, .offset = frames.size(), .recycled = false});
    out.entries = std::max(out.entries, batch.first_seq + batch.entries);
    out.last_batch = batch.number;
  }
  if (frames.empty()) return out;
  if (auto written = write_whole_file(to / "00000001.wal", frames); !written) return fail(written.error());
  return out;
}

Status copy_folder(const fs::path& from, const fs::path& to) {
  if (auto made = make_folder(to); !made) return made;
  std::error_code fault;
  for (fs::recursive_directory_iterator at(from, fault), end; !fault && at != end; at.increment(fault)) {
    const auto& path = at->path();
    if (path.extension() == ".new" || path.extension() == ".unfinished") {
      at.disable_recursion_pending();
      continue;
    }
    const auto copy = to / fs::relative(path, from);
    std::error_code failed;
    if (at->is_directory(failed))
      fs::create_directory(copy, failed);
    else
      fs::copy(path, copy, failed);
    if (failed) return fail(io_error("cannot copy", path, failed.value()));
  }
  if (fault) return fail(io_error("cannot list", from, fault.value()));
  return {};
}

Status write_whole_file(const fs::path& file, std::string_view content) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out.write(content.data(), static_cast<std::streamsize>(content.size()));
  out.flush();
  if (!out) return fail(ErrorCode::unavailable, "cannot write " + file.string());
  return {};
}

}  // namespace ketenpoort::storage
