#include "gateway/api/access/raw_reads.hpp"

#include <gtest/gtest.h>

namespace ketenpoort::api {
namespace {

using std::chrono::milliseconds;

TEST(RawReads, one_note_covers_an_hour_of_one_reader) {
  const Timestamp noon{milliseconds{1'795'000'000'000}};
  RawReads reads;
  EXPECT_FALSE(reads.is_noted("dpo", noon));
  reads.noted("dpo", noon);
  EXPECT_TRUE(reads.is_noted("dpo", noon));
  EXPECT_TRUE(reads.is_noted("dpo", noon + RawReads::one_note_covers - milliseconds{1}));
  EXPECT_FALSE(reads.is_noted("dpo", noon + RawReads::one_note_covers));
  EXPECT_FALSE(reads.is_noted("supervisor", noon));
}

TEST(RawReads, a_clock_that_was_set_back_is_no_excuse) {
  const Timestamp noon{milliseconds{1'795'000'000'000}};
  RawReads reads;
  reads.noted("dpo", noon);
  EXPECT_FALSE(reads.is_noted("dpo", noon - milliseconds{1}));
}

}  // namespace
}  // namespace ketenpoort::api
