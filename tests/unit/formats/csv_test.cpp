#include "gateway/formats/csv.hpp"

#include <gtest/gtest.h>

namespace ketenpoort::formats {
namespace {

using Cells = std::vector<std::string>;

TEST(Csv, reads_plain_and_quoted_cells) {
  const auto table =
      parse_csv("\xEF\xBB\xBFname;remark\r\nAmina;\"a;b\"\r\nBilal;\"says \"\"hi\"\"\nand goes\"\r\nCem;\r\n", ';');
  ASSERT_TRUE(table.has_value()) << table.error().message;
  EXPECT_EQ(table->header, (Cells{"name", "remark"}));
  ASSERT_EQ(table->rows.size(), 3U);
  EXPECT_EQ(table->rows[0].cells, (Cells{"Amina", "a;b"}));
  EXPECT_EQ(table->rows[1].cells, (Cells{"Bilal", "says \"hi\"\nand goes"}));
  EXPECT_EQ(table->rows[2].cells, (Cells{"Cem", ""}));
  EXPECT_EQ(table->rows[2].line, 5U) << "lines within quotes count";
}

TEST(Csv, the_last_line_needs_no_line_feed) {
  const auto table = parse_csv("a,b\n1,2", ',');
  ASSERT_TRUE(table.has_value());
  EXPECT_EQ(table->rows.at(0).cells, (Cells{"1", "2"}));
  EXPECT_EQ(parse_csv("a,b\n1,2\n\n\r\n", ',')->rows.size(), 1U) << "empty lines at the end are none";
  EXPECT_EQ(parse_csv("a\n\nx\n", ',')->rows.size(), 2U) << "with one column an empty line is an empty cell";
}

// What readers of CSV disagree on is refused, with its place.
TEST(Csv, refuses_what_could_be_read_two_ways) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"a,b\n1,x\"y\n", "2:4"},     {"a,b\n1,\"x\"y\n", "2:6"},
      {"a,b\n1,\"x\n", "3:1"},      {"a,b\n1\n", "2:1"},
      {"a,b\n1,2,3\n", "2:1"},      {"a,a\n1,2\n", "1:1"},
      {"a,\n1,2\n", "1:1"},         {"a,b\r1,2\n", "1:5"},
      {"a,b\n\n1,2\n", "2:1"},      {"", "1:1"},
      {"a,b\n1,\x01\n", "2:3"},     {"a,b\n1,\x7F\n", "2:3"},
      {"a,b\n\"\x02\",1\n", "2:2"},
  };
  for (const auto& [text, where] : cases) {
    const auto table = parse_csv(text, ',');
    ASSERT_FALSE(table.has_value()) << text;
    ASSERT_EQ(table.error().issues.size(), 1U) << text;
    EXPECT_EQ(table.error().issues[0].where, where) << text << ": " << table.error().message;
  }
  EXPECT_FALSE(parse_csv("a\n\xFF\n", ',').has_value());
  EXPECT_NE(parse_csv("1,1\n2,3\n", ',').error().message.find("the first line names the columns"), std::string::npos)
      << "the header may have been forgotten";
}

TEST(Csv, has_limits) {
  const CsvLimits limits{100, 2, 3, 10};
  EXPECT_EQ(parse_csv("a\n1\n2\n3\n", ',', limits).error().code, ErrorCode::too_large);
  EXPECT_EQ(parse_csv("a,b,c,d\n", ',', limits).error().code, ErrorCode::too_large);
  EXPECT_EQ(parse_csv("a\n12345678901\n", ',', limits).error().code, ErrorCode::too_large);
  EXPECT_EQ(parse_csv(std::string(101, 'x'), ',', limits).error().code, ErrorCode::too_large);
}

TEST(Csv, what_is_written_reads_back) {
  for (const std::string cell : {"plain", "a;b", "say \"hi\"", " blank in front", "two\nlines", ""}) {
    std::string text = "one;two\n";
    append_csv_cell(text, cell, ';');
    text += ";";
    append_csv_cell(text, cell, ';');
    const auto table = parse_csv(text + "\n", ';');
    ASSERT_TRUE(table.has_value()) << text;
    EXPECT_EQ(table->rows.at(0).cells, (Cells{cell, cell}));
  }
}

}  // namespace
}  // namespace ketenpoort::formats
