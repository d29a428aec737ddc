#include "gateway/storage/sqlite/write_out.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "gateway/base/files.hpp"
#include "tests/unit/storage/temporary_folder.hpp"

namespace ketenpoort::storage {
namespace {

TEST(WriteOut, leaves_a_file_as_it_is_whatever_its_size) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "file";
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{512} << 10, (std::size_t{3} << 20) + 7}) {
    const std::string content(size, 'x');
    std::ofstream(file, std::ios::binary) << content;
    WriteOut(file).run();
    EXPECT_EQ(read_file(file).value(), content);
  }
}

TEST(WriteOut, leaves_it_to_the_sync_to_say_that_there_is_no_file) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "missing";
  WriteOut(file).run();
  EXPECT_FALSE(std::filesystem::exists(file));
}

}  // namespace
}  // namespace ketenpoort::storage
