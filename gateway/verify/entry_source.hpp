// Where entries come from: a ledger folder or an export.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/verify/flaw.hpp"

namespace ketenpoort::verify {

class EntrySource {
 public:
  EntrySource() = default;
  EntrySource(const EntrySource&) = delete;
  EntrySource& operator=(const EntrySource&) = delete;
  virtual ~EntrySource() = default;

  // The next entry, valid until the next call; nothing at the end.
  virtual Checked<std::optional<std::string_view>> next() = 0;

  // The file in which an entry stands, for people to look at.
  [[nodiscard]] virtual std::string file_of(std::uint64_t seq) const = 0;
};

}  // namespace ketenpoort::verify
