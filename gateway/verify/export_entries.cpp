#include "gateway/verify/export_entries.hpp"

#include <fmt/format.h>

#include "gateway/ledger/entry/entry.hpp"
#include "gateway/ledger/tree/tiles.hpp"
#include "gateway/ledger/tree/tree.hpp"

namespace ketenpoort::verify {
namespace {

constexpr std::size_t read_ahead = 1U << 20;

}  // namespace

Checked<bool> ExportEntries::read_line(std::size_t longest) {
  std::size_t searched = at_;
  for (;;) {
    const auto end = buffer_.find('\n', searched);
    const auto length = (end == std::string::npos ? buffer_.size() : end) - at_;
    if (length > longest)
      return flawed(file_.filename().string(), "export", fmt::format("a line is longer than {} bytes", longest));
    if (end != std::string::npos) {
      line_ = std::string_view(buffer_).substr(at_, length);
      at_ = end + 1;
      offset_ += length + 1;
      return true;
    }
    buffer_.erase(0, at_);
    at_ = 0;
    searched = buffer_.size();
    buffer_.resize(searched + read_ahead);
    in_.read(buffer_.data() + searched, static_cast<std::streamsize>(read_ahead));
    if (in_.bad()) return unreadable(file_.string(), "cannot be read");
    buffer_.resize(searched + static_cast<std::size_t>(in_.gcount()));
    if (in_.gcount() > 0) continue;
    if (buffer_.empty()) return false;
    return flawed(file_.filename().string(), "export", "its last line has no end");
  }
}

Checked<ledger::ExportHeader> ExportEntries::read_header() {
  in_.open(file_, std::ios::binary);
  if (!in_) return unreadable(file_.string(), "cannot be opened");
  const auto line = read_line(ledger::largest_export_header);
  if (!line) return tl::make_unexpected(line.error());
  auto header = ledger::parse_export_header(*line ? line_ : std::string_view());
  if (!header) return flawed(file_.filename().string(), "export", header.error().message);
  next_seq_ = from_ = header->from;
  to_ = header->to;
  return *header;
}

Checked<std::optional<std::string_view>> ExportEntries::next() {
  const auto begin = offset_;
  const auto line = read_line(ledger::largest_entry);
  if (!line) return tl::make_unexpected(line.error());
  if (!*line) {
    if (next_seq_ <= to_)
      return tl::make_unexpected(entry_flaw(next_seq_, "export", "is missing: the export ends before it"));
    return std::nullopt;
  }
  if (next_seq_ > to_) return flawed(file_.filename().string(), "export", "goes on after its last entry");
  if (next_seq_ % ledger::tile_width == 0) tile_offsets_.push_back(begin);
  ++next_seq_;
  return line_;
}

std::optional<std::string> ExportEntries::leaves(std::uint64_t tile) const {
  const auto first_tile = (from_ + ledger::tile_width - 1) / ledger::tile_width;
  if (tile < first_tile || tile - first_tile >= tile_offsets_.size()) return std::nullopt;
  std::ifstream in(file_, std::ios::binary);
  in.seekg(static_cast<std::streamoff>(tile_offsets_[static_cast<std::size_t>(tile - first_tile)]));
  std::string hashes;
  std::string line;
  for (std::uint64_t i = 0; i < ledger::tile_width && std::getline(in, line); ++i)
    hashes += as_text(ledger::leaf_hash(as_bytes(line)));
  return hashes;
}

}  // namespace ketenpoort::verify
