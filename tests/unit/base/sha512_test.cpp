#include "gateway/base/sha512.hpp"

#include <gtest/gtest.h>

namespace ketenpoort {
namespace {

// FIPS 180-4's example.
TEST(Sha512, is_that_of_the_standard_in_one_piece_or_several) {
  constexpr std::string_view expected =
      "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
      "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";
  Sha512 whole;
  whole.add(as_bytes("abc"));
  EXPECT_EQ(to_hex(whole.finish()), expected);
  Sha512 pieces;
  for (const auto* piece : {"a", "", "bc"}) pieces.add(as_bytes(piece));
  EXPECT_EQ(to_hex(pieces.finish()), expected);
}

}  // namespace
}  // namespace ketenpoort
