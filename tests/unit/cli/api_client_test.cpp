#include "gateway/cli/api_client.hpp"

#include <gtest/gtest.h>

namespace ketenpoort::cli {
namespace {

TEST(ExitForStatus, is_the_same_for_every_command) {
  for (const int status : {400, 405, 413, 415, 422}) EXPECT_EQ(exit_for_status(status), wrong_use) << status;
  for (const int status : {404, 409, 410}) EXPECT_EQ(exit_for_status(status), does_not_hold) << status;
  for (const int status : {301, 401, 403, 408, 429, 500, 502, 503, 504})
    EXPECT_EQ(exit_for_status(status), environment) << status;
}

TEST(ApiClient, tells_wrong_use_from_an_environment_that_is_not_there) {
  EXPECT_EQ(ApiClient::open({}).error().exit, wrong_use);
  TargetOptions nowhere;
  nowhere.url = "https://127.0.0.1:1/ketenpoort/v1";
  nowhere.token = "x.y.z";
  auto client = ApiClient::open(nowhere);
  ASSERT_TRUE(client) << client.error().error.message;
  EXPECT_EQ(client->call("GET", "/figures").error().exit, environment);
}

}  // namespace
}  // namespace ketenpoort::cli
