#include "gateway/storage/vault/pending_changes.hpp"

#include <gtest/gtest.h>

namespace ketenpoort::storage {
namespace {

StoredPayload payload_of(const TransferId& transfer, std::size_t size) {
  return {.transfer = transfer, .subject = {}, .content_type = "text/plain", .sealed = Bytes(size, 1)};
}

TEST(PendingChanges, are_read_until_they_are_applied) {
  PendingChanges pending;
  const RecordId record = new_uuid_v4();
  EXPECT_EQ(pending.begin(), nullptr);

  pending.add(1, {StoredRecord{.record = record, .subject = {}, .sealed = {1}}});
  EXPECT_TRUE(pending.record(record));
  ASSERT_NE(pending.begin(), nullptr);
  EXPECT_TRUE(pending.record(record));
  pending.applied();
  EXPECT_FALSE(pending.record(record));
  EXPECT_EQ(pending.bytes(), 0U);
}

TEST(PendingChanges, show_the_last_change_of_a_row) {
  PendingChanges pending;
  const TransferId transfer = new_uuid_v4();
  pending.add(1, {payload_of(transfer, 10)});
  ASSERT_NE(pending.begin(), nullptr);
  pending.add(2, {DroppedPayload{.transfer = transfer}});

  const auto row = pending.payload(transfer);
  ASSERT_TRUE(row);
  EXPECT_FALSE(*row);  // dropped, though the older generation still has it
}

TEST(PendingChanges, give_the_same_generation_again_until_it_is_applied) {
  PendingChanges pending;
  pending.add(1, {payload_of(new_uuid_v4(), 10)});
  const auto* first = pending.begin();
  pending.add(2, {payload_of(new_uuid_v4(), 10)});
  EXPECT_EQ(pending.begin(), first);
  EXPECT_EQ(first->through, 1U);
  pending.applied();
  EXPECT_EQ(pending.begin()->through, 2U);
}

TEST(PendingChanges, a_payload_dropped_meanwhile_weighs_nothing_to_speak_of) {
  PendingChanges pending;
  const TransferId transfer = new_uuid_v4();
  pending.add(1, {payload_of(transfer, 100'000)});
  EXPECT_GT(pending.bytes(), 100'000U);
  pending.add(2, {DroppedPayload{.transfer = transfer}});
  EXPECT_LT(pending.bytes(), 1'000U);
}

TEST(PendingChanges, a_batch_without_changes_still_counts) {
  PendingChanges pending;
  pending.add(7, {});
  ASSERT_NE(pending.begin(), nullptr);
  EXPECT_EQ(pending.begin()->through, 7U);
}

}  // namespace
}  // namespace ketenpoort::storage
