#include "gateway/exchange/delivery/mailbox.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace ketenpoort::exchange {
namespace {

using namespace std::chrono_literals;

class MailboxShelf : public testing::Test {
 protected:
  MailboxShelf() {
    for (int i = 0; i < 5; ++i) ids_.push_back(i == 0 ? new_uuid_v7(now_) : following(ids_.back()));
  }
  std::vector<TransferId> listed(const TransferId& after = {}, std::size_t most = 100) const {
    std::vector<TransferId> out;
    for (const auto& item : mailbox_.list("agii", after, most)) out.push_back(item.id);
    return out;
  }

  Timestamp now_ = parse_rfc3339("2026-11-24T11:00:00.000Z").value();
  std::vector<TransferId> ids_;
  Mailbox mailbox_;
};

TEST_F(MailboxShelf, lists_in_order_by_pages_and_each_recipients_own) {
  for (const auto i : {3U, 0U, 2U}) mailbox_.put("agii", ids_[i], now_);
  mailbox_.put("vdab", ids_[1], now_);
  EXPECT_EQ(listed(), (std::vector{ids_[0], ids_[2], ids_[3]}));
  EXPECT_EQ(listed({}, 2), (std::vector{ids_[0], ids_[2]}));
  EXPECT_EQ(listed(ids_[2]), std::vector{ids_[3]});
  EXPECT_TRUE(mailbox_.list("nobody", {}, 10).empty());
}

TEST_F(MailboxShelf, what_waits_already_waits_since_it_came) {
  mailbox_.put("agii", ids_[0], now_);
  mailbox_.put("agii", ids_[0], now_ + 1h);
  EXPECT_EQ(mailbox_.waits_since("agii", ids_[0]), now_);
  mailbox_.remove("agii", ids_[0]);
  EXPECT_EQ(mailbox_.waits_since("agii", ids_[0]), std::nullopt);
  mailbox_.remove("nobody", ids_[0]);
}

TEST_F(MailboxShelf, a_lease_takes_it_off_the_list_and_is_counted) {
  mailbox_.put("agii", ids_[0], now_);
  mailbox_.put("agii", ids_[1], now_ + 1h);
  mailbox_.lease("agii", ids_[0], 1, now_ + 15min, 15min);
  EXPECT_EQ(listed(), std::vector{ids_[1]});
  EXPECT_EQ(mailbox_.leased_until(ids_[0], 1), now_ + 15min);
  EXPECT_EQ(mailbox_.leased_until(ids_[1], 1), std::nullopt);
  const auto figures = mailbox_.figures("agii", now_ + 2h);
  EXPECT_EQ(figures.waiting, 1U);
  EXPECT_EQ(figures.leased, 1U);
  EXPECT_EQ(figures.overdue, 1U);
  EXPECT_EQ(figures.oldest, now_ + 1h);
  EXPECT_EQ(mailbox_.figures("agii", now_ + 1h).overdue, 0U) << "not before its time";
  EXPECT_EQ(mailbox_.figures("vdab", now_ + 2h).leased, 0U);
  mailbox_.end_lease(ids_[0], 1);
  EXPECT_EQ(mailbox_.figures("agii", now_).leased, 0U);
}

TEST_F(MailboxShelf, a_lease_is_of_one_attempt) {
  mailbox_.lease("agii", ids_[0], 1, now_, 0min);
  EXPECT_EQ(mailbox_.leased_until(ids_[0], 2), std::nullopt) << "the next one is being given out";
  mailbox_.lease("agii", ids_[0], 2, now_ + 15min, 15min);
  mailbox_.end_lease(ids_[0], 1);
  EXPECT_EQ(mailbox_.leased_until(ids_[0], 1), std::nullopt);
  EXPECT_EQ(mailbox_.leased_until(ids_[0], 2), now_ + 15min);
}

TEST_F(MailboxShelf, a_lease_ends_by_the_log_or_by_the_clock_that_runs_whichever_comes_first) {
  mailbox_.lease("agii", ids_[0], 1, now_ + 15min, 15min);
  EXPECT_EQ(mailbox_.lease_left(ids_[0], 1, now_ + 14min), 1min);
  EXPECT_EQ(mailbox_.lease_left(ids_[0], 1, now_ + 15min), 0min);
  EXPECT_LE(mailbox_.lease_left(ids_[0], 1, now_ - 24h), 15min) << "the clock was set back";
  EXPECT_EQ(mailbox_.lease_left(ids_[0], 2, now_), 0min) << "of another attempt";
  mailbox_.lease("agii", ids_[1], 1, now_ + 15min, 0min);
  EXPECT_EQ(mailbox_.lease_left(ids_[1], 1, now_), 0min);
}

TEST_F(MailboxShelf, forgets_what_the_log_says_waits_no_more) {
  auto id = ids_[0];
  std::vector<TransferId> kept;
  for (int i = 0; i < 1200; ++i, id = following(id)) {
    mailbox_.put("agii", id, now_);
    if (i % 3 == 0) kept.push_back(id);
  }
  std::size_t most = 0;
  mailbox_.prune("agii", [&](const std::vector<Mailbox::Item>& items) {
    most = std::max(most, items.size());
    std::vector<bool> out;
    for (const auto& item : items) out.push_back(std::find(kept.begin(), kept.end(), item.id) != kept.end());
    return out;
  });
  EXPECT_EQ(listed({}, 5000), kept);
  EXPECT_LE(most, 500U) << "a few at a time";
}

}  // namespace
}  // namespace ketenpoort::exchange
