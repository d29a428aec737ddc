#include "gateway/ledger/export.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "gateway/base/bytes.hpp"
#include "gateway/ledger/canonical.hpp"
#include "gateway/ledger/prove.hpp"
#include "gateway/ledger/segments.hpp"
#include "gateway/ledger/tiles.hpp"

namespace ketenpoort::ledger {
namespace {

constexpr std::string_view format_name = "ketenpoort-export@1";
constexpr std::size_t written_at_once = 1U << 18;
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

// Gathers lines and hands them on in large pieces.
class Lines {
 public:
  explicit Lines(const ExportSink& sink) : sink_(sink) { waiting_.reserve(written_at_once + largest_export_header); }

  Status add(std::string_view line) {
    waiting_ += line;
    waiting_ += '\n';
    return waiting_.size() < written_at_once ? Status{} : flush();
  }
  Status flush() {
    auto done = sink_.write(waiting_);
    waiting_.clear();
    return done;
  }

 private:
  const ExportSink& sink_;
  std::string waiting_;
};

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
  Export out;
  auto checkpoint = read_checkpoint(ledger, key, &out.header.checkpoint);
  if (!checkpoint) return fail(checkpoint.error());
  out.checkpoint = std::move(*checkpoint);
  const auto size = out.checkpoint.size;
  if (size == 0)
    return fail(ErrorCode::invalid_input,
                fmt::format("{}: the log has no entries yet", (ledger / "checkpoint").string()));
  if (to == to_the_end) to = size - 1;
  if (to >= size || from > to)
    return fail(ErrorCode::invalid_input,
                fmt::format("the signed log has entries 0 to {}: choose --from and --to among them", size - 1));
  const TileReader tiles(ledger, size);
  const SubtreeHash hash = [&](unsigned level, std::uint64_t index) { return tiles.subtree_hash(level, index); };
  auto left = cover(0, from, hash);
  if (!left) return fail(left.error());
  auto right = cover(to + 1, size, hash);
  if (!right) return fail(right.error());
  out.header.from = from;
  out.header.to = to;
  out.header.left = std::move(*left);
  out.header.right = std::move(*right);
  return out;
}

Status write_export(const std::filesystem::path& ledger, const Export& what, const ExportSink& sink) {
  const auto& [checkpoint, from, to, left, right] = what.header;
  constexpr std::uint64_t progress_step = 4096;
  TreeEdge edge;
  if (auto done = append_cover(edge, from, left); !done) return done;
  Lines lines(sink);
  if (auto done = lines.add(format_export_header(what.header)); !done) return done;
  SegmentReader reader(ledger, from - from % segment_entries);
  while (reader.next_seq() <= to) {
    const bool wanted = reader.next_seq() >= from;
    const auto entry = reader.next();
    if (!entry) return fail(entry.error());
    if (!*entry)
      return fail(ErrorCode::malformed,
                  fmt::format("{} ends before entry {}", reader.file().string(), reader.next_seq()));
    if (!wanted) continue;
    edge.append(leaf_hash(as_bytes(**entry)));
    if (auto done = lines.add(**entry); !done) return done;
    if (sink.progress && edge.size() % progress_step == 0) sink.progress(edge.size() - from, to + 1 - from);
  }
  if (auto done = lines.flush(); !done) return done;
  if (auto done = append_cover(edge, what.checkpoint.size, right); !done) return done;
  if (edge.root() != what.checkpoint.root)
    return fail(ErrorCode::malformed,
                fmt::format("{}: entries {} to {} do not have the root that the checkpoint signs. Nothing was changed; "
                            "run ketenpoort-verify on the folder to see where it is damaged",
                            ledger.string(), from, to));
  return {};
}

}  // namespace ketenpoort::ledger
