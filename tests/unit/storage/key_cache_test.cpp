#include "gateway/storage/vault/key_cache.hpp"

#include <gtest/gtest.h>

namespace ketenpoort::storage {
namespace {

TEST(KeyCache, lets_go_of_the_subject_not_used_longest) {
  KeyCache cache(2);
  const SubjectRef a{1}, b{2}, c{3};
  cache.put(a, {});
  cache.put(b, {});
  EXPECT_TRUE(cache.find(a));
  cache.put(c, {});
  EXPECT_TRUE(cache.find(a));
  EXPECT_FALSE(cache.find(b));
  EXPECT_TRUE(cache.find(c));
  EXPECT_EQ(cache.size(), 2U);
}

TEST(KeyCache, keeps_what_it_was_given) {
  KeyCache cache(1);
  UnwrappedKeys keys;
  keys.keys[0] = SecretKey(AeadKey{7});
  keys.present[0] = true;
  cache.put(SubjectRef{1}, keys);
  EXPECT_EQ(cache.find(SubjectRef{1})->of(KeyClass::payload).value(), AeadKey{7});
  EXPECT_EQ(cache.find(SubjectRef{1})->of(KeyClass::proof).error().code, ErrorCode::gone);
}

TEST(KeyCache, of_no_size_keeps_nothing) {
  KeyCache cache(0);
  cache.put(SubjectRef{1}, {});
  EXPECT_FALSE(cache.find(SubjectRef{1}));
}

}  // namespace
}  // namespace ketenpoort::storage
