#include "gateway/ledger/journal_frame.hpp"

#include <algorithm>

#include "gateway/base/bytes.hpp"
#include "gateway/base/digest.hpp"

namespace ketenpoort::ledger {
namespace {

constexpr std::string_view magic = "KPJOURN";
constexpr char fresh = '\x02';
constexpr char recycled = '\x03';
constexpr std::size_t hashed_header = 48;
constexpr std::size_t hash_length = frame_header - hashed_header;
constexpr std::size_t change_header = 5;

void put(std::string& out, std::uint64_t value, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
}

std::uint64_t get(std::string_view bytes, std::size_t at, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = at; i < at + count; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

Digest frame_digest(std::string_view frame) {
  return sha256({as_bytes(frame.substr(0, hashed_header)), as_bytes(frame.substr(frame_header))});
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

std::string encode_frame(const JournalBatch& batch, const JournalPlace& place) {
  const auto size = frame_size(batch);
  std::string frame;
  frame.reserve(size);
  frame += magic;
  frame += place.recycled ? recycled : fresh;
  put(frame, place.part, 8);
  put(frame, batch.number, 8);
  put(frame, batch.first_seq, 8);
  put(frame, batch.entries, 4);
  put(frame, batch.changes.size(), 4);
  put(frame, batch.records.size(), 4);
  put(frame, size - frame_header - batch.records.size(), 4);
  frame.append(hash_length, '\0');
  frame += batch.records;
  for (const auto& change : batch.changes) {
    frame += static_cast<char>(change.kind);
    put(frame, change.bytes.size(), 4);
    frame += change.bytes;
  }
  const auto digest = frame_digest(frame);
  std::copy_n(digest.begin(), hash_length, frame.begin() + hashed_header);
  return frame;
}

std::optional<FrameHead> read_frame_head(std::string_view bytes) {
  if (bytes.size() < frame_header || !bytes.starts_with(magic)) return std::nullopt;
  const char kind = bytes[magic.size()];
  if (kind != fresh && kind != recycled) return std::nullopt;
  return FrameHead{get(bytes, 8, 8), get(bytes, 16, 8), get(bytes, 24, 8),
                   frame_header + get(bytes, 40, 4) + get(bytes, 44, 4), kind == recycled};
}

bool decode_frame(std::string_view bytes, std::uint64_t part, JournalBatch& batch) {
  const auto head = read_frame_head(bytes);
  if (!head || head->part != part || bytes.size() < head->size) return false;
  bytes = bytes.substr(0, static_cast<std::size_t>(head->size));
  const auto digest = frame_digest(bytes);
  if (as_text(digest).substr(0, hash_length) != bytes.substr(hashed_header, hash_length)) return false;
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
