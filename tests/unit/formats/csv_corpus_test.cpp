// CSV case by case, and damaged files: what is taken has one reading, and written again it reads the same.
#include <gtest/gtest.h>

#include <array>

#include "gateway/formats/csv.hpp"
#include "tests/support/mutation.hpp"

namespace ketenpoort::formats {
namespace {

using namespace std::string_view_literals;

struct Taken {
  std::string_view why;
  std::string_view text;
  char separator;
  std::string_view cells;  // of all rows but the header: cells end with |, rows with /
};

constexpr std::array taken = {
    Taken{"a header alone", "a,b", ',', ""},
    Taken{"a header and a line end", "a,b\n", ',', ""},
    Taken{"a row without a line end", "a,b\n1,2", ',', "1|2|/"},
    Taken{"line feeds", "a,b\n1,2\n", ',', "1|2|/"},
    Taken{"carriage returns and line feeds", "a,b\r\n1,2\r\n", ',', "1|2|/"},
    Taken{"both kinds of line end", "a,b\r\n1,2\n3,4\r\n", ',', "1|2|/3|4|/"},
    Taken{"semicolons", "a;b\n1;2", ';', "1|2|/"},
    Taken{"a comma that separates nothing", "a;b\n1,5;2,5", ';', "1,5|2,5|/"},
    Taken{"a semicolon that separates nothing", "a,b\n1;5,2", ',', "1;5|2|/"},
    Taken{"empty cells", "a,b,c\n,,", ',', "|||/"},
    Taken{"an empty cell first and last", "a,b,c\n,1,", ',', "|1||/"},
    Taken{"quotes around a cell", "a,b\n\"1\",\"2\"", ',', "1|2|/"},
    Taken{"an empty cell in quotes", "a,b\n\"\",\"\"", ',', "||/"},
    Taken{"the separator in quotes", "a,b\n\"1,2\",3", ',', "1,2|3|/"},
    Taken{"a doubled quote", "a,b\n\"say \"\"so\"\"\",2", ',', "say \"so\"|2|/"},
    Taken{"nothing but a doubled quote", "a,b\n\"\"\"\",2", ',', "\"|2|/"},
    Taken{"a line end in quotes", "a,b\n\"1\n2\",3", ',', "1\n2|3|/"},
    Taken{"both characters of a line end in quotes", "a,b\n\"1\r\n2\",3", ',', "1\r\n2|3|/"},
    Taken{"a quoted header", "\"a\",\"b;c\"\n1,2", ',', "1|2|/"},
    Taken{"white space belongs to the cell", "a,b\n 1 , 2 ", ',', " 1 | 2 |/"},
    Taken{"a tab in a cell", "a,b\n1\t2,3", ',', "1\t2|3|/"},
    Taken{"a byte order mark",
          "\xEF\xBB\xBF"
          "a,b\n1,2",
          ',', "1|2|/"},
    Taken{"a byte order mark before a quote", "\xEF\xBB\xBF\"a\",b\n1,2", ',', "1|2|/"},
    Taken{"an apostrophe is no quote", "a,b\n'1,2'", ',', "'1|2'|/"},
    Taken{"letters beyond ASCII", "na\xC3\xA4m,b\n\xC3\xA9,\xF0\x9F\x98\x80", ',', "\xC3\xA9|\xF0\x9F\x98\x80|/"},
    Taken{"a formula is text like any other", "a,b\n=1+1,@x", ',', "=1+1|@x|/"},
    Taken{"empty lines at the end", "a,b\n1,2\n\n\r\n", ',', "1|2|/"},
    Taken{"one column", "a\n1\n2\n", ',', "1|/2|/"},
    Taken{"an empty cell of one column", "a\n\"\"\n2\n", ',', "|/2|/"},
    Taken{"a backslash escapes nothing", "a,b\n\\,2", ',', "\\|2|/"},
};

struct Refused {
  std::string_view why;
  std::string_view text;
};

constexpr std::array refused = {
    Refused{"nothing", ""},
    Refused{"a byte order mark alone", "\xEF\xBB\xBF"},
    Refused{"two byte order marks",
            "\xEF\xBB\xBF\xEF\xBB\xBF"
            "a,b\n1,2"},
    Refused{"a byte order mark within quotes",
            "\"\xEF\xBB\xBF"
            "a\",b\n1,2"},
    Refused{"an empty header", "\n1,2"},
    Refused{"a column without a name", "a,,c\n1,2,3"},
    Refused{"a comma at the end of the header", "a,b,\n1,2,"},
    Refused{"two columns of one name", "a,a\n1,2"},
    Refused{"two columns of one name, once quoted", "a,\"a\"\n1,2"},
    Refused{"a cell too few", "a,b\n1"},
    Refused{"a cell too many", "a,b\n1,2,3"},
    Refused{"a comma at the end of a row", "a,b\n1,2,"},
    Refused{"another separator than the header's", "a,b\n1;2"},
    Refused{"an empty line between rows", "a,b\n1,2\n\n3,4"},
    Refused{"a quote that is not closed", "a,b\n\"1,2"},
    Refused{"a quote that is not closed in the header", "\"a,b\n1,2"},
    Refused{"a quote within a cell", "a,b\n1\"2,3"},
    Refused{"a quote after white space", "a,b\n \"1\",2"},
    Refused{"text behind a closing quote", "a,b\n\"1\"2,3"},
    Refused{"white space behind a closing quote", "a,b\n\"1\" ,2"},
    Refused{"three quotes", "a,b\n\"\"\",2"},
    Refused{"a carriage return alone", "a,b\r1,2\r"},
    Refused{"a carriage return in a cell", "a,b\n1\r2,3"},
    Refused{"NUL", "a,b\n1\0,2"sv},
    Refused{"NUL in quotes", "a,b\n\"1\0\",2"sv},
    Refused{"an escape character", "a,b\n\x1B[2J,2"},
    Refused{"a form feed", "a,b\n1,2\n\x0C"},
    Refused{"DEL", "a,b\n1\x7F,2"},
    Refused{"the end of file of DOS", "a,b\n1,2\n\x1A"},
    Refused{"a byte that is no UTF-8", "a,b\n\xE9,2"},
    Refused{"UTF-8 cut off", "a,b\n1,\xC3"},
    Refused{"UTF-16",
            "\xFF\xFE"
            "a\0,\0b\0"sv},
};

std::string flat(const CsvTable& table) {
  std::string all;
  for (const auto& row : table.rows) {
    for (const auto& cell : row.cells) all += cell + "|";
    all += "/";
  }
  return all;
}

TEST(CsvCorpus, takes_what_has_one_reading) {
  for (const auto& [why, text, separator, cells] : taken) {
    const auto table = parse_csv(text, separator);
    ASSERT_TRUE(table.has_value()) << why << ": " << table.error().message;
    EXPECT_EQ(flat(*table), cells) << why;
  }
}

TEST(CsvCorpus, refuses_what_has_two_or_none) {
  for (const auto& [why, text] : refused) {
    const auto table = parse_csv(text, ',');
    EXPECT_FALSE(table.has_value()) << why;
  }
}

TEST(CsvCorpus, refuses_what_costs_too_much) {
  const CsvLimits small{.bytes = 1000, .rows = 3, .columns = 4, .cell_bytes = 10};
  EXPECT_TRUE(parse_csv("a\n1\n2\n3", ',', small).has_value());
  EXPECT_EQ(parse_csv("a\n1\n2\n3\n4", ',', small).error().code, ErrorCode::too_large);
  EXPECT_EQ(parse_csv("a,b,c,d,e", ',', small).error().code, ErrorCode::too_large);
  EXPECT_EQ(parse_csv("a\n12345678901", ',', small).error().code, ErrorCode::too_large);
  EXPECT_EQ(parse_csv("a\n\"12345678901\"", ',', small).error().code, ErrorCode::too_large);
  EXPECT_EQ(parse_csv(std::string(1001, 'a'), ',', small).error().code, ErrorCode::too_large);
}

std::string written(const CsvTable& table, char separator) {
  std::string text;
  const auto row = [&](const std::vector<std::string>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) text += separator;
      append_csv_cell(text, cells[i], separator);
    }
    // A row of one empty cell would be no row at all.
    if (cells.size() == 1 && cells[0].empty()) text += "\"\"";
    text += "\r\n";
  };
  row(table.header);
  for (const auto& each : table.rows) row(each.cells);
  return text;
}

TEST(CsvCorpus, reads_again_what_it_took) {
  test::Mutator mutator(20261128,
                        {",", ";", "\"", "\"\"", "\n", "\r\n", "\r", " ", "\t", "a", "1", "\x01", "\xC3\xA9", "\n\n"});
  int count = 0;
  for (const auto& [why, text, separator, cells] : taken)
    for (int i = 0; i < 400; ++i) {
      const auto damaged = mutator.damage(text);
      const auto table = parse_csv(damaged, separator);
      if (!table) continue;
      ++count;
      for (const auto& row : table->rows) ASSERT_EQ(row.cells.size(), table->header.size()) << damaged;
      const auto again = parse_csv(written(*table, separator), separator);
      ASSERT_TRUE(again.has_value()) << why << ": " << damaged << "\n" << again.error().message;
      ASSERT_EQ(again->header, table->header) << damaged;
      ASSERT_EQ(flat(*again), flat(*table)) << damaged;
    }
  EXPECT_GT(count, 1000) << "the damage leaves nothing to read";
}

}  // namespace
}  // namespace ketenpoort::formats
