#include "gateway/config/reread.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ketenpoort::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Configuration running() {
  Configuration out;
  out.settings.environment = "production";
  out.settings.server.port = 8443;
  out.settings.state = "/var/lib/x";
  Client registry;
  registry.id = "registry";
  registry.organisation = "0860737913";
  out.clients.push_back(std::move(registry));
  return out;
}

TEST(Reread, what_a_running_gateway_can_change_needs_no_restart) {
  auto next = running();
  next.partners.emplace_back().id = "new";
  next.clients.clear();
  next.settings.retry.attempts = 3;
  next.settings.longest_hold = std::chrono::days{1};
  next.settings.outbound_signing_key = "other.key";
  next.settings.outbound_key_id = "another";
  next.settings.overdue_after = std::chrono::days{3};
  next.texts.languages.emplace_back().tag = "nl";
  EXPECT_THAT(keep_what_needs_a_restart(running(), next), IsEmpty());
  EXPECT_EQ(next.settings.retry.attempts, 3U);
  EXPECT_EQ(next.partners.size(), 1U);
  EXPECT_EQ(next.settings.overdue_after, std::chrono::days{3});
  EXPECT_EQ(next.texts.languages.size(), 1U);
}

TEST(Reread, what_it_cannot_change_is_named_and_stays) {
  auto next = running();
  next.settings.server.port = 9443;
  next.settings.server.client_revocations = "revoked.pem";
  next.settings.server.limits.connections = 1;
  next.settings.state = "/elsewhere";
  next.settings.ledger.origin = "example.org/log";
  next.settings.tokens.emplace();
  EXPECT_THAT(keep_what_needs_a_restart(running(), next),
              ElementsAre("server.port", "server.clientRevocations", "server.limits", "tokens", "state", "ledger"));
  EXPECT_EQ(next.settings.server.port, 8443);
  EXPECT_EQ(next.settings.state, "/var/lib/x");
  EXPECT_THAT(keep_what_needs_a_restart(running(), next), IsEmpty());
}

TEST(Reread, drop_folders_and_whom_they_send_for_count_at_once) {
  auto now = running();
  now.settings.drop_folders.emplace_back().client = "registry";
  auto next = now;
  next.clients.front().organisation = "0316380841";
  next.settings.drop_folders.emplace_back().name = "another";
  EXPECT_THAT(keep_what_needs_a_restart(now, next), IsEmpty());
  EXPECT_EQ(next.settings.drop_folders.size(), 2U);
}

TEST(Reread, another_environment_is_refused_since_it_would_take_policy_without_a_signature) {
  auto next = running();
  EXPECT_TRUE(check_same_environment(running(), next));
  next.settings.environment = "test";
  const auto checked = check_same_environment(running(), next);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, ErrorCode::config);
  EXPECT_EQ(checked.error().issues.size(), 1U);
}

}  // namespace
}  // namespace ketenpoort::config
