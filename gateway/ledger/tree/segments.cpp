#include "gateway/ledger/tree/segments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <utility>

namespace ketenpoort::ledger {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t index_step = 64;
constexpr std::size_t read_ahead = 1U << 20;

std::size_t record_length(std::string_view header) {
  return static_cast<std::size_t>(static_cast<unsigned char>(header[0])) << 8 | static_cast<unsigned char>(header[1]);
}

}  // namespace

std::string segment_path(std::uint64_t seq) {
  return fmt::format("segments/{:020}", seq - seq % segment_entries);
}

void append_record(std::string& out, std::string_view entry) {
  out += static_cast<char>(entry.size() >> 8);
  out += static_cast<char>(entry.size());
  out += entry;
}

std::optional<std::string_view> take_record(std::string_view& records) {
  if (records.size() < 2) return std::nullopt;
  const auto length = record_length(records);
  if (records.size() < 2 + length) return std::nullopt;
  const auto entry = records.substr(2, length);
  records.remove_prefix(2 + length);
  return entry;
}

Result<SegmentReader> SegmentReader::at(fs::path ledger, std::uint64_t seq, std::uint64_t offset,
                                        std::shared_ptr<const FileSystem> files) {
  SegmentReader reader(std::move(ledger), seq, std::move(files));
  if (seq % segment_entries == 0) return reader;
  const auto opened = reader.open_file();
  if (!opened) return fail(opened.error());
  if (!*opened) return fail(ErrorCode::not_found, fmt::format("{} is not there", reader.file().string()));
  reader.offset_ = offset;
  return reader;
}

fs::path SegmentReader::file() const {
  return ledger_ / segment_path(next_seq_);
}

// Whether there is a file for the next entry.
Result<bool> SegmentReader::open_file() {
  in_.reset();
  buffer_.clear();
  at_ = 0;
  offset_ = 0;
  auto opened = files_->open_for_reading(file());
  if (!opened && opened.error().code == ErrorCode::not_found) return false;
  if (!opened) return fail(opened.error());
  in_ = std::move(*opened);
  return true;
}

// Has `wanted` bytes ready in the buffer, if the file has as many left. A file that is being written may have grown
// since its end was met.
Result<bool> SegmentReader::fill(std::size_t wanted) {
  if (buffer_.size() - at_ >= wanted) return true;
  buffer_.erase(0, at_);
  at_ = 0;
  const auto kept = buffer_.size();
  buffer_.resize(kept + read_ahead);
  const auto got = in_->read(offset_ + kept, std::span(buffer_).subspan(kept));
  buffer_.resize(kept + got.value_or(0));
  if (!got) return fail(got.error());
  return buffer_.size() >= wanted;
}

Result<std::optional<std::string_view>> SegmentReader::next() {
  if (next_seq_ % segment_entries == 0) {
    const auto more = in_ && offset_ > 0 ? fill(1) : false;
    if (!more) return fail(more.error());
    if (*more) {
      const auto previous = ledger_ / segment_path(next_seq_ - 1);
      return fail(ErrorCode::malformed,
                  fmt::format("{}: something follows its last entry at byte {}", previous.string(), offset_));
    }
    const auto opened = open_file();
    if (!opened) return fail(opened.error());
  }
  if (!in_) return std::nullopt;
  auto whole = fill(1);
  if (whole && !*whole) return std::nullopt;
  if (whole) whole = fill(2);
  if (whole && *whole) whole = fill(2 + record_length(std::string_view(buffer_).substr(at_)));
  if (!whole) return fail(whole.error());
  if (!*whole)
    return fail(ErrorCode::malformed,
                fmt::format("{}: entry {} is cut off at byte {}", file().string(), next_seq_, offset_));
  const auto length = record_length(std::string_view(buffer_).substr(at_));
  const std::string_view entry(buffer_.data() + at_ + 2, length);
  at_ += 2 + length;
  offset_ += 2 + length;
  ++next_seq_;
  return entry;
}

void Segments::note(std::uint64_t offset) {
  add_step(size_, offset);
  ++size_;
}

// A segment whose first steps are not known is learnt as a whole, when somebody asks.
void Segments::add_step(std::uint64_t seq, std::uint64_t offset) {
  if (seq % index_step != 0) return;
  const auto segment = seq / segment_entries;
  if (steps_.size() <= segment) steps_.resize(segment + 1);
  if (steps_[segment].size() == seq % segment_entries / index_step) steps_[segment].push_back(offset);
}

// Where the last 64th entry at or before this one stands.
Result<std::uint64_t> Segments::step_before(std::uint64_t seq) const {
  const auto segment = seq / segment_entries;
  const auto step = seq % segment_entries / index_step;
  const auto known = [&] { return segment < steps_.size() && step < steps_[segment].size(); };
  {
    const std::shared_lock lock(index_mutex_);
    if (seq >= size_) return fail(ErrorCode::not_found, fmt::format("there is no entry {}", seq));
    if (known()) return steps_[segment][step];
  }
  const std::unique_lock lock(index_mutex_);
  if (!known())
    if (auto learnt = learn(segment); !learnt) return fail(learnt.error());
  return steps_[segment][step];
}

Status Segments::learn(std::uint64_t segment) const {
  const auto first = segment * segment_entries;
  const auto end = std::min(size_, first + segment_entries);
  SegmentReader reader(ledger_, first, files_);
  std::vector<std::uint64_t> steps;
  while (reader.next_seq() < end) {
    if (reader.next_seq() % index_step == 0) steps.push_back(reader.next_seq() == first ? 0 : reader.offset());
    const auto entry = reader.next();
    if (!entry) return fail(entry.error());
    if (!*entry)
      return fail(ErrorCode::io, fmt::format("{} ends before entry {}", reader.file().string(), reader.next_seq()));
  }
  if (steps_.size() <= segment) steps_.resize(segment + 1);
  steps_[segment] = std::move(steps);
  return {};
}

Result<std::uint64_t> Segments::offset_of(std::uint64_t seq) const {
  if (seq % segment_entries == 0) return 0;
  const auto step = step_before(seq - 1);
  if (!step) return fail(step.error());
  const auto since = (seq - 1) % index_step + 1;
  const auto records = read_records(seq - since, since);
  if (!records) return fail(records.error());
  return *step + records->size();
}

Result<std::uint64_t> Segments::bytes_beyond(std::uint64_t offset) const {
  std::uint64_t beyond = 0;
  auto seq = size_;
  if (size_ % segment_entries > 0) {
    const auto last = files_->size(ledger_ / segment_path(size_ - 1));
    if (!last) return fail(last.error());
    beyond = last->value_or(offset) - offset;
    seq += segment_entries - size_ % segment_entries;
  }
  for (;; seq += segment_entries) {
    const auto more = files_->size(ledger_ / segment_path(seq));
    if (!more) return fail(more.error());
    if (!*more) return beyond;
    beyond += **more;
  }
}

Status Segments::take_up(std::uint64_t offset, const std::vector<std::string_view>& next_records) {
  offset_ = size_ % segment_entries == 0 ? 0 : offset;
  std::size_t begun = 0;
  for (auto records : next_records) {
    bool whole = true;
    while (whole && !records.empty()) {
      const auto entry = take_record(records);
      if (!entry) return fail(ErrorCode::internal, "half a record was handed to a segment");
      const auto size = 2 + entry->size();
      const auto there = take_up_record({entry->data() - 2, size});
      if (!there) return fail(there.error());
      whole = *there == size;
      begun = whole ? 0 : *there;
    }
    if (!whole) break;
  }
  if (auto done = cut(begun); !done) return done;
  return sync();
}

// How much of this record stands next; all of it is taken note of.
Result<std::size_t> Segments::take_up_record(std::string_view record) {
  const auto file = files_->open_for_reading(ledger_ / segment_path(size_));
  if (!file && file.error().code == ErrorCode::not_found) return 0;
  if (!file) return fail(file.error());
  std::string there(record.size(), '\0');
  const auto got = (*file)->read(offset_, there);
  if (!got) return fail(got.error());
  if (there.substr(0, *got) != record.substr(0, *got)) return 0;
  if (*got < record.size()) return *got;
  note(offset_);
  offset_ = size_ % segment_entries == 0 ? 0 : offset_ + record.size();
  // Nobody knows whether the process that wrote it got it synced.
  if (offset_ > 0) return record.size();
  if (auto done = open_for(size_ - 1); !done) return fail(done.error());
  if (auto done = file_->sync(); !done) return fail(done.error());
  return record.size();
}

// Removes what stands beyond the entries noted and so many bytes of the next one.
Status Segments::cut(std::size_t kept) {
  if (offset_ > 0) {
    const auto there = files_->size(ledger_ / segment_path(size_ - 1));
    if (!there) return fail(there.error());
    if (auto done = open_for(size_ - 1); !done) return done;
    if (there->value_or(0) != offset_ + kept)
      if (auto done = file_->resize(offset_); !done) return done;
  }
  // The file of the next entry, when the last one is full, and every one after it: the last one first, so that one that
  // stays is found again.
  const auto first = offset_ > 0 ? size_ - size_ % segment_entries + segment_entries : size_;
  auto end = first;
  while (true) {
    const auto there = files_->size(ledger_ / segment_path(end));
    if (!there) return fail(there.error());
    if (!*there) break;
    end += segment_entries;
  }
  for (; end > first; end -= segment_entries)
    if (auto done = files_->remove(ledger_ / segment_path(end - segment_entries)); !done) return done;
  return {};
}

Status Segments::open_for(std::uint64_t seq) {
  const auto first = seq - seq % segment_entries;
  if (file_ && file_first_ == first) return {};
  // What was appended to the file before is synced with it; it is not written again.
  if (file_)
    if (auto done = file_->sync(); !done) return done;
  auto file = files_->open(ledger_ / segment_path(seq));
  if (!file) return fail(file.error());
  file_ = std::move(*file);
  file_first_ = first;
  new_file_ = true;
  return {};
}

Status Segments::append(std::uint64_t first_seq, std::string_view records) {
  for (; first_seq < size_ && !records.empty(); ++first_seq) take_record(records);
  while (!records.empty()) {
    // As many records as still go into the file of size_.
    auto rest = records;
    const auto room = segment_entries - size_ % segment_entries;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> steps;
    std::uint64_t count = 0;
    while (count < room && !rest.empty()) {
      if ((size_ + count) % index_step == 0)
        steps.emplace_back(size_ + count, offset_ + (records.size() - rest.size()));
      if (!take_record(rest)) return fail(ErrorCode::internal, "half a record was handed to a segment");
      ++count;
    }
    const auto part = records.substr(0, records.size() - rest.size());
    if (auto done = open_for(size_); !done) return done;
    if (auto done = file_->write(offset_, part); !done) return done;
    const std::unique_lock lock(index_mutex_);
    for (const auto& [seq, at] : steps) add_step(seq, at);
    size_ += count;
    offset_ = size_ % segment_entries == 0 ? 0 : offset_ + part.size();
    records = rest;
  }
  return {};
}

Status Segments::sync() {
  if (!file_) return {};
  if (auto done = file_->sync(); !done) return done;
  if (!new_file_) return {};
  new_file_ = false;
  return files_->sync_folder(ledger_ / "segments");
}

Result<std::string> Segments::read(std::uint64_t seq) const {
  const auto records = read_records(seq, 1);
  if (!records) return fail(records.error());
  return records->substr(2);
}

Result<std::string> Segments::read_records(std::uint64_t first, std::uint64_t count) const {
  const auto end = first + count;
  {
    const std::shared_lock lock(index_mutex_);
    if (count == 0 || end > size_)
      return fail(ErrorCode::not_found, fmt::format("there are no entries {} to {}", first, end));
  }
  const auto step = step_before(first);
  if (!step) return fail(step.error());
  auto offset = *step;
  const auto path = ledger_ / segment_path(first);
  const auto file = files_->open_for_reading(path);
  if (!file) return fail(file.error());
  std::string records;
  std::string buffer(1U << 16 | 2U, '\0');  // holds the largest record, so that each look takes in at least one
  for (auto at = first - first % index_step; at < end;) {
    const auto got = (*file)->read(offset, buffer);
    if (!got) return fail(got.error());
    std::string_view rest(buffer.data(), *got);
    const auto before = at;
    while (at < end) {
      const auto record = rest;
      if (!take_record(rest)) break;
      const auto size = record.size() - rest.size();
      if (at++ >= first) records += record.substr(0, size);
      offset += size;
    }
    if (at == before) return fail(ErrorCode::io, fmt::format("{} ends before entry {}", path.string(), at));
  }
  return records;
}

}  // namespace ketenpoort::ledger
