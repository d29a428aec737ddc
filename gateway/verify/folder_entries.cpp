#include "gateway/verify/folder_entries.hpp"

#include <algorithm>
#include <cstring>

#include "gateway/ledger/entry/entry.hpp"
#include "gateway/ledger/tree/segments.hpp"

namespace ketenpoort::verify {
namespace {

constexpr std::size_t read_ahead = 128U << 10;  // stays in a processor's own cache until it is hashed

}  // namespace

std::string FolderEntries::file_of(std::uint64_t seq) const {
  return ledger::segment_path(seq);
}

std::string FolderEntries::file() const {
  return ledger::segment_path((segment_ - 1) * ledger::segment_entries);
}

Checked<void> FolderEntries::open_next() {
  unread_ = sizes_[segment_++];
  at_ = end_ = 0;
  in_ = std::ifstream(ledger_ / file(), std::ios::binary);
  if (!in_) return unreadable(file(), "cannot be opened");
  return {};
}

Checked<bool> FolderEntries::have(std::size_t wanted) {
  if (end_ - at_ >= wanted) return true;
  const auto kept = end_ - at_;
  if (buffer_.empty()) buffer_.resize(read_ahead + 2 + ledger::largest_entry);
  std::memmove(buffer_.data(), buffer_.data() + at_, kept);
  at_ = 0;
  end_ = kept;
  const auto more = static_cast<std::size_t>(std::min<std::uint64_t>(unread_, read_ahead));
  in_.read(buffer_.data() + kept, static_cast<std::streamsize>(more));
  if (static_cast<std::size_t>(in_.gcount()) != more) return unreadable(file(), "ends earlier than its size says");
  end_ += more;
  unread_ -= more;
  return end_ >= wanted;
}

Checked<std::optional<std::string_view>> FolderEntries::next() {
  if (count_ == segment_ * ledger::segment_entries) {
    if (segment_ > 0 && (at_ < end_ || unread_ > 0)) return flawed(file(), "segments", "goes on after its last entry");
    if (segment_ == sizes_.size()) return std::nullopt;
    if (auto opened = open_next(); !opened) return tl::make_unexpected(opened.error());
  }
  auto ready = have(2);
  std::size_t length = 0;
  if (ready && *ready) {
    length = static_cast<std::size_t>(static_cast<unsigned char>(buffer_[at_])) << 8 |
             static_cast<unsigned char>(buffer_[at_ + 1]);
    ready = have(2 + length);
  }
  if (!ready) return tl::make_unexpected(ready.error());
  if (!*ready) {
    torn_bytes_ = end_ - at_;
    if (segment_ < sizes_.size())
      return tl::make_unexpected(entry_flaw(count_, "segments", file() + " ends in the middle of it or before it"));
    return std::nullopt;
  }
  const std::string_view entry(buffer_.data() + at_ + 2, length);
  at_ += 2 + length;
  ++count_;
  return entry;
}

}  // namespace ketenpoort::verify
