#include "gateway/ledger/published/static_site.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <system_error>

#include "gateway/base/files.hpp"
#include "gateway/ledger/history/key_history.hpp"
#include "gateway/ledger/published/prove.hpp"
#include "gateway/ledger/tree/proof.hpp"
#include "gateway/ledger/tree/segments.hpp"
#include "gateway/ledger/tree/tiles.hpp"

namespace ketenpoort::ledger {
namespace {

namespace fs = std::filesystem;

std::uint64_t width_of(std::uint64_t index, std::uint64_t count) {
  return std::min(tile_width, count - index * tile_width);
}

Result<Digest> root_of(const TileReader& tiles, std::uint64_t size) {
  const auto hashes =
      cover(0, size, [&](unsigned level, std::uint64_t index) { return tiles.subtree_hash(level, index); });
  if (!hashes) return fail(hashes.error());
  TreeEdge edge;
  if (auto done = append_cover(edge, size, *hashes); !done) return fail(done.error());
  return edge.root();
}

class Site {
 public:
  explicit Site(fs::path folder) : folder_(std::move(folder)) {}

  // Replaces a file without syncing it: sync() does that for all of them.
  Status put(const fs::path& path, std::string_view content) {
    const auto file = folder_ / path;
    std::error_code fault;
    fs::create_directories(file.parent_path(), fault);
    if (fault) return fail(io_error("cannot make folder", file.parent_path(), fault.value()));
    auto unfinished = file;
    unfinished += ".new";
    std::ofstream out(unfinished, std::ios::binary | std::ios::trunc);
    out.write(content.data(), static_cast<std::streamsize>(content.size()));
    out.close();
    if (!out) return fail(io_error("cannot write", unfinished, errno));
    fs::rename(unfinished, file, fault);
    if (fault) return fail(io_error("cannot replace", file, fault.value()));
    ++written_;
    return {};
  }

  // A partial tile or bundle may go once the full one stands (C2SP tlog-tiles).
  Status put_tile(const std::string& path, const std::string& full_path, std::string_view content) {
    if (auto done = put(path, content); !done) return done;
    if (path != full_path) return {};
    auto partial = folder_ / path;
    partial += ".p";
    std::error_code fault;
    fs::remove_all(partial, fault);
    return fault ? Status(fail(io_error("cannot remove", partial, fault.value()))) : Status{};
  }

  [[nodiscard]] Status sync() const {
    const int fd = ::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return fail(io_error("cannot open folder", folder_, errno));
    const bool synced = ::syncfs(fd) == 0;
    const int problem = errno;
    ::close(fd);
    return synced ? Status{} : Status(fail(io_error("cannot sync", folder_, problem)));
  }

  [[nodiscard]] const fs::path& folder() const { return folder_; }
  [[nodiscard]] std::uint64_t written() const { return written_; }

 private:
  fs::path folder_;
  std::uint64_t written_ = 0;
};

Status copy_tiles(const TileReader& tiles, std::uint64_t size_before, Site& site) {
  for (unsigned level = 0; hashes_at(level, tiles.size()) > 0; ++level) {
    const auto count = hashes_at(level, tiles.size());
    if (count == hashes_at(level, size_before)) continue;
    for (auto index = hashes_at(level, size_before) / tile_width; index * tile_width < count; ++index) {
      const auto width = width_of(index, count);
      const auto tile = tiles.read_tile(level, index);
      if (!tile) return fail(tile.error());
      if (auto done = site.put_tile(tile_path(level, index, width), tile_path(level, index),
                                    std::string_view(*tile).substr(0, width * sizeof(Digest)));
          !done)
        return done;
    }
  }
  return {};
}

// Entries into bundles, each compared with the hash that the tiles have of it.
class Bundles {
 public:
  Bundles(const TileReader& tiles, Site& site) : tiles_(tiles), site_(site) {}

  Status add(std::uint64_t seq, std::string_view entry) {
    const auto index = seq / tile_width;
    if (seq % tile_width == 0) {
      auto tile = tiles_.read_tile(0, index);
      if (!tile) return fail(tile.error());
      hashes_ = std::move(*tile);
    }
    if (as_text(leaf_hash(as_bytes(entry))) !=
        std::string_view(hashes_).substr(seq % tile_width * sizeof(Digest), sizeof(Digest)))
      return fail(ErrorCode::malformed,
                  fmt::format("entry {} is not the one that {} has the hash of. Run ketenpoort-verify on the folder to "
                              "see where it is damaged",
                              seq, tile_path(0, index)));
    append_record(records_, entry);
    const auto width = width_of(index, tiles_.size());
    if (seq % tile_width + 1 < width) return {};
    auto done = site_.put_tile(entry_bundle_path(index, width), entry_bundle_path(index), records_);
    records_.clear();
    return done;
  }

 private:
  const TileReader& tiles_;
  Site& site_;
  std::string hashes_;
  std::string records_;
};

Status copy_entries(const fs::path& ledger, const TileReader& tiles, std::uint64_t size_before, Site& site,
                    const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  if (tiles.size() == size_before) return {};
  const auto first = size_before - size_before % tile_width;  // the bundle that was not full is written anew
  Bundles bundles(tiles, site);
  SegmentReader reader(ledger, first - first % segment_entries);
  while (reader.next_seq() < tiles.size()) {
    const auto seq = reader.next_seq();
    const auto entry = reader.next();
    if (!entry) return fail(entry.error());
    if (!*entry) return fail(ErrorCode::malformed, fmt::format("{} ends before entry {}", reader.file().string(), seq));
    if (seq < first) continue;
    if (auto done = bundles.add(seq, **entry); !done) return done;
    if (progress && seq % 4096 == 0) progress(seq - first, tiles.size() - first);
  }
  return {};
}

// The checkpoint the site has; size 0 when it is a new one. It may be signed by a key that the log had before.
Result<Checkpoint> checkpoint_of_site(const fs::path& site, const VerifierKey& key, const fs::path& ledger,
                                      std::uint64_t size) {
  std::error_code fault;
  if (!fs::exists(site / "checkpoint", fault)) return Checkpoint{key.name(), 0, empty_root()};
  auto checkpoint = read_checkpoint(site, key);
  if (checkpoint || checkpoint.error().code != ErrorCode::crypto) return checkpoint;
  const auto keys = read_key_history(ledger, size);
  return keys && keys->holds(key.text()) ? read_checkpoint(site, *keys) : checkpoint;
}

}  // namespace

Result<SiteUpdate> update_static_site(const fs::path& ledger, const VerifierKey& key, const fs::path& folder,
                                      const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  std::string note;
  auto checkpoint = read_checkpoint(ledger, key, &note);
  if (!checkpoint) return fail(checkpoint.error());
  const auto before = checkpoint_of_site(folder, key, ledger, checkpoint->size);
  if (!before) return fail(before.error());
  if (before->size > checkpoint->size)
    return fail(ErrorCode::conflict,
                fmt::format("{} has a signed checkpoint of {} entries, {} one of {}: the ledger was rolled back, or is "
                            "another one. Choose another folder, and find out which",
                            folder.string(), before->size, ledger.string(), checkpoint->size));
  const TileReader tiles(ledger, checkpoint->size);
  const auto signs = [&](const Checkpoint& stated, const fs::path& where, ErrorCode code) -> Status {
    const auto root = root_of(tiles, stated.size);
    if (!root) return fail(root.error());
    if (*root == stated.root) return {};
    return fail(code, fmt::format("the tiles of {} do not have the root that {} signs for {} entries. Run "
                                  "ketenpoort-verify on the ledger, with that checkpoint",
                                  ledger.string(), (where / "checkpoint").string(), stated.size));
  };
  if (auto done = signs(*before, folder, ErrorCode::conflict); !done) return fail(done.error());
  if (auto done = signs(*checkpoint, ledger, ErrorCode::malformed); !done) return fail(done.error());
  Site site(folder);
  if (auto done = copy_tiles(tiles, before->size, site); !done) return fail(done.error());
  if (auto done = copy_entries(ledger, tiles, before->size, site, progress); !done) return fail(done.error());
  if (site.written() > 0 || before->size == 0) {
    std::error_code fault;
    fs::create_directories(folder, fault);
    if (auto done = site.sync(); !done) return fail(done.error());
    if (auto done = replace_file(folder / "checkpoint", note); !done) return fail(done.error());
  }
  return SiteUpdate{std::move(*checkpoint), before->size, site.written()};
}

}  // namespace ketenpoort::ledger
