#include "gateway/base/checksum.hpp"

#include <gtest/gtest.h>

#include <string>

#include "gateway/base/bytes.hpp"

namespace ketenpoort {
namespace {

Checksum of(std::string_view text) {
  return checksum({&text, 1});
}

// The first test case of the GCM specification: key and nonce of zeros, nothing to authenticate.
TEST(Checksum, is_gmac) {
  EXPECT_EQ(to_hex(of("")), "58e2fccefa7e3061367f1d57a4e7455a");
}

TEST(Checksum, does_not_depend_on_how_the_bytes_are_cut) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += static_cast<char>(i * 7);
  for (std::size_t cut = 0; cut <= text.size(); cut += 9) {
    const std::array pieces{std::string_view(text).substr(0, cut), std::string_view(),
                            std::string_view(text).substr(cut)};
    EXPECT_EQ(checksum(pieces), of(text)) << cut;
  }
}

TEST(Checksum, tells_a_changed_bit_and_a_changed_length) {
  const std::string text(300, '\0');
  for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
    auto other = text;
    other[bit / 8] = static_cast<char>(1U << (bit % 8));
    EXPECT_NE(of(other), of(text)) << bit;
  }
  EXPECT_NE(of(std::string(301, '\0')), of(text));
}

}  // namespace
}  // namespace ketenpoort
