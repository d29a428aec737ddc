#include "gateway/ledger/writer/journal_frame.hpp"

#include <algorithm>
#include <array>

#include "gateway/base/bytes.hpp"
#include "gateway/base/checksum.hpp"
#include "gateway/base/digest.hpp"

namespace ketenpoort::ledger {
namespace {

constexpr std::string_view magic = "KPJOURN";
constexpr std::size_t hashed_header = 48;
constexpr std::size_t hash_length = frame_header - hashed_header;
constexpr std::size_t change_header = 5;
constexpr std::size_t worth_its_own_piece = 512;  // bytes; fewer are copied

// The byte behind the magic.
enum class FrameKind : char { fresh_sha256 = 2, recycled_sha256 = 3, fresh = 4, recycled = 5 };

std::optional<FrameKind> kind_of(char c) {
  return c >= 2 && c <= 5 ? std::optional(static_cast<FrameKind>(c)) : std::nullopt;
}

void put(std::vector<char>& out, std::uint64_t value, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift));
}

void put(std::vector<char>& out, std::string_view bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

std::uint64_t get(std::string_view bytes, std::size_t at, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = at; i < at + count; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

// Frames that an earlier program left carry half a SHA-256.
bool is_unharmed(std::string_view frame, FrameKind kind) {
  const auto head = frame.substr(0, hashed_header);
  const auto rest = frame.substr(frame_header);
  const auto stated = frame.substr(hashed_header, hash_length);
  if (kind == FrameKind::fresh || kind == FrameKind::recycled)
    return as_text(checksum(std::array{head, rest})) == stated;
  return as_text(sha256({as_bytes(head), as_bytes(rest)})).substr(0, hash_length) == stated;
}

bool read_changes(std::string_view bytes, std::uint64_t count, std::vector<VaultChange>& changes) {
  for (; count > 0; --count) {
    if (bytes.size() < change_header) return false;
    const auto length = static_cast<std::size_t>(get(bytes, 1, 4));
    if (bytes.size() - change_header < length) return false;
    changes.push_back({static_cast<std::uint8_t>(bytes[0]), std::string(bytes.substr(change_header, length))});
    bytes.remove_prefix(change_header + length);
  }
  return bytes.empty();
}

}  // namespace

std::size_t change_size(const VaultChange& change) {
  return change_header + change.bytes.size();
}

std::size_t frame_size(const JournalBatch& batch) {
  std::size_t size = frame_header + batch.records.size();
  for (const auto& change : batch.changes) size += change_size(change);
  return size;
}

Frame::Frame(const JournalBatch& batch, const JournalPlace& place) {
  std::size_t own = frame_header;
  std::size_t changes = 0;
  for (const auto& change : batch.changes) {
    own += change_header + (change.bytes.size() < worth_its_own_piece ? change.bytes.size() : 0);
    changes += change_size(change);
  }
  own_.reserve(own);  // and never more: the pieces point into it
  put(own_, magic);
  own_.push_back(static_cast<char>(place.recycled ? FrameKind::recycled : FrameKind::fresh));
  put(own_, place.part, 8);
  put(own_, batch.number, 8);
  put(own_, batch.first_seq, 8);
  put(own_, batch.entries, 4);
  put(own_, batch.changes.size(), 4);
  put(own_, batch.records.size(), 4);
  put(own_, changes, 4);
  own_.resize(frame_header);
  pieces_ = {std::string_view(own_.data(), hashed_header), batch.records};
  auto begun = own_.size();
  const auto close = [&] {
    if (own_.size() > begun) pieces_.emplace_back(own_.data() + begun, own_.size() - begun);
    begun = own_.size();
  };
  for (const auto& change : batch.changes) {
    own_.push_back(static_cast<char>(change.kind));
    put(own_, change.bytes.size(), 4);
    if (change.bytes.size() < worth_its_own_piece) {
      put(own_, change.bytes);
      continue;
    }
    close();
    pieces_.emplace_back(change.bytes);
  }
  close();
  const auto sum = checksum(pieces_);
  std::copy_n(sum.begin(), hash_length, own_.begin() + hashed_header);
  pieces_.front() = {own_.data(), frame_header};
}

std::string encode_frame(const JournalBatch& batch, const JournalPlace& place) {
  const Frame frame(batch, place);
  std::string out;
  out.reserve(frame_size(batch));
  for (const auto piece : frame.pieces()) out += piece;
  return out;
}

std::optional<FrameHead> read_frame_head(std::string_view bytes) {
  if (bytes.size() < frame_header || !bytes.starts_with(magic)) return std::nullopt;
  const auto kind = kind_of(bytes[magic.size()]);
  if (!kind) return std::nullopt;
  return FrameHead{get(bytes, 8, 8), get(bytes, 16, 8), get(bytes, 24, 8),
                   frame_header + get(bytes, 40, 4) + get(bytes, 44, 4),
                   *kind == FrameKind::recycled || *kind == FrameKind::recycled_sha256};
}

bool decode_frame(std::string_view bytes, std::uint64_t part, JournalBatch& batch) {
  const auto head = read_frame_head(bytes);
  if (!head || head->part != part || bytes.size() < head->size) return false;
  bytes = bytes.substr(0, static_cast<std::size_t>(head->size));
  if (!is_unharmed(bytes, *kind_of(bytes[magic.size()]))) return false;
  batch = {.number = head->batch,
           .first_seq = head->first_seq,
           .entries = static_cast<std::uint32_t>(get(bytes, 32, 4)),
           .records = {},
           .changes = {}};
  const auto records = static_cast<std::size_t>(get(bytes, 40, 4));
  batch.records = bytes.substr(frame_header, records);
  return read_changes(bytes.substr(frame_header + records), get(bytes, 36, 4), batch.changes);
}

bool holds_frame(std::string_view bytes, std::uint64_t part) {
  JournalBatch batch;
  for (auto at = bytes.find(magic); at != std::string_view::npos; at = bytes.find(magic, at + 1))
    if (decode_frame(bytes.substr(at), part, batch)) return true;
  return false;
}

}  // namespace ketenpoort::ledger
