// The entries of a ledger folder in order, as far as its segments reached when they were surveyed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/verify/entry_source.hpp"

namespace ketenpoort::verify {

// Reads segments/<first seq>: 65,536 records of a 16-bit big-endian length and that many bytes. Constant memory.
class FolderEntries : public EntrySource {
 public:
  FolderEntries(std::filesystem::path ledger, std::vector<std::uint64_t> segment_sizes)
      : ledger_(std::move(ledger)), sizes_(std::move(segment_sizes)) {}

  // A segment that ends early or goes on after its last record is a flaw; bytes at the very end that are no whole
  // record are left in torn_bytes().
  Checked<std::optional<std::string_view>> next() override;
  [[nodiscard]] std::string file_of(std::uint64_t seq) const override;

  [[nodiscard]] std::uint64_t torn_bytes() const { return torn_bytes_; }  // known at the end

 private:
  Checked<bool> have(std::size_t wanted);  // bytes ready in the buffer
  Checked<void> open_next();
  [[nodiscard]] std::string file() const;

  std::filesystem::path ledger_;
  std::vector<std::uint64_t> sizes_;
  std::ifstream in_;
  std::vector<char> buffer_;
  std::size_t at_ = 0;        // in buffer_
  std::size_t end_ = 0;       // of what was read into it
  std::uint64_t unread_ = 0;  // bytes of the segment not in the buffer yet
  std::size_t segment_ = 0;   // the one open, from 1
  std::uint64_t count_ = 0;   // entries handed out
  std::uint64_t torn_bytes_ = 0;
};

}  // namespace ketenpoort::verify
