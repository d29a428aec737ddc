#include "gateway/exchange/delivery/message_file.hpp"

#include <gtest/gtest.h>

#include "gateway/base/digest.hpp"

namespace ketenpoort::exchange {
namespace {

TEST(MessageFile, gives_back_the_message_and_the_key_of_its_commitment) {
  mapping::Translation translation;
  translation.bytes = "{\"a\":1}\n{\"b\":2}\n";
  const AeadKey key = random_bytes<32>();
  const auto packed = pack_message(translation, key);
  EXPECT_EQ(unpack_message(packed).message, translation.bytes);
  EXPECT_EQ(find_commit_key(packed), key);
  EXPECT_EQ(take_message(std::string(packed)), translation.bytes);
}

TEST(MessageFile, without_remarks_is_all_message) {
  EXPECT_EQ(take_message("message"), "message");
  EXPECT_EQ(take_message(""), "");
}

TEST(MessageFile, has_no_key_where_none_was_kept) {
  EXPECT_FALSE(find_commit_key("{\"findings\":[],\"leftOut\":[]}\nmessage"));
  EXPECT_FALSE(find_commit_key("{\"commitKey\":\"00ff\"}\nmessage"));
  EXPECT_FALSE(find_commit_key("message"));
  EXPECT_FALSE(find_commit_key(""));
}

}  // namespace
}  // namespace ketenpoort::exchange
