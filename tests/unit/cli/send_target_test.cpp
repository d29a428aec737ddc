#include "gateway/cli/send_target.hpp"

#include <gtest/gtest.h>

#include "gateway/base/files.hpp"
#include "tests/support/scratch_folder.hpp"

namespace ketenpoort::cli {
namespace {

TEST(FindTarget, refuses_options_that_do_not_fit_together) {
  const TargetOptions wrong[] = {
      {},
      {.sandbox = "s", .url = "https://x", .ca = {}, .cert = {}, .key = {}, .token = {}},
      {.sandbox = {}, .url = "https://x", .ca = {}, .cert = {}, .key = {}, .token = {}},
      {.sandbox = {}, .url = "https://x", .ca = {}, .cert = "c", .key = {}, .token = {}},
      {.sandbox = {}, .url = {}, .ca = {}, .cert = {}, .key = {}, .token = "t"},
  };
  for (const auto& options : wrong) EXPECT_EQ(find_target(options).error().code, ErrorCode::invalid_input);
}

TEST(FindTarget, takes_a_token_or_a_file_that_holds_it) {
  auto name = (std::filesystem::temp_directory_path() / "ketenpoort-token-XXXXXX").string();
  const std::filesystem::path folder(::mkdtemp(name.data()));
  const auto file = folder / "token";
  ASSERT_TRUE(replace_file(file, "secret\n", true));
  TargetOptions options{
      .sandbox = {}, .url = "https://x/base/", .ca = "ca.pem", .cert = {}, .key = {}, .token = file.string()};
  EXPECT_EQ(find_target(options)->token, "secret");
  EXPECT_EQ(find_target(options)->client.base_url, "https://x/base");
  options.token = "aGVhZGVy.Y2xhaW1z.c2ln";
  EXPECT_EQ(find_target(options)->token, options.token);
  std::filesystem::remove_all(folder);
}

TEST(FindTarget, wants_the_path_of_the_api) {
  TargetOptions options{.sandbox = {}, .url = {}, .ca = {}, .cert = {}, .key = {}, .token = "a.b.c"};
  for (const auto* url : {"https://gateway.example", "https://gateway.example:8443/"}) {
    options.url = url;
    const auto target = find_target(options);
    ASSERT_FALSE(target) << url;
    EXPECT_EQ(target.error().code, ErrorCode::invalid_input);
    EXPECT_NE(target.error().message.find("/ketenpoort/v1"), std::string::npos) << target.error().message;
  }
  options.url = "http://gateway.example/ketenpoort/v1";
  EXPECT_EQ(find_target(options).error().code, ErrorCode::invalid_input) << "not in the clear";
  options.url = "https://gateway.example/ketenpoort/v1/";
  EXPECT_TRUE(find_target(options));
}

TEST(FindTarget, sends_no_name_of_a_file_as_a_token) {
  const test::ScratchFolder folder;
  TargetOptions options{
      .sandbox = {}, .url = "https://x/base", .ca = {}, .cert = {}, .key = {}, .token = "operator.tokn"};
  const auto mistyped = find_target(options);
  ASSERT_FALSE(mistyped);
  EXPECT_EQ(mistyped.error().code, ErrorCode::io);
  EXPECT_EQ(mistyped.error().message.find("tokn"), std::string::npos) << "it may be part of a token";
  for (const auto& file : {folder.write("empty.token", "\n"), folder.path()}) {
    options.token = file.string();
    const auto read = find_target(options);
    ASSERT_FALSE(read) << file;
    EXPECT_NE(read.error().message.find(file.string()), std::string::npos) << read.error().message;
  }
}

TEST(FindTarget, reads_where_a_sandbox_is) {
  auto name = (std::filesystem::temp_directory_path() / "ketenpoort-box-XXXXXX").string();
  const std::filesystem::path state(::mkdtemp(name.data()));
  EXPECT_EQ(
      find_target({.sandbox = state.string(), .url = {}, .ca = {}, .cert = {}, .key = {}, .token = {}}).error().code,
      ErrorCode::io);
  ASSERT_TRUE(
      replace_file(state / "sandbox.json", R"({"url":"https://127.0.0.1:1/ketenpoort/v1","ca":"ca.pem","vkey":"v",
      "clients":{"fedasil":{"cert":"/absolute/f.pem","key":"clients/f.key","token":"t"}}})"));
  const auto target = find_target({.sandbox = state.string(), .url = {}, .ca = {}, .cert = {}, .key = {}, .token = {}});
  ASSERT_TRUE(target);
  EXPECT_EQ(target->client.base_url, "https://127.0.0.1:1/ketenpoort/v1");
  EXPECT_EQ(target->client.ca_file, state / "ca.pem");
  EXPECT_EQ(target->client.certificate_chain, "/absolute/f.pem");
  EXPECT_EQ(target->client.private_key, state / "clients/f.key");
  EXPECT_EQ(target->identity, "https://127.0.0.1:1/ketenpoort/v1 v");
  std::filesystem::remove_all(state);
}

}  // namespace
}  // namespace ketenpoort::cli
