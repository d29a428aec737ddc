#include "gateway/storage/master_key.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/unit/storage/temporary_folder.hpp"

namespace ketenpoort::storage {
namespace {

class LoadMasterKey : public testing::Test {
 protected:
  std::filesystem::path write(std::string_view content, mode_t mode = 0600) {
    const auto file = folder_.path() / "master.key";
    std::ofstream(file, std::ios::binary) << content;
    ::chmod(file.c_str(), mode);
    return file;
  }

  TemporaryFolder folder_;
  AeadKey key_ = random_bytes<32>();
};

TEST_F(LoadMasterKey, reads_raw_bytes_and_base64_alike) {
  EXPECT_EQ(load_master_key(write(as_text(key_)))->bytes(), key_);
  EXPECT_EQ(load_master_key(write(to_base64(key_)))->bytes(), key_);
  EXPECT_EQ(load_master_key(write(to_base64(key_) + "\n"))->bytes(), key_);
}

TEST_F(LoadMasterKey, refuses_a_file_that_others_may_read) {
  for (const mode_t mode : {0640U, 0604U, 0620U}) {
    const auto key = load_master_key(write(as_text(key_), mode));
    ASSERT_FALSE(key);
    EXPECT_EQ(key.error().code, ErrorCode::config);
    EXPECT_NE(key.error().message.find("chmod 600"), std::string::npos);
  }
}

TEST_F(LoadMasterKey, refuses_other_sizes_without_repeating_them) {
  for (const std::string bad : {"", "short", "0123456789012345678901234567890123456789", "c2hvcnQ="}) {
    const auto key = load_master_key(write(bad));
    ASSERT_FALSE(key) << bad.size();
    EXPECT_EQ(key.error().code, ErrorCode::config);
    if (!bad.empty()) EXPECT_EQ(key.error().message.find(bad), std::string::npos);
  }
}

TEST_F(LoadMasterKey, names_a_file_that_is_not_there) {
  const auto key = load_master_key(folder_.path() / "none");
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().code, ErrorCode::io);
}

TEST(DeriveKey, follows_rfc_5869) {
  const Bytes input(22, 0x0b);  // appendix A.3, first 32 bytes
  EXPECT_EQ(to_hex(derive_key(input, "").bytes()), "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
}

}  // namespace
}  // namespace ketenpoort::storage
