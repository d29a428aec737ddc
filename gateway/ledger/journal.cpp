#include "gateway/ledger/journal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <system_error>

#include "gateway/base/bytes.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/base/files.hpp"

namespace ketenpoort::ledger {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view magic("KPJOURN\x01", 8);
constexpr std::size_t hashed_header = 40;
constexpr std::size_t hash_length = frame_header - hashed_header;
constexpr std::uint64_t full_part = 64U << 20;      // a file this long gets no more frames
constexpr std::uint64_t largest_growth = 4U << 20;  // files grow by up to this much ahead of need
constexpr std::size_t largest_part = 1024U << 20;   // what is read whole at most
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

// The frame at the beginning of `bytes`, whose size goes to `size`; false when there is none, whole and unharmed.
bool decode_frame(std::string_view bytes, JournalBatch& batch, std::size_t& size) {
  if (bytes.size() < frame_header || !bytes.starts_with(magic)) return false;
  const auto records = static_cast<std::size_t>(get(bytes, 32, 4));
  const auto changes = static_cast<std::size_t>(get(bytes, 36, 4));
  size = frame_header + records + changes;
  if (bytes.size() < size) return false;
  const auto digest = frame_digest(bytes.substr(0, size));
  if (as_text(digest).substr(0, hash_length) != bytes.substr(hashed_header, hash_length)) return false;
  batch = {.number = get(bytes, 8, 8),
           .first_seq = get(bytes, 16, 8),
           .entries = static_cast<std::uint32_t>(get(bytes, 24, 4))};
  batch.records = bytes.substr(frame_header, records);
  return read_changes(bytes.substr(frame_header + records, changes), get(bytes, 28, 4), batch.changes);
}

// One past the last byte that is not zero.
std::size_t used_length(std::string_view bytes) {
  const auto last = bytes.find_last_not_of('\0');
  return last == std::string_view::npos ? 0 : last + 1;
}

// Whether a whole frame stands anywhere in `bytes`: what follows a torn frame never does.
bool holds_frame(std::string_view bytes) {
  JournalBatch batch;
  std::size_t size = 0;
  for (auto at = bytes.find(magic); at != std::string_view::npos; at = bytes.find(magic, at + 1))
    if (decode_frame(bytes.substr(at), batch, size)) return true;
  return false;
}

tl::unexpected<Error> damaged(const fs::path& path, std::size_t offset, std::string_view what) {
  return fail(
      ErrorCode::malformed,
      fmt::format("{} at byte {}: {}. Nothing was changed. Restore this state folder from a copy, or keep it for "
                  "examination; what the ledger folder's checkpoint covers is not affected",
                  path.string(), offset, what));
}

std::vector<std::uint64_t> part_numbers(const fs::path& folder) {
  std::vector<std::uint64_t> numbers;
  std::error_code fault;
  for (fs::directory_iterator at(folder, fault), end; !fault && at != end; at.increment(fault)) {
    const auto name = at->path().filename().string();
    std::uint64_t number = 0;
    const auto [stop, bad] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (bad == std::errc{} && std::string_view(stop) == ".wal") numbers.push_back(number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

}  // namespace

std::size_t change_size(const VaultChange& change) {
  return change_header + change.bytes.size();
}

std::string encode_frame(const JournalBatch& batch) {
  std::size_t changes = 0;
  for (const auto& change : batch.changes) changes += change_size(change);
  std::string frame;
  frame.reserve(frame_header + batch.records.size() + changes);
  frame += magic;
  put(frame, batch.number, 8);
  put(frame, batch.first_seq, 8);
  put(frame, batch.entries, 4);
  put(frame, batch.changes.size(), 4);
  put(frame, batch.records.size(), 4);
  put(frame, changes, 4);
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

fs::path Journal::part_path(std::uint64_t number) const {
  return folder_ / fmt::format("{:08}.wal", number);
}

Result<std::unique_ptr<Journal>> Journal::open(fs::path folder, std::shared_ptr<FileSystem> files,
                                               const std::function<Status(const JournalBatch&)>& each) {
  if (auto done = files->make_folders(folder); !done) return fail(done.error());
  std::unique_ptr<Journal> journal(new Journal(std::move(folder), std::move(files)));
  const auto numbers = part_numbers(journal->folder_);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (i > 0 && numbers[i] != numbers[i - 1] + 1)
      return damaged(journal->part_path(numbers[i - 1] + 1), 0, "this file of the journal is missing");
    if (auto done = journal->read_part(numbers[i], i + 1 == numbers.size(), each); !done) return fail(done.error());
  }
  if (numbers.empty())
    if (auto done = journal->start_part(1); !done) return fail(done.error());
  return journal;
}

Status Journal::check_order(const JournalBatch& batch, const fs::path& path, std::size_t offset) {
  if (read_any_ && (batch.number != last_batch_ + 1 || batch.first_seq != next_seq_))
    return damaged(path, offset, fmt::format("batch {} does not follow batch {}", batch.number, last_batch_));
  read_any_ = true;
  last_batch_ = batch.number;
  next_seq_ = batch.first_seq + batch.entries;
  return {};
}

Status Journal::read_part(std::uint64_t number, bool last, const std::function<Status(const JournalBatch&)>& each) {
  const auto path = part_path(number);
  const auto content = read_file(path, largest_part);
  if (!content) return fail(content.error());
  const std::string_view bytes = *content;
  const auto used = used_length(bytes);
  std::size_t at = 0;
  while (at < used) {
    JournalBatch batch;
    std::size_t size = 0;
    if (!decode_frame(bytes.substr(at), batch, size)) break;
    if (auto done = check_order(batch, path, at); !done) return done;
    if (auto done = each(batch); !done) return done;
    at += size;
  }
  if (at < used) {
    // Only the last frame of all may be torn: it was never acknowledged, since its sync did not return.
    if (!last) return damaged(path, at, "a frame is damaged and more of the journal follows");
    if (holds_frame(bytes.substr(at + 1))) return damaged(path, at, "a frame is damaged and whole ones follow");
    cut_bytes_ = used - at;
  }
  parts_.push_back({number, last_batch_});
  if (!last) return {};
  auto file = files_->open(path);
  if (!file) return fail(file.error());
  current_ = std::move(*file);
  position_ = at;
  reserved_ = bytes.size();
  if (cut_bytes_ == 0) return {};
  if (auto done = current_->write(at, std::string(cut_bytes_, '\0')); !done) return done;
  return current_->sync();
}

Status Journal::start_part(std::uint64_t number) {
  auto file = files_->open(part_path(number));
  if (!file) return fail(file.error());
  if (auto done = files_->sync_folder(folder_); !done) return done;
  current_ = std::move(*file);
  position_ = 0;
  reserved_ = 0;
  const std::lock_guard lock(parts_mutex_);
  parts_.push_back({number, last_batch_});
  return {};
}

Status Journal::reserve(std::size_t frame_size) {
  if (position_ >= full_part)
    if (auto done = start_part(parts_.back().number + 1); !done) return done;
  if (position_ + frame_size <= reserved_) return {};
  const auto wanted = (position_ + frame_size + growth_ - 1) / growth_ * growth_;
  const std::string zeros(largest_growth, '\0');
  for (auto at = reserved_; at < wanted; at += zeros.size()) {
    if (auto done = current_->write(at, std::string_view(zeros).substr(0, wanted - at)); !done) {
      // What was taken in vain is given back, so that the disk is not kept full by it.
      if (auto undone = current_->resize(reserved_); !undone) return undone;
      return done;
    }
  }
  growth_ = std::min(growth_ * 2, largest_growth);
  reserved_ = wanted;
  return {};
}

Status Journal::append(const JournalBatch& batch) {
  const auto frame = encode_frame(batch);
  if (auto done = current_->write(position_, frame); !done) return done;
  if (auto done = current_->sync(); !done) return done;
  position_ += frame.size();
  last_batch_ = batch.number;
  const std::lock_guard lock(parts_mutex_);
  parts_.back().last_batch = batch.number;
  return {};
}

Status Journal::release(std::uint64_t batch) {
  const std::lock_guard lock(parts_mutex_);
  while (parts_.size() > 1 && parts_.front().last_batch <= batch) {
    if (auto done = files_->remove(part_path(parts_.front().number)); !done) return done;
    parts_.pop_front();
  }
  return {};
}

}  // namespace ketenpoort::ledger
