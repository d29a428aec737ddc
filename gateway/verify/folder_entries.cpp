#include "gateway/verify/folder_entries.hpp"

#include <algorithm>

#include "gateway/ledger/segments.hpp"

namespace ketenpoort::verify {
namespace {

constexpr std::size_t read_ahead = 1U << 20;

}  // namespace

std::string FolderEntries::file_of(std::uint64_t seq) const {
  return ledger::segment_path(seq);
}

std::string FolderEntries::file() const {
  return ledger::segment_path((segment_ - 1) * ledger::segment_entries);
}

Checked<void> FolderEntries::open_next() {
  unread_ = sizes_[segment_++];
  buffer_.clear();
  at_ = 0;
  in_ = std::ifstream(ledger_ / file(), std::ios::binary);
  if (!in_) return unreadable(file(), "cannot be opened");
  return {};
}

Checked<bool> FolderEntries::have(std::size_t wanted) {
  if (buffer_.size() - at_ >= wanted) return true;
  buffer_.erase(0, at_);
  at_ = 0;
  const auto kept = buffer_.size();
  const auto more = static_cast<std::size_t>(std::min<std::uint64_t>(unread_, read_ahead));
  buffer_.resize(kept + more);
  in_.read(buffer_.data() + kept, static_cast<std::streamsize>(more));
  if (static_cast<std::size_t>(in_.gcount()) != more) return unreadable(file(), "ends earlier than its size says");
  unread_ -= more;
  return buffer_.size() >= wanted;
}

Checked<std::optional<std::string_view>> FolderEntries::next() {
  if (count_ == segment_ * ledger::segment_entries) {
    if (segment_ > 0 && (at_ < buffer_.size() || unread_ > 0))
      return flawed(file(), "segments", "goes on after its last entry");
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
    torn_bytes_ = buffer_.size() - at_;
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
