#include "gateway/cli/ledger_command.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "gateway/base/files.hpp"
#include "gateway/ledger/checkpoint.hpp"
#include "gateway/ledger/entry.hpp"
#include "gateway/ledger/proof.hpp"
#include "gateway/ledger/sequencer.hpp"

namespace ketenpoort::cli {
namespace {

namespace fs = std::filesystem;

class NoVault : public ledger::Sink {
 public:
  void on_durable(std::uint64_t, std::span<const ledger::VaultChange>) override {}
  [[nodiscard]] std::uint64_t applied_through() const override { return 0; }
};

class LedgerCommand : public testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(state_);
    NoVault vault;
    auto opened =
        ledger::Sequencer::open({.state = state_, .node = "n", .org = "", .software = "test", .key = key_}, vault);
    ASSERT_TRUE(opened) << opened.error().message;
    for (int i = 1; i < 10; ++i)
      ASSERT_TRUE((*opened)->submit_and_wait(
          [](const ledger::History&, std::uint64_t, Timestamp) -> Result<ledger::Transaction> {
            return ledger::Transaction{{{.kind = "audit.queried", .actor = {.type = "system"}, .body = "{}"}}, {}};
          }));
  }
  void TearDown() override { fs::remove_all(state_); }

  // Exit code; what went to stdout is in out_.
  int run(std::vector<std::string> arguments) {
    CLI::App app;
    Action chosen;
    add_ledger(app, chosen);
    arguments.insert(arguments.end(), {"--ledger", (state_ / "ledger").string()});
    std::reverse(arguments.begin(), arguments.end());
    app.parse(arguments);
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int code = chosen();
    out_ = testing::internal::GetCapturedStdout();
    testing::internal::GetCapturedStderr();
    return code;
  }

  ledger::SigningKey key_ = *ledger::SigningKey::generate("example.be/cli");
  fs::path state_ = fs::temp_directory_path() / ("ketenpoort-cli-ledger-" + std::to_string(::getpid()));
  std::string out_;
};

TEST_F(LedgerCommand, proves_an_entry_to_someone_without_the_log) {
  const auto file = (state_ / "entry.json").string();
  ASSERT_EQ(run({"ledger", "prove", "4", "--entry", file}), done);
  const auto proof = ledger::parse_tlog_proof(out_);
  ASSERT_TRUE(proof) << proof.error().message;
  const auto entry = *read_file(file);
  EXPECT_EQ(proof->extra, entry);
  EXPECT_TRUE(ledger::verify_tlog_proof(*proof, entry, key_.verifier().text()));
  EXPECT_EQ(ledger::decode_entry(entry)->seq, 4U);
}

TEST_F(LedgerCommand, exports_the_bytes_that_are_hashed_and_the_checkpoint) {
  ASSERT_EQ(run({"ledger", "export", "--from", "3", "--to", "5"}), done);
  std::vector<std::string> lines;
  for (std::size_t at = 0, end = 0; (end = out_.find('\n', at)) != std::string::npos; at = end + 1)
    lines.push_back(out_.substr(at, end - at));
  ASSERT_EQ(lines.size(), 4U);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(ledger::decode_entry(lines[i])->seq, i + 3);
  ledger::Document last;
  ASSERT_TRUE(last.read(lines[3]));
  EXPECT_EQ(ledger::open_checkpoint(last.root().find("checkpoint").text(), key_.verifier())->size, 10U);
}

TEST_F(LedgerCommand, refuses_positions_and_keys_that_are_not_of_this_log) {
  EXPECT_NE(run({"ledger", "prove", "10"}), done);
  EXPECT_NE(run({"ledger", "export", "--from", "5", "--to", "3"}), done);
  EXPECT_NE(run({"ledger", "export", "--to", "10"}), done);
  const auto stranger = *ledger::SigningKey::generate("example.be/cli");
  EXPECT_NE(run({"ledger", "prove", "4", "--key", stranger.verifier().text()}), done);
  EXPECT_TRUE(out_.empty());
}

}  // namespace
}  // namespace ketenpoort::cli
