#include "gateway/cli/send/send_file.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

namespace ketenpoort::cli {
namespace {

class SendFileTest : public testing::Test {
 protected:
  SendFileTest() {
    auto name = (std::filesystem::temp_directory_path() / "ketenpoort-rows-XXXXXX").string();
    const int fd = ::mkstemp(name.data());
    ::close(fd);
    file_ = name;
  }
  ~SendFileTest() override { std::filesystem::remove(file_); }

  void write(std::string_view content) { std::ofstream(file_, std::ios::binary) << content; }
  std::vector<std::pair<std::size_t, std::string>> read_all() {
    std::vector<std::pair<std::size_t, std::string>> rows;
    auto reader = RowReader::open(file_).value();
    while (auto row = reader.next().value()) rows.push_back(*row);
    return rows;
  }

  std::filesystem::path file_;
};

TEST_F(SendFileTest, counts_and_reads_the_same_rows) {
  write("\xEF\xBB\xBF{\"a\":1}\r\n\n  \t\r\n{\"b\":2}\n{\"c\":3}");
  EXPECT_EQ(read_all(),
            (std::vector<std::pair<std::size_t, std::string>>{{1, "{\"a\":1}"}, {4, "{\"b\":2}"}, {5, "{\"c\":3}"}}));
  EXPECT_EQ(look_at_file(file_)->rows, 3U);
}

TEST_F(SendFileTest, takes_a_byte_order_mark_for_no_row) {
  write("\xEF\xBB\xBF\n{\"b\":2}\n");
  EXPECT_EQ(read_all().size(), 1U);
  EXPECT_EQ(look_at_file(file_)->rows, 1U);
}

TEST_F(SendFileTest, digests_the_whole_content_whatever_its_size) {
  for (const std::size_t size : {0U, 1U, 262'144U, 1'000'000U}) {
    const std::string content(size, 'x');
    write(content);
    EXPECT_EQ(look_at_file(file_)->sha256, sha256(as_bytes(content))) << size;
  }
}

TEST_F(SendFileTest, names_what_it_cannot_read) {
  EXPECT_EQ(look_at_file("/nowhere/rows.ndjson").error().code, ErrorCode::io);
  EXPECT_EQ(look_at_file(std::filesystem::temp_directory_path()).error().code, ErrorCode::io);
}

}  // namespace
}  // namespace ketenpoort::cli
