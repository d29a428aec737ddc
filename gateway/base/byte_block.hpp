// Sixteen bytes looked at together: with SSE2, which every x86-64 has, and byte by byte elsewhere. An answer is a mask
// in which bit i speaks of byte i.
#pragma once

#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace ketenpoort {

class ByteBlock {
 public:
  static constexpr std::size_t size = 16;

  // Reads `size` bytes, whatever they are: keep as many readable behind every text.
  explicit ByteBlock(const char* at) {
#if defined(__SSE2__)
    bytes_ = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
#else
    std::memcpy(bytes_, at, size);
#endif
  }

  // Writes the block, all of it.
  void write(char* to) const {
#if defined(__SSE2__)
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes_);
#else
    std::memcpy(to, bytes_, size);
#endif
  }

  // A quotation mark, a backslash or a control character: what ends a plain stretch of a JSON text.
  [[nodiscard]] unsigned json_specials() const {
#if defined(__SSE2__)
    const auto controls = _mm_cmpeq_epi8(_mm_min_epu8(bytes_, _mm_set1_epi8(0x1F)), bytes_);
    return mask(_mm_or_si128(_mm_or_si128(equal('"'), equal('\\')), controls));
#else
    return mask_of([](unsigned char c) { return c < 0x20 || c == '"' || c == '\\'; });
#endif
  }

  // & < > and control characters: what XML text cannot hold as it is.
  [[nodiscard]] unsigned xml_specials() const {
#if defined(__SSE2__)
    const auto controls = _mm_cmpeq_epi8(_mm_min_epu8(bytes_, _mm_set1_epi8(0x1F)), bytes_);
    // '<' and '>' differ in one bit alone.
    const auto angles = _mm_cmpeq_epi8(_mm_or_si128(bytes_, _mm_set1_epi8('<' ^ '>')), _mm_set1_epi8('>'));
    return mask(_mm_or_si128(_mm_or_si128(equal('&'), angles), controls));
#else
    return mask_of([](unsigned char c) { return c < 0x20 || c == '&' || c == '<' || c == '>'; });
#endif
  }

  // ASCII letters and digits, - . and _: what most names of XML are made of, but for the colon.
  [[nodiscard]] unsigned name_bytes() const {
#if defined(__SSE2__)
    const auto letters = within(_mm_or_si128(bytes_, _mm_set1_epi8(0x20)), 'a', 'z');
    const auto digits_and_signs = _mm_andnot_si128(equal('/'), within(bytes_, '-', '9'));  // - . / 0 to 9
    return mask(_mm_or_si128(_mm_or_si128(letters, equal('_')), digits_and_signs));
#else
    return mask_of([](unsigned char c) {
      const auto letter = static_cast<unsigned char>(c | 0x20);
      return (letter >= 'a' && letter <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
    });
#endif
  }

  // What XML takes for white space.
  [[nodiscard]] unsigned xml_spaces() const {
#if defined(__SSE2__)
    return mask(_mm_or_si128(_mm_or_si128(equal(' '), equal('\n')), _mm_or_si128(equal('\t'), equal('\r'))));
#else
    return mask_of([](unsigned char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; });
#endif
  }

  // Where the other block has the same byte.
  [[nodiscard]] unsigned same_as(const ByteBlock& other) const {
#if defined(__SSE2__)
    return mask(_mm_cmpeq_epi8(bytes_, other.bytes_));
#else
    unsigned mask = 0;
    for (unsigned i = 0; i < size; ++i) mask |= static_cast<unsigned>(bytes_[i] == other.bytes_[i]) << i;
    return mask;
#endif
  }

  // Bytes beyond ASCII.
  [[nodiscard]] unsigned high() const {
#if defined(__SSE2__)
    return mask(bytes_);
#else
    return mask_of([](unsigned char c) { return c >= 0x80; });
#endif
  }

  // At each place the greater byte of the two.
  [[nodiscard]] ByteBlock greater_of(const ByteBlock& other) const {
    ByteBlock greater = *this;
#if defined(__SSE2__)
    greater.bytes_ = _mm_max_epu8(bytes_, other.bytes_);
#else
    for (unsigned i = 0; i < size; ++i)
      if (other.bytes_[i] > bytes_[i]) greater.bytes_[i] = other.bytes_[i];
#endif
    return greater;
  }

  // 0x80 and more is beyond ASCII, from 0xCC on stand the texts that are not surely in normal form C.
  [[nodiscard]] unsigned char greatest() const {
    char bytes[size];
    write(bytes);
    unsigned char greatest = 0;
    for (const char byte : bytes)
      if (static_cast<unsigned char>(byte) > greatest) greatest = static_cast<unsigned char>(byte);
    return greatest;
  }

 private:
#if defined(__SSE2__)
  [[nodiscard]] __m128i equal(char c) const { return _mm_cmpeq_epi8(bytes_, _mm_set1_epi8(c)); }
  static __m128i within(__m128i v, char least, char most) {
    const auto above = _mm_sub_epi8(v, _mm_set1_epi8(least));
    return _mm_cmpeq_epi8(_mm_min_epu8(above, _mm_set1_epi8(static_cast<char>(most - least))), above);
  }
  static unsigned mask(__m128i v) { return static_cast<unsigned>(_mm_movemask_epi8(v)); }
  __m128i bytes_;
#else
  template <class Is>
  [[nodiscard]] unsigned mask_of(Is is) const {
    unsigned mask = 0;
    for (unsigned i = 0; i < size; ++i) mask |= static_cast<unsigned>(is(bytes_[i])) << i;
    return mask;
  }
  unsigned char bytes_[size];
#endif
};

// Equal texts of the same size, longer than a block; nothing beyond is read.
[[gnu::always_inline]] inline bool same_long_text(const char* a, const char* b, std::size_t size) {
  for (std::size_t i = 0; i + ByteBlock::size < size; i += ByteBlock::size)
    if (ByteBlock(a + i).same_as(ByteBlock(b + i)) != 0xFFFFU) return false;
  const auto last = size - ByteBlock::size;
  return ByteBlock(a + last).same_as(ByteBlock(b + last)) == 0xFFFFU;
}

// Equal texts of the same size, readable for a block from where they begin.
[[gnu::always_inline]] inline bool same_text(const char* a, const char* b, std::size_t size) {
  if (size > ByteBlock::size) return same_long_text(a, b, size);
  return (ByteBlock(a).same_as(ByteBlock(b)) | ~0U << size) == ~0U;
}

}  // namespace ketenpoort
