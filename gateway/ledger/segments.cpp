#include "gateway/ledger/segments.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <mutex>
#include <system_error>

#include "gateway/base/files.hpp"

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

fs::path SegmentReader::file() const {
  return ledger_ / segment_path(next_seq_);
}

// Whether there is a file for the next entry.
Result<bool> SegmentReader::open_file() {
  in_ = std::ifstream();
  buffer_.clear();
  at_ = 0;
  offset_ = 0;
  std::error_code fault;
  if (!fs::exists(file(), fault)) return false;
  in_.open(file(), std::ios::binary);
  if (!in_) return fail(io_error("cannot open", file(), errno));
  return true;
}

// Has `wanted` bytes ready in the buffer, if the file has as many left.
bool SegmentReader::fill(std::size_t wanted) {
  if (buffer_.size() - at_ >= wanted) return true;
  buffer_.erase(0, at_);
  at_ = 0;
  const auto kept = buffer_.size();
  buffer_.resize(kept + read_ahead);
  in_.clear();  // a file that is being written may have grown since its end was met
  in_.read(buffer_.data() + kept, static_cast<std::streamsize>(read_ahead));
  buffer_.resize(kept + static_cast<std::size_t>(in_.gcount()));
  return buffer_.size() >= wanted;
}

Result<std::optional<std::string_view>> SegmentReader::next() {
  if (next_seq_ % segment_entries == 0) {
    if (in_.is_open() && next_seq_ > 0 && offset_ > 0 && fill(1)) {
      const auto previous = ledger_ / segment_path(next_seq_ - 1);
      return fail(ErrorCode::malformed,
                  fmt::format("{}: something follows its last entry at byte {}", previous.string(), offset_));
    }
    const auto opened = open_file();
    if (!opened) return fail(opened.error());
    if (!*opened) return std::nullopt;
  }
  if (!in_.is_open() || !fill(1)) return std::nullopt;
  if (!fill(2) || !fill(2 + record_length(std::string_view(buffer_).substr(at_))))
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
  if (size_ % index_step == 0) index_.push_back(offset);
  ++size_;
}

Status Segments::cut(std::uint64_t offset) {
  offset_ = size_ % segment_entries == 0 ? 0 : offset;
  std::error_code fault;
  if (offset_ > 0) {
    if (auto done = open_for(size_ - 1); !done) return done;
    if (auto done = file_->resize(offset_); !done) return done;
  }
  // The file of the next entry, when the last one is full, and every one after it.
  for (auto seq = offset_ > 0 ? size_ - size_ % segment_entries + segment_entries : size_;; seq += segment_entries) {
    const auto path = ledger_ / segment_path(seq);
    if (!fs::exists(path, fault)) return {};
    if (auto done = files_->remove(path); !done) return done;
  }
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
    std::vector<std::uint64_t> steps;
    std::uint64_t count = 0;
    while (count < room && !rest.empty()) {
      if ((size_ + count) % index_step == 0) steps.push_back(offset_ + (records.size() - rest.size()));
      if (!take_record(rest)) return fail(ErrorCode::internal, "half a record was handed to a segment");
      ++count;
    }
    const auto part = records.substr(0, records.size() - rest.size());
    if (auto done = open_for(size_); !done) return done;
    if (auto done = file_->write(offset_, part); !done) return done;
    const std::unique_lock lock(index_mutex_);
    index_.insert(index_.end(), steps.begin(), steps.end());
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
  std::uint64_t offset = 0;
  {
    const std::shared_lock lock(index_mutex_);
    if (seq >= size_) return fail(ErrorCode::not_found, fmt::format("there is no entry {}", seq));
    offset = index_[seq / index_step];
  }
  const auto path = ledger_ / segment_path(seq);
  std::ifstream in(path, std::ios::binary);
  in.seekg(static_cast<std::streamoff>(offset));
  for (auto at = seq - seq % index_step;; ++at) {
    std::array<char, 2> header{};
    in.read(header.data(), 2);
    const auto length = record_length({header.data(), 2});
    if (at == seq) {
      std::string entry(length, '\0');
      in.read(entry.data(), static_cast<std::streamsize>(length));
      if (!in) return fail(io_error("cannot read", path, errno));
      return entry;
    }
    in.ignore(static_cast<std::streamsize>(length));
  }
}

Result<std::string> Segments::read_records(std::uint64_t first, std::uint64_t count) const {
  std::uint64_t offset = 0;
  {
    const std::shared_lock lock(index_mutex_);
    if (count == 0 || first + count > size_)
      return fail(ErrorCode::not_found, fmt::format("there are no entries {} to {}", first, first + count));
    offset = index_[first / index_step];
  }
  const auto path = ledger_ / segment_path(first);
  std::ifstream in(path, std::ios::binary);
  in.seekg(static_cast<std::streamoff>(offset));
  std::string records;
  for (auto at = first - first % index_step; at < first + count; ++at) {
    if (at == first) records.clear();
    const auto begin = records.size();
    records.resize(begin + 2);
    in.read(records.data() + begin, 2);
    const auto length = record_length(std::string_view(records).substr(begin));
    records.resize(begin + 2 + length);
    in.read(records.data() + begin + 2, static_cast<std::streamsize>(length));
    if (!in) return fail(io_error("cannot read", path, errno));
  }
  return records;
}

}  // namespace ketenpoort::ledger
