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

TEST(NameToTell, repeats_what_is_a_mistyped_name_and_no_more) {
  for (const std::string name : {"fisrtName", "address2", "first_name", "xml:lang", "@id", "iso-639"})
    EXPECT_EQ(name_to_tell(name), name);
  for (const std::string name : {"90051400138", "ssin90051400138", "Jan Jansen", "a\"b", "", "é"})
    EXPECT_EQ(name_to_tell(name), "?") << name;
  EXPECT_EQ(name_to_tell(std::string(41, 'a')), "?");
}

}  // namespace
}  // namespace ketenpoort::formats
