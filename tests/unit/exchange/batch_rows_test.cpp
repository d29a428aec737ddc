#include "gateway/exchange/intake/batch_rows.hpp"

#include <gmock/gmock.h>

#include <random>

#include "gateway/exchange/intake/batch_task.hpp"
#include "gateway/formats/csv.hpp"
#include "gateway/formats/fixed_width.hpp"

namespace ketenpoort::exchange {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using Rows = std::vector<std::pair<std::uint64_t, std::string>>;

Rows cut(std::string_view bytes, std::optional<char> separator, std::size_t step,
         std::optional<std::uint64_t>* unclosed = nullptr) {
  RowCutter cutter(separator);
  Rows rows;
  const auto take = [&] {
    while (auto row = cutter.next()) rows.emplace_back(row->line, row->too_long ? "(too long)" : row->bytes);
  };
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    cutter.add(bytes.substr(at, step));
    take();
  }
  cutter.end();
  take();
  if (unclosed != nullptr) *unclosed = cutter.unclosed_quote();
  return rows;
}

TEST(RowCutter, cuts_lines_and_leaves_blank_ones_out) {
  for (std::size_t step = 1; step < 20; ++step)
    EXPECT_THAT(cut("{1}\r\n\n  \t\n{2}\n\n{3}", std::nullopt, step),
                ElementsAre(Pair(1, "{1}"), Pair(4, "{2}"), Pair(6, "{3}")));
}

TEST(RowCutter, takes_a_whole_body_for_one_row) {
  auto cutter = RowCutter::whole();
  cutter.add("{\n\n");
  cutter.add(" \"a\": 1\n}\n");
  EXPECT_FALSE(cutter.next());
  cutter.end();
  const auto row = cutter.next();
  ASSERT_TRUE(row);
  EXPECT_EQ(row->bytes, "{\n\n \"a\": 1\n}\n");
  EXPECT_EQ(row->line, 1U);
  EXPECT_FALSE(cutter.next());
  auto blank = RowCutter::whole();
  blank.add(" \n\t\n");
  blank.end();
  EXPECT_FALSE(blank.next()) << "nothing is no record";
  auto large = RowCutter::whole();
  large.add(std::string(largest_row, 'x'));
  large.add("\n");
  large.end();
  EXPECT_TRUE(large.next()->too_long);
}

TEST(RowCutter, ends_a_csv_row_outside_quotes_only) {
  const std::string file = "A;B\r\n\"one\ntwo\"\"\n\";x\r\n\n1;2\n\"\";\n3;\"\n";
  for (std::size_t step = 1; step < 20; ++step) {
    std::optional<std::uint64_t> unclosed;
    EXPECT_THAT(cut(file, ';', step, &unclosed), ElementsAre(Pair(1, "A;B"), Pair(2, "\"one\ntwo\"\"\n\";x"),
                                                             Pair(6, "1;2"), Pair(7, "\"\";"), Pair(8, "3;\"\n")));
    EXPECT_EQ(unclosed, 8U);
  }
}

TEST(RowCutter, takes_a_quote_within_a_cell_for_no_opening_one) {
  EXPECT_THAT(cut("a\"b;c\nd\n", ';', 3), ElementsAre(Pair(1, "a\"b;c"), Pair(2, "d")));
  EXPECT_THAT(cut("\xEF\xBB\xBF\"a\nb\";c\nd;e\n", ';', 1),
              ElementsAre(Pair(1, "\xEF\xBB\xBF\"a\nb\";c"), Pair(3, "d;e")));
}

TEST(RowCutter, drops_a_row_that_is_too_long_and_goes_on) {
  const auto file = "1\n" + std::string(largest_row + 1, 'x') + "\n" + std::string(largest_row, 'y') + "\n4\n";
  const auto rows = cut(file, std::nullopt, 65536);
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[1], std::pair(std::uint64_t{2}, std::string("(too long)")));
  EXPECT_EQ(rows[2].second.size(), largest_row);
  EXPECT_EQ(rows[3].second, "4");
}

// Random tables: the cutter finds the rows that the CSV reader finds, on the same lines.
TEST(RowCutter, agrees_with_the_csv_reader) {
  std::mt19937 random(20261128);
  const std::vector<std::string> parts{"a", "\n", "\r\n", ";", "\"", "\"\"", "é", " "};
  for (int round = 0; round < 2000; ++round) {
    std::string file = "A;B\n";
    const auto rows = random() % 5;
    for (unsigned row = 0; row < rows; ++row) {
      for (int cell = 0; cell < 2; ++cell) {
        std::string text;
        const auto length = random() % 4;
        for (unsigned i = 0; i < length; ++i) text += parts[random() % parts.size()];
        if (cell == 0) text += "x";
        formats::append_csv_cell(file, text, ';');
        file += cell == 0 ? ";" : random() % 2 == 0 ? "\n" : "\r\n";
      }
    }
    const auto table = formats::parse_csv(file, ';');
    ASSERT_TRUE(table) << file;
    const auto found = cut(file, ';', 1 + random() % 9);
    ASSERT_EQ(found.size(), table->rows.size() + 1) << file;
    for (std::size_t i = 0; i < table->rows.size(); ++i) {
      EXPECT_EQ(found[i + 1].first, table->rows[i].line) << file;
      const auto alone = formats::parse_csv("A;B\n" + found[i + 1].second + "\n", ';');
      ASSERT_TRUE(alone) << file;
      EXPECT_EQ(alone->rows.at(0).cells, table->rows[i].cells) << file;
    }
  }
}

mapping::Layout csv_layout() {
  mapping::Layout layout;
  layout.name = "people";
  layout.encodings = {formats::CodePage::utf_8, formats::CodePage::windows_1252};
  layout.columns = {{"NUMBER", true, {}}, {"NAME", false, {}}};
  return layout;
}

mapping::Layout fixed_layout() {
  mapping::Layout layout;
  layout.kind = mapping::Layout::Kind::fixed;
  layout.fixed.line_length = 20;
  layout.fixed.header = {"00", {{"SENDER", 3, 10}}};
  layout.fixed.detail = {"20", {{"NUMBER", 3, 8}, {"NAME", 11, 10}}};
  layout.fixed.trailer = {"99", {{"COUNT", 3, 4}, {"SUM", 7, 6}}};
  layout.fixed.count = "COUNT";
  layout.fixed.checksum = "SUM";
  layout.header = {{"SENDER", true, {}}};
  layout.columns = {{"NUMBER", true, {}}, {"NAME", false, {}}};
  return layout;
}

struct Look {
  LegacyFile file;
  Status status;
  std::vector<BatchRow> rows;
};

Look look_at(const mapping::Layout& layout, const std::string& bytes) {
  RowCutter cutter(layout.kind == mapping::Layout::Kind::csv ? std::optional(layout.separator) : std::nullopt);
  Look out{LegacyFile(layout), {}, {}};
  cutter.add(bytes);
  cutter.end();
  while (auto row = cutter.next()) {
    out.file.look_at(*row);
    out.rows.push_back(std::move(*row));
  }
  out.status = out.file.conclude(cutter.unclosed_quote());
  return out;
}

TEST(LegacyFile, reads_each_csv_row_in_the_encoding_of_the_whole_file) {
  // The first row alone could be UTF-8; the file is Windows-1252.
  const auto look = look_at(csv_layout(), "NUMBER;NAME\r\n1;\xC3\xA9\r\n2;\xE9;3\r\n3;\xE9\r\n");
  ASSERT_TRUE(look.status);
  EXPECT_EQ(look.file.read(look.rows[1]).value().json, "{\"NUMBER\":\"1\",\"NAME\":\"Ã©\"}");
  EXPECT_FALSE(look.file.read(look.rows[2])) << "a cell too many: this row alone";
  EXPECT_EQ(look.file.read(look.rows[3]).value().json, "{\"NUMBER\":\"3\",\"NAME\":\"é\"}");
  EXPECT_FALSE(look.file.is_record(0));
  EXPECT_TRUE(look.file.is_record(3));
}

TEST(LegacyFile, refuses_a_csv_file_whole_for_its_header_quotes_or_encoding) {
  EXPECT_FALSE(look_at(csv_layout(), "").status);
  EXPECT_THAT(look_at(csv_layout(), "NAME\nx\n").status.error().message, HasSubstr("NUMBER is missing"));
  EXPECT_THAT(look_at(csv_layout(), "NUMBER;NAME\n1;a\n2;\"b\n3;c\n").status.error().message, HasSubstr("line 3"));
  EXPECT_THAT(look_at(csv_layout(), "NUMBER;NAME\n1;\x81\n").status.error().message, HasSubstr("encodings"));
}

TEST(LegacyFile, names_lines_of_the_file_within_rows_that_span_several) {
  const auto look = look_at(csv_layout(), "NUMBER;NAME\n1;a\n2;\"b\n3;\"c\n4;d\n");
  ASSERT_TRUE(look.status);
  ASSERT_EQ(look.rows.size(), 4U);
  const auto error = look.file.read(look.rows[2]).error();
  EXPECT_EQ(error.issues.at(0).where, "line 4, column 4");
  EXPECT_THAT(error.issues.at(0).detail, HasSubstr("the row goes on to line 4"));
  EXPECT_TRUE(look.file.read(look.rows[3])) << "what is behind it";
  const auto plain = look_at(csv_layout(), "NUMBER;NAME\n1;a\"b\n");
  EXPECT_EQ(plain.file.read(plain.rows[1]).error().issues.at(0).where, "column 4");
  const auto wide = look_at(csv_layout(), "NUMBER;\"NAME\"\n1;a;b\n");
  EXPECT_EQ(wide.file.read(wide.rows[1]).error().issues.at(0).where, "column 1");
}

TEST(LegacyFile, holds_a_csv_file_to_its_byte_order_mark) {
  const auto look = look_at(csv_layout(), "\xEF\xBB\xBFNUMBER;NAME\n1;\xC3\xA9\n2;\xE9\n3;x\n");
  ASSERT_TRUE(look.status) << look.status.error().message;
  EXPECT_TRUE(look.file.read(look.rows[1]));
  const auto error = look.file.read(look.rows[2]).error();
  EXPECT_EQ(error.issues.at(0).where, "column 3");
  EXPECT_THAT(error.issues.at(0).detail, HasSubstr("no UTF-8"));
  EXPECT_TRUE(look.file.read(look.rows[3]));
  auto windows = csv_layout();
  windows.encodings = {formats::CodePage::windows_1252};
  EXPECT_THAT(look_at(windows, "\xEF\xBB\xBFNUMBER;NAME\n").status.error().message, HasSubstr("byte order mark"));
}

TEST(LegacyFile, says_what_is_the_matter_with_a_file_that_is_something_else) {
  using namespace std::string_literals;
  EXPECT_THAT(look_at(csv_layout(), "\xFF\xFEN\0U\0\n\0"s).status.error().message, HasSubstr("UTF-16"));
  EXPECT_THAT(look_at(csv_layout(), "NUMBER,NAME\n1,a\n").status.error().message, HasSubstr("no ';'"));
  EXPECT_THAT(look_at(csv_layout(), "NUMBER;NAME;NUMBER\n1;a;2\n").status.error().message, HasSubstr("same name"));
  EXPECT_THAT(look_at(csv_layout(), "NUMBER;NAME\r1;a\r2;b\r").status.error().message, HasSubstr("carriage return"));
  EXPECT_THAT(look_at(fixed_layout(), "00\r20\r99\r").status.error().message, HasSubstr("carriage return"));
}

std::string fixed_line(std::string text) {
  text.resize(20, ' ');
  return text + "\n";
}

std::string fixed_file(const std::vector<std::string>& details, int more = 0, int sum_more = 0) {
  std::string file = fixed_line("00MAINFRAME");
  std::uint64_t sum = 0;
  for (const auto& detail : details) {
    const auto line = fixed_line(detail);
    sum += formats::fixed_width_checksum(std::string_view(line).substr(0, 20));
    file += line;
  }
  return file + fixed_line(fmt::format("99{:04}{:06}", static_cast<int>(details.size()) + more,
                                       static_cast<int>(sum % 1'000'000) + sum_more));
}

TEST(LegacyFile, reads_each_detail_line_between_header_and_trailer) {
  const auto look = look_at(fixed_layout(), fixed_file({"2000000001ANN", "30xx", "2000000003ZO\x89"}));
  ASSERT_TRUE(look.status) << look.status.error().message;
  EXPECT_EQ(look.file.read(look.rows[1]).value().json,
            "{\"header\":{\"SENDER\":\"MAINFRAME\"},\"NUMBER\":\"00000001\",\"NAME\":\"ANN\"}");
  EXPECT_FALSE(look.file.read(look.rows[2])) << "no detail line: this row alone";
  EXPECT_THAT(look.file.read(look.rows[3]).value().json, HasSubstr("ZOë"));
  EXPECT_FALSE(look.file.is_record(0));
  EXPECT_FALSE(look.file.is_record(4)) << "the trailer";
}

TEST(LegacyFile, refuses_a_fixed_file_whole_when_its_trailer_does_not_agree) {
  const std::vector<std::string> details{"2000000001ANN"};
  EXPECT_THAT(look_at(fixed_layout(), fixed_file(details, 1)).status.error().message, HasSubstr("COUNT is 2"));
  EXPECT_THAT(look_at(fixed_layout(), fixed_file(details, 0, 1)).status.error().message, HasSubstr("checksum"));
  EXPECT_FALSE(look_at(fixed_layout(), fixed_line("00MAINFRAME")).status) << "no trailer";
  EXPECT_FALSE(look_at(fixed_layout(), fixed_line("00MAINFRAME") + fixed_line("2000000001ANN")).status) << "cut off";
  EXPECT_TRUE(look_at(fixed_layout(), fixed_file({})).status) << "nobody came";
}

BatchTask sample() {
  BatchTask task;
  task.id = new_uuid_v4();
  task.client = "fedasil";
  task.organisation = "0860737913";
  task.trace = new_uuid_v4();
  task.base = "https://localhost:1/ketenpoort/v1";
  task.media_type = "text/csv";
  task.mapping = "m";
  task.key = sha256(as_bytes("key"));
  task.digest = sha256(as_bytes("body"));
  task.bytes = 12;
  task.received = *parse_rfc3339("2026-11-24T12:00:00.123+01:00");
  task.completed = 4;
  task.accepted = 3;
  task.rejected = 1;
  task.add_issue({2, "urn:x", "resident.birth", "no such day", false});
  task.add_issue({3, "urn:y", "", "goes nowhere", true});
  return task;
}

TEST(BatchTask, is_read_as_it_was_written) {
  auto task = sample();
  for (const bool ended : {false, true}) {
    if (ended) {
      task.state = BatchState::failed;
      task.ended = task.received + std::chrono::seconds{5};
      task.problem = "line 1: wrong";
    }
    const auto json = encode_task(task);
    const auto read = decode_task(json);
    ASSERT_TRUE(read);
    EXPECT_EQ(encode_task(*read), json);
    EXPECT_EQ(read->issues, task.issues);
    EXPECT_EQ(read->warnings, 1U);
    EXPECT_EQ(read->key, task.key);
    EXPECT_EQ(read->received, task.received);
    EXPECT_EQ(read->state, task.state);
  }
  EXPECT_FALSE(decode_task("{}"));
  EXPECT_FALSE(decode_task("x"));
}

TEST(BatchTask, keeps_a_bounded_number_of_issues_and_counts_the_rest) {
  BatchTask task;
  for (std::uint64_t line = 1; line <= 1500; ++line) task.add_issue({line, "urn:x", "", "d", line % 2 == 0});
  EXPECT_EQ(task.issues.size(), BatchTask::most_issues);
  EXPECT_EQ(task.issues_left_out, 500U);
  EXPECT_EQ(std::ranges::count(task.issues, false, &BatchIssue::warning), 750) << "what was refused stays";
  EXPECT_EQ(task.warnings, 750U);
}

TEST(BatchTask, says_of_our_own_failures_only_that_the_row_was_not_taken) {
  const auto issues = issues_of({ErrorCode::io, "cannot write /somewhere/secret: EIO"}, 7);
  ASSERT_EQ(issues.size(), 1U);
  EXPECT_EQ(issues[0].line, 7U);
  EXPECT_EQ(issues[0].detail.find("secret"), std::string::npos);
  const auto parsed = issues_of({ErrorCode::malformed, "m", {{ErrorCode::malformed, "1:17", "a comma"}}}, 3);
  EXPECT_EQ(parsed[0].name, "column 17");
}

}  // namespace
}  // namespace ketenpoort::exchange
