#include "gateway/ledger/history/snapshot.hpp"

#include "gateway/base/bytes.hpp"
#include "gateway/ledger/history/archive.hpp"
#include "gateway/ledger/tree/segments.hpp"

namespace ketenpoort::ledger {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view magic("KPSTATE\x01", 8);
constexpr std::size_t header_size = 16;
constexpr std::size_t largest = std::size_t{4} << 30;
constexpr const char* file_name = "projection";

std::string length_bytes(std::uint64_t length) {
  std::string out;
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(length >> shift);
  return out;
}

Digest digest_of(std::string_view header, std::string_view head, std::string_view history) {
  return sha256({as_bytes(header), as_bytes(head), as_bytes(history)});
}

}  // namespace

std::optional<std::vector<std::uint64_t>> measure_segments(const FileSystem& files, const fs::path& ledger,
                                                           std::uint64_t seq) {
  std::vector<std::uint64_t> sizes;
  for (std::uint64_t first = 0; first + segment_entries <= seq; first += segment_entries) {
    const auto size = files.size(ledger / segment_path(first));
    if (!size || !*size) return std::nullopt;
    sizes.push_back(**size);
  }
  return sizes;
}

Status write_snapshot(FileSystem& files, const fs::path& state, const VerifierKey& key, const Snapshot& snapshot) {
  ArchiveWriter out;
  out(key.name(), History::layout(), snapshot.size, snapshot.offset, snapshot.leaf, snapshot.segment_sizes);
  const auto& head = out.bytes();
  const auto history = snapshot.history();
  const auto header = std::string(magic) + length_bytes(head.size() + history.size());
  const auto digest = digest_of(header, head, history);
  const auto temporary = state / "tmp" / file_name;
  const auto file = files.open(temporary);
  if (!file) return fail(file.error());
  if (auto done = (*file)->resize(0); !done) return done;
  std::uint64_t at = 0;
  for (const std::string_view part : {std::string_view(header), std::string_view(head), history, as_text(digest)}) {
    if (auto done = (*file)->write(at, part); !done) return done;
    at += part.size();
  }
  if (auto done = (*file)->sync(); !done) return done;
  if (auto done = files.rename(temporary, state / file_name); !done) return done;
  return files.sync_folder(state);
}

std::optional<Snapshot> read_snapshot(const FileSystem& files, const fs::path& state, const VerifierKey& key,
                                      std::string& why) {
  auto content = read_whole(files, state / file_name, largest);
  if (!content) {
    if (content.error().code != ErrorCode::not_found) why = content.error().message;
    return std::nullopt;
  }
  why = "it is damaged";
  const std::string_view bytes = *content;
  if (bytes.size() < header_size + sizeof(Digest) || !bytes.starts_with(magic)) return std::nullopt;
  const auto length = bytes.size() - header_size - sizeof(Digest);
  const auto header = bytes.substr(0, header_size);
  const auto digest = digest_of(header, bytes.substr(header_size, length), {});
  if (header.substr(magic.size()) != length_bytes(length) || as_text(digest) != bytes.substr(header_size + length))
    return std::nullopt;
  Snapshot out;
  std::string vkey;
  std::string layout;
  ArchiveReader in(bytes.substr(header_size, length));
  in(vkey, layout);
  if (layout != History::layout()) why = "another program wrote it";
  if (layout != History::layout()) return std::nullopt;
  if (vkey != key.name()) why = "it is of another log";
  if (vkey != key.name()) return std::nullopt;
  in(out.size, out.offset, out.leaf, out.segment_sizes);
  if (!in.good()) return std::nullopt;
  out.begins = header_size + length - in.rest().size();
  out.bytes = std::move(*content);
  out.bytes.resize(header_size + length);
  why.clear();
  return out;
}

}  // namespace ketenpoort::ledger
