#include "gateway/formats/fixed_width.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace ketenpoort::formats {
namespace {

FixedLayout layout() {
  FixedLayout l;
  l.code_page = CodePage::cp850;
  l.line_length = 20;
  l.header = {"00", {{"SENDER", 3, 10}}};
  l.detail = {"20", {{"NUMBER", 3, 8}, {"NAME", 11, 10}}};
  l.trailer = {"99", {{"COUNT", 3, 6}, {"SUM", 9, 8}}};
  l.count = "COUNT";
  l.checksum = "SUM";
  return l;
}

std::string line(std::string text) {
  text.resize(20, ' ');
  return text;
}

// A file of these details with the trailer that belongs to them.
std::string file_of(const std::vector<std::string>& details, int count_off = 0, std::uint64_t sum_off = 0) {
  std::string text = line("00FEDASIL") + "\r\n";
  std::uint64_t sum = sum_off;
  for (const auto& detail : details) {
    text += line(detail) + "\r\n";
    sum += fixed_width_checksum(line(detail));
  }
  return text + line(fmt::format("99{:06}{:08}", static_cast<int>(details.size()) + count_off, sum)) + "\r\n";
}

TEST(FixedWidth, reads_header_details_and_trailer) {
  const auto file = parse_fixed_width(file_of({"20F1      Jos\x82", "20  F2    "}), layout());
  ASSERT_TRUE(file.has_value()) << file.error().message;
  ASSERT_EQ(file->header.size(), 1U);
  EXPECT_EQ(file->header[0].text, "FEDASIL");
  ASSERT_EQ(file->rows.size(), 2U);
  EXPECT_EQ(file->rows[0].line, 2U);
  EXPECT_EQ(file->rows[0].cells[1].text, "José");
  EXPECT_EQ(file->rows[1].cells.size(), 1U) << "blanks are nothing";
  EXPECT_EQ(file->rows[1].cells[0].text, "F2");
}

TEST(FixedWidth, refuses_a_file_that_is_not_whole) {
  const auto whole = file_of({"20F1      Ann"});
  const auto said = [](const std::string& bytes) {
    const auto file = parse_fixed_width(bytes, layout());
    return file ? std::string("accepted") : file.error().message;
  };
  EXPECT_EQ(said(whole), "accepted");
  EXPECT_NE(said(file_of({"20F1"}, 1)).find("3:3: COUNT is 2, but the number of detail lines is 1"), std::string::npos);
  EXPECT_NE(said(file_of({"20F1"}, 0, 1)).find("3:9: SUM is"), std::string::npos);
  EXPECT_NE(said(whole.substr(0, 44)).find("ends without its trailer"), std::string::npos);
  EXPECT_NE(said(whole + whole).find("4:1: a line after the trailer"), std::string::npos);
  EXPECT_NE(said(line("20F1") + "\n").find("1:1: the first line must be the header"), std::string::npos);
  EXPECT_NE(said(line("00") + "\n" + line("30") + "\n").find("2:1: the line begins with neither 20"),
            std::string::npos);
  EXPECT_NE(said("00\n").find("1:3: the line has 2 positions, not 20"), std::string::npos);
  EXPECT_EQ(said(""), "1:1: the file is empty; its first line must be the header, which begins with 00");
  EXPECT_NE(said(line("00\x01")).find("1:3: a control character"), std::string::npos);
  auto no_number = whole;
  no_number.replace(no_number.find("99") + 2, 6, "one   ");
  EXPECT_NE(said(no_number).find("COUNT must be a number"), std::string::npos);
}

TEST(FixedWidth, refuses_bytes_the_code_page_does_not_know) {
  auto windows = layout();
  windows.code_page = CodePage::windows_1252;
  const auto file = parse_fixed_width(file_of({"20F1      \x81"}), windows);
  ASSERT_FALSE(file.has_value());
  EXPECT_NE(file.error().message.find("2:11: NAME holds a byte that windows-1252 does not know"), std::string::npos);
}

TEST(FixedWidth, a_line_may_end_before_fields_that_came_later) {
  auto longer = layout();
  longer.line_length = 30;
  longer.shortest_line = 20;
  longer.detail.fields.push_back({"TOWN", 21, 10});
  auto details = file_of({"20F1      Ann"});
  const auto old = parse_fixed_width(details, longer);
  ASSERT_TRUE(old.has_value()) << old.error().message;
  EXPECT_EQ(old->rows[0].cells.size(), 2U);
  std::string detail = line("20F1      Ann") + "Gent";
  const auto newer = line("00FEDASIL") + "\n" + detail + "\n" +
                     line(fmt::format("99000001{:08}", fixed_width_checksum(detail))) + "\n";
  const auto read = parse_fixed_width(newer, longer);
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(read->rows[0].cells[2].text, "Gent");
  const auto wrong = parse_fixed_width(line("00FEDASIL") + "\n20F1\n", longer);
  ASSERT_FALSE(wrong.has_value());
  EXPECT_EQ(wrong.error().issues.front().where, "2:5");
  EXPECT_NE(wrong.error().message.find("not 20 to 30"), std::string::npos);
}

// A name in Windows-1252 that is read as code page 850 is another name: where that shows, it is said.
TEST(FixedWidth, line_drawing_is_no_text) {
  const auto file = file_of({"20F1      ANN\xC9"});  // É in Windows-1252
  const auto taken = parse_fixed_width(file, layout());
  ASSERT_FALSE(taken.has_value());
  EXPECT_EQ(taken.error().issues.front().where, "2:11");
  EXPECT_NE(taken.error().message.find("windows-1252"), std::string::npos);
  auto windows = layout();
  windows.code_page = CodePage::windows_1252;
  const auto read = parse_fixed_width(file, windows);
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(read->rows[0].cells[1].text, "ANNÉ");
}

TEST(FixedWidth, has_limits) {
  EXPECT_EQ(parse_fixed_width(file_of({"20A", "20B", "20C"}), layout(), {1000, 2}).error().code, ErrorCode::too_large);
  EXPECT_EQ(parse_fixed_width(file_of({"20A"}), layout(), {10, 2}).error().code, ErrorCode::too_large);
}

}  // namespace
}  // namespace ketenpoort::formats
