#include "gateway/formats/json_place.hpp"

#include <gtest/gtest.h>

namespace ketenpoort::formats {
namespace {

constexpr std::string_view record =
    "{\n"
    "  \"name\": {\"family\": \"a \\\"}]\\\\\", \"given\": [\"x\", \"y\"]},\n"
    "  \"empty\": {}, \"none\": [],\n"
    "  \"referrals\": [\n"
    "    {\"id\": 1, \"appointment\": {\"start\": null}},\n"
    "    {\"id\": 2.5e3}\n"
    "  ]\n"
    "}\n";

TEST(JsonPlace, of_a_property_is_where_its_name_begins) {
  EXPECT_EQ(json_place(record, "name"), "2:3");
  EXPECT_EQ(json_place(record, "name.given"), "2:34");
  EXPECT_EQ(json_place(record, "referrals"), "4:3");
  EXPECT_EQ(json_place(record, "referrals[0].appointment.start"), "5:31");
  EXPECT_EQ(json_place(record, "referrals[1].id"), "6:6");
}

TEST(JsonPlace, of_an_element_is_where_it_begins) {
  EXPECT_EQ(json_place(record, "name.given[1]"), "2:49");
  EXPECT_EQ(json_place(record, "referrals[1]"), "6:5");
  EXPECT_EQ(json_place("[[1, 2], [3]]", "[1][0]"), "1:11");
}

TEST(JsonPlace, of_what_is_not_there_is_that_of_what_would_hold_it) {
  EXPECT_EQ(json_place(record, "birth.date"), "1:1");
  EXPECT_EQ(json_place(record, "name.title"), "2:3");
  EXPECT_EQ(json_place(record, "empty.x"), "3:3");
  EXPECT_EQ(json_place(record, "none[0]"), "3:16");
  EXPECT_EQ(json_place(record, "referrals[7].id"), "4:3");
  EXPECT_EQ(json_place(record, "name[0]"), "2:3") << "an object, not an array";
  EXPECT_EQ(json_place(record, "$"), "1:1");
  EXPECT_EQ(json_place(" [1]", "$"), "1:2");
}

TEST(JsonPlace, survives_any_path_and_text) {
  for (const auto* path : {"", ".", "..", "[", "[]", "[x]", "[99999999999999999999]", "]", "a..b", "name.given[0]x"})
    EXPECT_FALSE(json_place(record, path).empty()) << path;
  for (std::size_t size = 0; size <= record.size(); ++size)
    EXPECT_FALSE(json_place(record.substr(0, size), "referrals[1].id").empty()) << size;
}

}  // namespace
}  // namespace ketenpoort::formats
