#include "gateway/base/files.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/scratch_folder.hpp"

namespace ketenpoort {
namespace {

namespace fs = std::filesystem;

TEST(ReplaceFile, leaves_nothing_of_what_could_not_be_put_in_place) {
  const test::ScratchFolder folder;
  fs::create_directory(folder.path() / "report.html");
  const auto written = replace_file(folder.path() / "report.html", "secret", true);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::io);
  EXPECT_NE(written.error().message.find("report.html: "), std::string::npos) << written.error().message;
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 1);
}

TEST(ReplaceFile, keeps_a_secret_to_its_owner_whatever_lay_beside_it) {
  const test::ScratchFolder folder;
  folder.write("key.new", "left by somebody");
  fs::permissions(folder.path() / "key.new", fs::perms(0666));
  ASSERT_TRUE(replace_file(folder.path() / "key", "secret", true));
  struct stat info {};
  ASSERT_EQ(::stat((folder.path() / "key").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
}

}  // namespace
}  // namespace ketenpoort
