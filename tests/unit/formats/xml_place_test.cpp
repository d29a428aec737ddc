#include "gateway/formats/xml_place.hpp"

#include <gtest/gtest.h>

namespace ketenpoort::formats {
namespace {

constexpr std::string_view people =
    "<?xml version=\"1.0\"?>\n<p:People xmlns:p=\"urn:p\">\n  <p:Person><p:Name>A</p:Name></p:Person>\n"
    "  <p:Person>\n    <p:Name\n      kind=\"x\">B</p:Name>\n  </p:Person>\n</p:People>\n";

TEST(XmlPlace, is_the_line_on_which_an_element_begins) {
  EXPECT_EQ(XmlPlaces(std::string(people)).line_of("Person/Name"), 3U);
  EXPECT_EQ(XmlPlaces(std::string(people)).line_of("Person[1]/Name"), 3U);
  EXPECT_EQ(XmlPlaces(std::string(people)).line_of("Person[2]"), 4U);
  EXPECT_EQ(XmlPlaces(std::string(people)).line_of("Person[2]/Name[1]"), 5U);
  EXPECT_EQ(XmlPlaces(std::string(people)).line_of(""), 2U) << "the root";
}

TEST(XmlPlace, of_what_is_not_there_is_that_of_what_would_surround_it) {
  EXPECT_EQ(XmlPlaces(std::string(people)).line_of("Person[2]/Age"), 4U);
  EXPECT_EQ(XmlPlaces(std::string(people)).line_of("Person[3]/Name"), 2U);
  EXPECT_EQ(XmlPlaces(std::string(people)).line_of("Person[2]/Name/@kind"), 5U);
}

TEST(XmlPlace, survives_any_path_and_document) {
  for (const auto* path : {"/", "//", "[", "Person[", "Person[0]", "Person[x]", "Person[99999999999999999999]", "]"})
    EXPECT_TRUE(XmlPlaces(std::string(people)).line_of(path)) << path;
  EXPECT_FALSE(XmlPlaces("<a>").line_of("b"));
  EXPECT_FALSE(XmlPlaces("").line_of("b"));
}

}  // namespace
}  // namespace ketenpoort::formats
