#include "gateway/ledger/published/export.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "gateway/base/bytes.hpp"
#include "gateway/ledger/entry/canonical.hpp"
#include "gateway/ledger/entry/entry.hpp"
#include "gateway/ledger/published/prove.hpp"
#include "gateway/ledger/tree/segments.hpp"
#include "gateway/ledger/tree/tiles.hpp"

namespace ketenpoort::ledger {
namespace {

constexpr std::string_view format_name = "ketenpoort-export@1";
constexpr std::size_t piece_bytes = 1U << 18;
constexpr std::size_t longest_cover = 64;

std::vector<std::string> to_texts(const Proof& hashes) {
  std::vector<std::string> texts;
  for (const auto& hash : hashes) texts.push_back(to_base64(hash));
  return texts;
}

tl::unexpected<Error> not_an_export(std::string_view why) {
  return fail(ErrorCode::malformed, fmt::format("not an export: {}", why));
}

Result<Proof> read_hashes(const Value& list, std::string_view name) {
  Proof hashes;
  if (!list.is(Value::Kind::array) || list.size() > longest_cover)
    return not_an_export(fmt::format("{} is not a list of at most {} hashes", name, longest_cover));
  for (const auto item : list.items()) {
    const auto bytes = item.is(Value::Kind::string) ? from_base64(item.text()) : std::nullopt;
    if (!bytes || bytes->size() != sizeof(Digest))
      return not_an_export(fmt::format("{} holds something that is not a SHA-256 hash in base64", name));
    std::copy(bytes->begin(), bytes->end(), hashes.emplace_back().begin());
  }
  return hashes;
}

Result<std::uint64_t> read_position(const Value& number, std::string_view name) {
  if (!number.is(Value::Kind::integer) || number.integer() < 0)
    return not_an_export(fmt::format("{} is not a position", name));
  return static_cast<std::uint64_t>(number.integer());
}

// What a checkpoint's tiles say of entries `from` to `to`.
Result<Export> prepare(const std::filesystem::path& ledger, Checkpoint checkpoint, std::string note, std::uint64_t from,
                       std::uint64_t to) {
  const auto size = checkpoint.size;
  if (size == 0)
    return fail(ErrorCode::invalid_input,
                fmt::format("{}: the log has no entries yet", (ledger / "checkpoint").string()));
  if (to == to_the_end) to = size - 1;
  if (to >= size || from > to)
    return fail(
        ErrorCode::invalid_input,
        fmt::format("the signed log has entries 0 to {}: choose the first and the last one among them", size - 1));
  const TileReader tiles(ledger, size);
  const SubtreeHash hash = [&](unsigned level, std::uint64_t index) { return tiles.subtree_hash(level, index); };
  auto left = cover(0, from, hash);
  if (!left) return fail(left.error());
  auto right = cover(to + 1, size, hash);
  if (!right) return fail(right.error());
  return Export{{std::move(note), from, to, std::move(*left), std::move(*right)}, std::move(checkpoint)};
}

}  // namespace

std::string format_export_header(const ExportHeader& header) {
  return ObjectWriter()
      .string("checkpoint", header.checkpoint)
      .string("format", format_name)
      .integer("from", header.from)
      .strings("left", to_texts(header.left))
      .strings("right", to_texts(header.right))
      .integer("to", header.to)
      .take();
}

Result<ExportHeader> parse_export_header(std::string_view line) {
  Document document;
  if (auto read = document.read(line); !read) return not_an_export(read.error().message);
  const auto root = document.root();
  const auto checkpoint = root.find("checkpoint");
  const auto format = root.find("format");
  if (!format.is(Value::Kind::string) || format.text() != format_name)
    return not_an_export(fmt::format("its first line does not name the format {}", format_name));
  if (root.size() != 6 || !checkpoint.is(Value::Kind::string))
    return not_an_export("its first line does not have the keys it must have");
  const auto from = read_position(root.find("from"), "from");
  if (!from) return fail(from.error());
  const auto to = read_position(root.find("to"), "to");
  if (!to) return fail(to.error());
  if (*from > *to) return not_an_export("it ends before it begins");
  auto left = read_hashes(root.find("left"), "left");
  if (!left) return fail(left.error());
  auto right = read_hashes(root.find("right"), "right");
  if (!right) return fail(right.error());
  return ExportHeader{checkpoint.text(), *from, *to, std::move(*left), std::move(*right)};
}

Result<Export> prepare_export(const std::filesystem::path& ledger, const VerifierKey& key, std::uint64_t from,
                              std::uint64_t to) {
  std::string note;
  auto checkpoint = read_checkpoint(ledger, key, &note);
  if (!checkpoint) return fail(checkpoint.error());
  return prepare(ledger, std::move(*checkpoint), std::move(note), from, to);
}

Result<Export> prepare_export(const std::filesystem::path& ledger, const KeyHistory& keys, std::uint64_t from,
                              std::uint64_t to) {
  std::string note;
  auto checkpoint = read_checkpoint(ledger, keys, &note);
  if (!checkpoint) return fail(checkpoint.error());
  return prepare(ledger, std::move(*checkpoint), std::move(note), from, to);
}

ExportReader::ExportReader(std::filesystem::path ledger, Export what)
    : ledger_(std::move(ledger)),
      what_(std::move(what)),
      entries_(ledger_, what_.header.from - what_.header.from % segment_entries) {}

Result<std::string> ExportReader::next() {
  std::string piece;
  if (!begun_) {
    begun_ = true;
    if (auto laid = append_cover(edge_, what_.header.from, what_.header.left); !laid) return fail(laid.error());
    piece = format_export_header(what_.header) + '\n';
  } else if (entries_.next_seq() > what_.header.to) {
    return piece;
  }
  piece.reserve(piece.size() + piece_bytes + largest_entry);
  while (piece.size() < piece_bytes && entries_.next_seq() <= what_.header.to)
    if (auto added = add_next_entry(piece); !added) return fail(added.error());
  if (entries_.next_seq() > what_.header.to)
    if (auto checked = check_root(); !checked) return fail(checked.error());
  return piece;
}

Status ExportReader::add_next_entry(std::string& piece) {
  const bool wanted = entries_.next_seq() >= what_.header.from;
  const auto entry = entries_.next();
  if (!entry) return fail(entry.error());
  if (!*entry)
    return fail(ErrorCode::malformed,
                fmt::format("{} ends before entry {}", entries_.file().string(), entries_.next_seq()));
  if (!wanted) return {};
  edge_.append(leaf_hash(as_bytes(**entry)));
  piece.append(**entry).push_back('\n');
  return {};
}

Status ExportReader::check_root() {
  auto whole = edge_;
  if (auto laid = append_cover(whole, what_.checkpoint.size, what_.header.right); !laid) return laid;
  if (whole.root() == what_.checkpoint.root) return {};
  return fail(ErrorCode::malformed,
              fmt::format("{}: entries {} to {} do not have the root that the checkpoint signs. Nothing was changed; "
                          "run ketenpoort-verify on the folder to see where it is damaged",
                          ledger_.string(), what_.header.from, what_.header.to));
}

Status write_export(const std::filesystem::path& ledger, const Export& what, const ExportSink& sink) {
  ExportReader reader(ledger, what);
  while (true) {
    const auto piece = reader.next();
    if (!piece) return fail(piece.error());
    if (piece->empty()) return {};
    if (auto written = sink.write(*piece); !written) return written;
    if (sink.progress) sink.progress(reader.done(), reader.total());
  }
}

}  // namespace ketenpoort::ledger
