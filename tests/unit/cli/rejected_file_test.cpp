#include "gateway/cli/send/rejected_file.hpp"

#include <gtest/gtest.h>

#include "gateway/formats/fixed_width.hpp"

namespace ketenpoort::cli {
namespace {

using formats::FixedField;

const std::string csv = "a;b\r\n1;x\r\n2;\"two\nlines\"\r\n3;y\r\n";

TEST(RejectedFile, of_csv_has_its_header_and_whole_rows) {
  EXPECT_EQ(make_rejected_file(csv, {3}, nullptr, ""), "a;b\r\n2;\"two\nlines\"\r\n");
  EXPECT_EQ(make_rejected_file(csv, {2, 5}, nullptr, ""), "a;b\r\n1;x\r\n3;y\r\n");
  EXPECT_EQ(make_rejected_file("\xEF\xBB\xBF"
                               "a,b\n1,\"x;y\nz\"\n",
                               {2}, nullptr, ""),
            "\xEF\xBB\xBF"
            "a,b\n1,\"x;y\nz\"\n");
  EXPECT_EQ(make_rejected_file("a;b\n1;x", {2}, nullptr, ""), "a;b\n1;x\n") << "the last line needs no end";
  EXPECT_EQ(make_rejected_file(csv, {4}, nullptr, ""), "a;b\r\n") << "no row begins there";
}

TEST(RejectedFile, adds_to_what_is_there_under_the_same_header) {
  const auto first = make_rejected_file(csv, {2}, nullptr, "").value();
  EXPECT_EQ(make_rejected_file(csv, {5}, nullptr, first), "a;b\r\n1;x\r\n3;y\r\n");
  EXPECT_FALSE(make_rejected_file(csv, {5}, nullptr, "b;a\n1;2\n"));
  EXPECT_FALSE(make_rejected_file(csv, {5}, nullptr, "{\"messageId\":1}\n"));
  EXPECT_FALSE(check_before("00\n99\n", true, "00\n"));
  EXPECT_TRUE(check_before("00\n99\n", true, ""));
}

mapping::Layout night() {
  mapping::Layout layout;
  layout.kind = mapping::Layout::Kind::fixed;
  layout.fixed.line_length = 12;
  layout.fixed.header = {"00", {}};
  layout.fixed.detail = {"20", {{"NAME", 3, 10}}};
  layout.fixed.trailer = {"99", {{"N", 3, 4}, {"S", 7, 5}, {"WHO", 12, 1}}};
  layout.fixed.count = "N";
  layout.fixed.checksum = "S";
  return layout;
}

TEST(RejectedFile, of_fixed_width_has_a_trailer_that_fits) {
  const auto layout = night();
  const std::string file = "00          \n20Ann       \n20Bo        \n20Cem       \n99   3 9999Z\n";
  const auto made = make_rejected_file(file, {3, 4}, &layout, "").value();
  EXPECT_TRUE(made.starts_with("00          \n20Bo        \n20Cem       \n990002")) << made;
  EXPECT_TRUE(made.ends_with("Z\n")) << "the rest of the trailer stays";
  const auto read = formats::parse_fixed_width(made, layout.fixed);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->rows.size(), 2U);
  const auto more = make_rejected_file(file, {2}, &layout, made).value();
  ASSERT_TRUE(formats::parse_fixed_width(more, layout.fixed));
  EXPECT_EQ(formats::parse_fixed_width(more, layout.fixed)->rows.size(), 3U);
}

TEST(RejectedFile, a_short_trailer_grows_and_a_large_sum_is_cut) {
  auto layout = night();
  layout.fixed.shortest_line = 2;
  layout.fixed.trailer.fields[1].length = 2;
  const std::string file = "00\n20zzzz\n99\n";
  const auto made = make_rejected_file(file, {2}, &layout, "").value();
  EXPECT_TRUE(formats::parse_fixed_width(made, layout.fixed)) << made;
}

TEST(RejectedFile, knows_the_separator_by_the_header) {
  EXPECT_EQ(find_separator("a;b,c;d\n1,2,3,4,5\n"), ';');
  EXPECT_EQ(find_separator("a,b\n"), ',');
  EXPECT_EQ(find_separator("alone"), ';');
}

TEST(RejectedFile, knows_the_shipped_layout) {
  const auto layout = find_fixed_layout("");
  ASSERT_TRUE(layout) << layout.error().message;
  EXPECT_EQ(layout->fixed.count, "AANTAL");
  EXPECT_FALSE(find_fixed_layout("other"));
}

}  // namespace
}  // namespace ketenpoort::cli
