#include "gateway/formats/suggest.hpp"

#include <gtest/gtest.h>

#include <string>

namespace ketenpoort::formats {
namespace {

TEST(DidYouMean, names_the_nearest) {
  EXPECT_EQ(did_you_mean("trunctae", {"truncate", "trim"}), " (did you mean truncate?)");
  EXPECT_EQ(did_you_mean("birthDate", {"birthdate", "death"}), " (did you mean birthdate?)");
}

TEST(DidYouMean, says_nothing_when_nothing_is_near) {
  EXPECT_EQ(did_you_mean("xyz", {"truncate", "trim"}), "");
  EXPECT_EQ(did_you_mean("a", {}), "");
  EXPECT_EQ(did_you_mean(std::string(400, 'x'), {"truncate", "trim"}), "") << "a long text is near to no short name";
}

}  // namespace
}  // namespace ketenpoort::formats
