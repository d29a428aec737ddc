// From an id to the row of a table: open addressing over row numbers and half of the ids' hashes, because the ids stand
// in the rows already. Eight bytes a slot instead of the sixty of a node-based map, which counts with millions of
// transfers; and a search looks at a row, which is seldom at hand, only when it is the right one.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "gateway/base/uuid.hpp"

namespace ketenpoort {

class IdIndex {
 public:
  // `id_of(row)` gives the id that stands in a row.
  template <class Id, class IdOf>
  [[nodiscard]] std::optional<std::uint32_t> find(const Id& id, IdOf id_of) const {
    if (slots_.empty()) return std::nullopt;
    const auto wanted = hash(id);
    for (std::size_t at = home(wanted); slots_[at].row != empty; at = next(at))
      if (slots_[at].hash == wanted && id_of(slots_[at].row) == id) return slots_[at].row;
    return std::nullopt;
  }

  // The id must not be there yet.
  template <class Id>
  void insert(const Id& id, std::uint32_t row) {
    if ((count_ + 1) * 4 > slots_.size() * 3) grow();
    place({row, hash(id)});
    ++count_;
  }

  // The id must be there. Rows after it in the same run move up, so that no search ends early.
  template <class Id>
  void erase(const Id& id, std::uint32_t row) {
    std::size_t hole = home(hash(id));
    while (slots_[hole].row != row) hole = next(hole);
    for (std::size_t at = next(hole); slots_[at].row != empty; at = next(at)) {
      const std::size_t wanted = home(slots_[at].hash);
      const std::size_t mask = slots_.size() - 1;
      if (((at - wanted) & mask) < ((at - hole) & mask)) continue;  // it would move before its home
      slots_[hole] = slots_[at];
      hole = at;
    }
    slots_[hole] = {};
    --count_;
  }

 private:
  static constexpr std::uint32_t empty = 0xFFFFFFFF;
  struct Slot {
    std::uint32_t row = empty;
    std::uint32_t hash = 0;
  };

  // Ids are random or begin with a time; both halves of their first 16 bytes go in, and the multiplication spreads them
  // over the high bits.
  template <class Id>
  static std::uint32_t hash(const Id& id) {
    const auto* bytes = bytes_of(id);
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    for (std::size_t i = 0; i < 8; ++i) {
      high = high << 8 | bytes[i];
      low = low << 8 | bytes[i + 8];
    }
    return static_cast<std::uint32_t>(((low ^ (high * 0x9E3779B97F4A7C15U)) * 0xD6E8FEB86659FD93U) >> 32);
  }
  static const std::uint8_t* bytes_of(const Uuid& id) { return id.bytes.data(); }
  template <std::size_t size>
  static const std::uint8_t* bytes_of(const std::array<std::uint8_t, size>& id) {
    static_assert(size >= 16);
    return id.data();
  }

  [[nodiscard]] std::size_t home(std::uint32_t hashed) const { return hashed & (slots_.size() - 1); }
  [[nodiscard]] std::size_t next(std::size_t at) const { return (at + 1) & (slots_.size() - 1); }

  void place(Slot slot) {
    std::size_t at = home(slot.hash);
    while (slots_[at].row != empty) at = next(at);
    slots_[at] = slot;
  }

  void grow() {
    std::vector<Slot> old(slots_.empty() ? 64 : slots_.size() * 2);
    old.swap(slots_);
    for (const auto& slot : old)
      if (slot.row != empty) place(slot);
  }

  std::vector<Slot> slots_;
  std::size_t count_ = 0;
};

}  // namespace ketenpoort
