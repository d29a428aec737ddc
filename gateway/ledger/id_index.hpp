// From an id to the row of a table: open addressing over row numbers alone, because the ids stand in the rows already.
// Four bytes a slot instead of the sixty of a node-based map, which counts with millions of transfers.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "gateway/domain/transfer.hpp"

namespace ketenpoort::ledger {

class IdIndex {
 public:
  // `id_of(row)` gives the id that stands in a row.
  template <class Id, class IdOf>
  [[nodiscard]] std::optional<std::uint32_t> find(const Id& id, IdOf id_of) const {
    if (slots_.empty()) return std::nullopt;
    for (std::size_t at = home(hash(id)); slots_[at] != empty; at = next(at))
      if (id_of(slots_[at]) == id) return slots_[at];
    return std::nullopt;
  }

  // The id must not be there yet; its row must be.
  template <class Id, class IdOf>
  void insert(const Id& id, std::uint32_t row, IdOf id_of) {
    if ((count_ + 1) * 4 > slots_.size() * 3) grow(id_of);
    place(hash(id), row);
    ++count_;
  }

  // The id must be there. Rows after it in the same run move up, so that no search ends early.
  template <class Id, class IdOf>
  void erase(const Id& id, std::uint32_t row, IdOf id_of) {
    std::size_t hole = home(hash(id));
    while (slots_[hole] != row) hole = next(hole);
    for (std::size_t at = next(hole); slots_[at] != empty; at = next(at)) {
      const std::size_t wanted = home(hash(id_of(slots_[at])));
      const std::size_t mask = slots_.size() - 1;
      if (((at - wanted) & mask) < ((at - hole) & mask)) continue;  // it would move before its home
      slots_[hole] = slots_[at];
      hole = at;
    }
    slots_[hole] = empty;
    --count_;
  }

 private:
  static constexpr std::uint32_t empty = 0xFFFFFFFF;

  // Ids are random or begin with a time; both halves go in, and the multiplication spreads them over the high bits.
  template <class Id>
  static std::uint64_t hash(const Id& id) {
    const auto& bytes = bytes_of(id);
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    for (std::size_t i = 0; i < 8; ++i) {
      high = high << 8 | bytes[i];
      low = low << 8 | bytes[i + 8];
    }
    return (low ^ (high * 0x9E3779B97F4A7C15U)) * 0xD6E8FEB86659FD93U;
  }
  static const std::array<std::uint8_t, 16>& bytes_of(const Uuid& id) { return id.bytes; }
  static const std::array<std::uint8_t, 16>& bytes_of(const SubjectRef& ref) { return ref; }

  [[nodiscard]] std::size_t home(std::uint64_t hashed) const { return (hashed >> 32) & (slots_.size() - 1); }
  [[nodiscard]] std::size_t next(std::size_t at) const { return (at + 1) & (slots_.size() - 1); }

  void place(std::uint64_t hashed, std::uint32_t row) {
    std::size_t at = home(hashed);
    while (slots_[at] != empty) at = next(at);
    slots_[at] = row;
  }

  template <class IdOf>
  void grow(IdOf id_of) {
    std::vector<std::uint32_t> old(slots_.empty() ? 64 : slots_.size() * 2, empty);
    old.swap(slots_);
    for (const auto row : old)
      if (row != empty) place(hash(id_of(row)), row);
  }

  std::vector<std::uint32_t> slots_;
  std::size_t count_ = 0;
};

}  // namespace ketenpoort::ledger
