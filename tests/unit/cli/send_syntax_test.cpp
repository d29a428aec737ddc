#include "gateway/cli/send/send_syntax.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace ketenpoort::cli {
namespace {

class SendSyntaxTest : public testing::Test {
 protected:
  SendSyntaxTest() {
    auto name = (std::filesystem::temp_directory_path() / "ketenpoort-syntax-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~SendSyntaxTest() override { std::filesystem::remove_all(folder_); }

  Result<FileSyntax> seen(std::string_view name, std::string_view content, std::string in = {}) {
    const auto file = folder_ / name;
    std::ofstream(file, std::ios::binary) << content;
    return find_syntax(file, {.in = std::move(in), .mapping = {}, .charset = {}});
  }

  std::filesystem::path folder_;
};

TEST_F(SendSyntaxTest, rows_of_json_are_told_from_one_document) {
  constexpr std::string_view rows = "{\"messageId\":\"a\"}\n{\"messageId\":\"b\"}\n";
  constexpr std::string_view document = "\xEF\xBB\xBF{\r\n  \"messageId\": \"a\"\r\n}\r\n";
  for (const auto* name : {"a.ndjson", "a.json", "a"}) {
    EXPECT_EQ(seen(name, rows), FileSyntax::rows) << name;
    EXPECT_EQ(seen(name, document), FileSyntax::document) << name;
  }
  EXPECT_EQ(seen("a.json", "{\"messageId\":\"a\"}"), FileSyntax::rows) << "one row is one document";
}

TEST_F(SendSyntaxTest, what_is_broken_is_read_as_what_it_is_called) {
  EXPECT_EQ(seen("a.ndjson", "{oops\n{\"messageId\":\"b\"}\n"), FileSyntax::rows);
  EXPECT_EQ(seen("a.json", "{oops\n{\"messageId\":\"b\"}\n"), FileSyntax::rows) << "a second line begins a record";
  EXPECT_EQ(seen("a.json", "{\n \"messageId\": oops\n}\n"), FileSyntax::document);
  EXPECT_EQ(seen("a.ndjson", "oops\n"), FileSyntax::rows);
  EXPECT_EQ(seen("a.whatever", ""), FileSyntax::rows);
  EXPECT_EQ(seen("a.csv", " \n"), FileSyntax::csv) << "it lacks its header";
  EXPECT_EQ(seen("a.xml", ""), FileSyntax::xml);
  EXPECT_EQ(seen("a.ndjson", ""), FileSyntax::rows);
}

TEST_F(SendSyntaxTest, xml_by_its_beginning_and_legacy_files_by_their_names) {
  EXPECT_EQ(seen("a.txt", "\xEF\xBB\xBF\n <?xml version=\"1.0\"?><a/>"), FileSyntax::xml);
  EXPECT_EQ(seen("A.CSV", "BRON;NAAM\nx;y\n"), FileSyntax::csv);
  EXPECT_EQ(seen("a.txt", "00...\n"), FileSyntax::fixed);
  const auto unknown = seen("a.bin", "00...\n");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::invalid_input);
  EXPECT_NE(unknown.error().message.find("--in"), std::string::npos);
}

TEST_F(SendSyntaxTest, what_is_said_counts) {
  EXPECT_EQ(seen("a.bin", "00...\n", "fixed"), FileSyntax::fixed);
  EXPECT_EQ(seen("a.json", "x", "csv"), FileSyntax::csv);
}

TEST_F(SendSyntaxTest, the_mapping_stands_in_the_content_type) {
  EXPECT_EQ(content_type_of(FileSyntax::csv, {}), "text/csv");
  EXPECT_EQ(content_type_of(FileSyntax::xml, {.in = {}, .mapping = "candidate-to-resident", .charset = "iso-8859-15"}),
            "application/xml; mapping=candidate-to-resident; charset=iso-8859-15");
  EXPECT_EQ(content_type_of(FileSyntax::document, {.in = {}, .mapping = {}, .charset = "cp850"}), "application/json");
  EXPECT_EQ(content_type_of(FileSyntax::fixed, {}), "application/vnd.ketenpoort.fixed-width");
  EXPECT_EQ(content_type_of(FileSyntax::fixed, {.in = {}, .mapping = {}, .charset = "windows-1252"}),
            "application/vnd.ketenpoort.fixed-width; charset=windows-1252");
}

}  // namespace
}  // namespace ketenpoort::cli
