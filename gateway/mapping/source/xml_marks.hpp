// Where the markup of an XML document stands, found in one pass before it is read: a bit for every byte that text
// cannot hold as it is. Whoever walks from mark to mark need not search for the end of what it reads.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "gateway/base/byte_block.hpp"

namespace ketenpoort::mapping {

class XmlMarks {
 public:
  static constexpr std::size_t group = 64;  // bytes, a bit each in one number

  // Marks a text and the zero behind it, the last mark there is. Zeros must be readable for a whole group behind the
  // text. Gives its greatest byte.
  unsigned char mark(char* text, std::size_t size) {
    text_ = text;
    const auto groups = size / group + 1;
    if (bits_.size() < groups) bits_.resize(groups);
    auto* bits = bits_.data();
    ByteBlock greatest(text);
    for (const char* at = text; at <= text + size; at += group) {
      const ByteBlock first(at);
      const ByteBlock second(at + ByteBlock::size);
      const ByteBlock third(at + 2 * ByteBlock::size);
      const ByteBlock fourth(at + 3 * ByteBlock::size);
      greatest = greatest.greater_of(first.greater_of(second)).greater_of(third.greater_of(fourth));
      *bits++ = (first.xml_specials() | std::uint64_t{second.xml_specials()} << 16) |
                (std::uint64_t{third.xml_specials()} << 32 | std::uint64_t{fourth.xml_specials()} << 48);
    }
    return greatest.greatest();
  }

  // Walks from mark to mark.
  class Cursor {
   public:
    // Before what is marked at or behind `at`.
    Cursor(const XmlMarks& marks, const char* at) {
      const auto offset = static_cast<std::size_t>(at - marks.text_);
      group_ = marks.text_ + offset / group * group;
      next_ = marks.bits_.data() + offset / group;
      left_ = *next_++ & (~std::uint64_t{0} << (offset % group));
    }
    // The next mark. Not to be asked for one behind a zero.
    [[gnu::always_inline]] char* take() {
      while (left_ == 0) {
        left_ = *next_++;
        group_ += group;
      }
      char* const at = group_ + std::countr_zero(left_);
      left_ &= left_ - 1;
      return at;
    }

   private:
    char* group_;
    const std::uint64_t* next_;
    std::uint64_t left_;
  };

 private:
  char* text_ = nullptr;
  std::vector<std::uint64_t> bits_;
};

}  // namespace ketenpoort::mapping
