#include "gateway/ledger/writer/journal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "gateway/ledger/writer/journal_frame.hpp"

namespace ketenpoort::ledger {
namespace {

namespace fs = std::filesystem;

// Files grow by up to this much ahead of need: the sync that follows writes it too.
constexpr std::uint64_t largest_growth = 1U << 20;
constexpr std::uint64_t zeros_at_once = 4U << 20;  // when what stands there is overwritten
constexpr std::size_t largest_part = 1024U << 20;  // what is read whole at most
constexpr std::size_t most_free = 3;               // parts kept to be used again; more are deleted

// One past the last byte that is not zero.
std::size_t used_length(std::string_view bytes) {
  const auto last = bytes.find_last_not_of('\0');
  return last == std::string_view::npos ? 0 : last + 1;
}

tl::unexpected<Error> damaged(const fs::path& path, std::size_t offset, std::string_view what) {
  return fail(
      ErrorCode::malformed,
      fmt::format("{} at byte {}: {}. Nothing was changed. Restore this state folder from a copy, or keep it for "
                  "examination; what the ledger folder's checkpoint covers is not affected",
                  path.string(), offset, what));
}

std::vector<std::uint64_t> part_numbers(const std::vector<std::string>& names) {
  std::vector<std::uint64_t> numbers;
  for (const auto& name : names) {
    std::uint64_t number = 0;
    const auto [stop, bad] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (bad == std::errc{} && std::string_view(stop) == ".wal") numbers.push_back(number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

}  // namespace

// A part, read from `at` on.
struct Journal::Reading {
  std::uint64_t part = 0;
  std::string_view bytes;
  std::size_t at = 0;
  bool recycled = false;  // as its frames say
};

fs::path Journal::part_path(std::uint64_t number) const {
  return folder_ / fmt::format("{:08}.wal", number);
}

std::optional<std::uint64_t> Journal::next_seq() const {
  return holds_batch_ ? std::optional(next_seq_) : std::nullopt;
}

Result<std::unique_ptr<Journal>> Journal::open(fs::path folder, std::shared_ptr<FileSystem> files, JournalNeed need,
                                               const std::function<Status(const JournalBatch&)>& each,
                                               std::uint64_t part_bytes) {
  std::unique_ptr<Journal> journal(new Journal(std::move(folder), std::move(files), part_bytes));
  const auto names = journal->files_->list(journal->folder_);
  if (!names) return fail(names.error());
  const auto numbers = part_numbers(*names);
  const auto first = journal->first_needed(numbers, need);
  if (!first) return fail(first.error());
  // Among those before it some may be missing: their removal is not synced, so that a power cut may undo any of it.
  for (std::size_t i = *first + 1; i < numbers.size(); ++i)
    if (numbers[i] != numbers[i - 1] + 1)
      return damaged(journal->part_path(numbers[i - 1] + 1), 0, "this file of the journal is missing");
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto size = journal->files_->size(journal->part_path(numbers[i]));
    if (!size) return fail(size.error());
    journal->parts_.push_back({numbers[i], 0, size->value_or(0)});
    if (i < *first) continue;
    if (auto done = journal->read_part(numbers[i], each); !done) return fail(done.error());
    journal->parts_.back().last_batch = journal->last_batch_;
  }
  return journal;
}

// A part is needed no more when the next one begins with a batch and an entry that are.
Result<std::size_t> Journal::first_needed(const std::vector<std::uint64_t>& numbers, JournalNeed need) const {
  for (auto i = numbers.size(); i-- > 1;) {
    const auto file = files_->open_for_reading(part_path(numbers[i]));
    if (!file) return fail(file.error());
    std::string header(frame_header, '\0');
    const auto got = (*file)->read(0, header);
    if (!got) return fail(got.error());
    const auto head = read_frame_head(header);
    if (head && head->part == numbers[i] && head->batch <= need.beyond_batch + 1 && head->first_seq <= need.from_seq)
      return i;
  }
  return 0;
}

Status Journal::check_order(const JournalBatch& batch, const fs::path& path, std::size_t offset) {
  // What was taken for torn is damaged when a batch follows it.
  if (torn_)
    return damaged(part_path(torn_->part), torn_->offset, "a frame is damaged and more of the journal follows");
  if (holds_batch_ && (batch.number != last_batch_ + 1 || batch.first_seq != next_seq_))
    return damaged(path, offset, fmt::format("batch {} does not follow batch {}", batch.number, last_batch_));
  holds_batch_ = true;
  last_batch_ = batch.number;
  next_seq_ = batch.first_seq + batch.entries;
  return {};
}

Status Journal::read_part(std::uint64_t number, const std::function<Status(const JournalBatch&)>& each) {
  const auto path = part_path(number);
  const auto content = read_whole(*files_, path, largest_part);
  if (!content) return fail(content.error());
  Reading reading{number, *content, 0, false};
  JournalBatch batch;
  // Frames that another number left are what a part is filled with that was used again.
  const auto first = read_frame_head(reading.bytes);
  reading.recycled = first && first->part != number;
  while (decode_frame(reading.bytes.substr(reading.at), number, batch)) {
    if (auto done = check_order(batch, path, reading.at); !done) return done;
    if (auto done = each(batch); !done) return done;
    const auto head = read_frame_head(reading.bytes.substr(reading.at));
    reading.recycled = head->recycled;
    reading.at += static_cast<std::size_t>(head->size);
  }
  position_ = reading.at;
  parts_.back().recycled = reading.recycled;
  return end_of_frames(reading);
}

// Whether what follows the last whole frame is nothing, a frame that was being written when the process ended, or
// damage. Only the last frame of all may be torn: it was never acknowledged, since its sync did not return.
Status Journal::end_of_frames(const Reading& reading) {
  const auto rest = reading.bytes.substr(reading.at);
  const auto used = used_length(rest);
  if (used == 0) return {};
  if (holds_frame(rest.substr(1), reading.part))
    return damaged(part_path(reading.part), reading.at, "a frame is damaged and whole ones follow");
  const auto head = read_frame_head(rest);
  if (reading.recycled && (!head || head->part != reading.part)) return {};
  if (torn_)
    return damaged(part_path(torn_->part), torn_->offset, "a frame is damaged and more of the journal follows");
  torn_ = {reading.part, reading.at, reading.recycled ? std::min<std::uint64_t>(head->size, rest.size()) : used};
  return {};
}

Status Journal::start() {
  if (auto done = cut_torn(); !done) return done;
  if (parts_.empty()) return start_part();
  auto file = files_->open(part_path(parts_.back().number));
  if (!file) return fail(file.error());
  current_ = std::move(*file);
  reserved_ = parts_.back().size;
  return {};
}

Status Journal::cut_torn() {
  if (!torn_) return {};
  auto file = files_->open(part_path(torn_->part));
  if (!file) return fail(file.error());
  const std::string zeros(static_cast<std::size_t>(std::min(torn_->bytes, zeros_at_once)), '\0');
  for (std::uint64_t done = 0; done < torn_->bytes; done += zeros.size()) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(zeros.size(), torn_->bytes - done));
    if (auto wrote = (*file)->write(torn_->offset + done, std::string_view(zeros).substr(0, count)); !wrote)
      return wrote;
  }
  return (*file)->sync();
}

Status Journal::start_part(bool unused) {
  const std::lock_guard lock(parts_mutex_);
  auto part = new_part(unused);
  if (!part) return fail(part.error());
  if (auto done = files_->sync_folder(folder_); !done) return done;
  position_ = 0;
  reserved_ = part->size;
  parts_.push_back(*part);
  if (unused) wipe_before_ = part->number;
  return {};
}

// The oldest part that is needed no more, or a new file.
Result<Journal::Part> Journal::new_part(bool unused) {
  const auto number = parts_.empty() ? 1 : parts_.back().number + 1;
  const auto path = part_path(number);
  const bool recycle = free_ > 0 && !unused && parts_.front().number >= wipe_before_;
  auto file = files_->open(recycle ? part_path(parts_.front().number) : path);
  if (!file) return fail(file.error());
  Part part{number, last_batch_, 0, false};
  if (recycle) {
    if (auto done = files_->rename(part_path(parts_.front().number), path); !done) return fail(done.error());
    part.size = parts_.front().size;
    part.recycled = true;
    parts_.pop_front();
    --free_;
  }
  current_ = std::move(*file);
  return part;
}

Status Journal::reserve(std::size_t size) {
  const bool unused = roll_.exchange(false);
  if (position_ >= part_bytes_ || unused)
    if (auto done = start_part(unused); !done) {
      if (unused) roll_ = true;  // else whoever wanted it would take the next room for that of a new file
      return done;
    }
  const auto wanted = position_ + size;
  return wanted <= reserved_ ? Status{} : grow((wanted + growth_ - 1) / growth_ * growth_);
}

Status Journal::grow(std::uint64_t wanted) {
  static constexpr std::array<char, 256U << 10> zeros{};
  for (auto at = reserved_; at < wanted; at += zeros.size()) {
    const auto count = std::min<std::uint64_t>(zeros.size(), wanted - at);
    if (auto done = current_->write(at, {zeros.data(), static_cast<std::size_t>(count)}); !done) {
      // What was taken in vain is given back, so that the disk is not kept full by it.
      if (auto undone = current_->resize(reserved_); !undone) return undone;
      return done;
    }
  }
  growth_ = std::min(growth_ * 2, largest_growth);
  reserved_ = wanted;
  const std::lock_guard lock(parts_mutex_);
  parts_.back().size = wanted;
  return {};
}

JournalPlace Journal::place(const JournalBatch& batch) {
  const std::lock_guard lock(parts_mutex_);
  auto& part = parts_.back();
  JournalPlace place{current_, part.number, position_, part.recycled};
  position_ += frame_size(batch);
  part.last_batch = last_batch_ = batch.number;
  next_seq_ = batch.first_seq + batch.entries;
  holds_batch_ = true;
  return place;
}

Status Journal::write(const JournalPlace& place, std::span<const std::string_view> frame) {
  if (auto done = place.file->write_pieces(place.offset, frame); !done) return done;
  return place.file->sync();
}

Status Journal::release(std::uint64_t batch) {
  const std::lock_guard lock(parts_mutex_);
  while (free_ + 1 < parts_.size() && parts_[free_].last_batch <= batch) ++free_;
  while (free_ > most_free && parts_.front().number >= wipe_before_) {
    if (auto done = files_->remove(part_path(parts_.front().number)); !done) return done;
    parts_.pop_front();
    --free_;
  }
  return {};
}

Status Journal::wipe() {
  const std::lock_guard one_at_a_time(wiping_mutex_);
  {
    const std::lock_guard lock(parts_mutex_);
    const auto is_new = [&](const Part& part) { return part.number >= wipe_before_; };
    const auto end = std::ranges::find_if(parts_, is_new);
    const auto old = static_cast<std::size_t>(end - parts_.begin());
    if (old > free_)
      return fail(ErrorCode::unavailable,
                  "the journal's old files are still needed: by what was not published yet, by "
                  "the vault, or by a backup under way");
    wiping_.insert(wiping_.end(), parts_.begin(), end);
    parts_.erase(parts_.begin(), end);
    free_ -= old;
  }
  // One that cannot be overwritten now is there the next time.
  for (; !wiping_.empty(); wiping_.pop_back())
    if (auto done = overwrite(wiping_.back()); !done) return done;
  return files_->sync_folder(folder_);
}

// The blocks are overwritten before they are given back, where the file system writes in place.
Status Journal::overwrite(const Part& part) {
  const auto path = part_path(part.number);
  auto file = files_->open(path);
  if (!file) return fail(file.error());
  const std::string zeros(static_cast<std::size_t>(std::min(zeros_at_once, part.size)), '\0');
  for (std::uint64_t at = 0; at < part.size; at += zeros.size()) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(zeros.size(), part.size - at));
    if (auto done = (*file)->write(at, std::string_view(zeros).substr(0, count)); !done) return done;
  }
  if (auto done = (*file)->sync(); !done) return done;
  return files_->remove(path);
}

}  // namespace ketenpoort::ledger
