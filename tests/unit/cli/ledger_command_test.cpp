#include "gateway/cli/ledger/ledger_command.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "gateway/base/files.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/ledger/checkpoint/checkpoint.hpp"
#include "gateway/ledger/entry/entry.hpp"
#include "gateway/ledger/published/export.hpp"
#include "gateway/ledger/tree/proof.hpp"
#include "gateway/ledger/writer/sequencer.hpp"

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
            return ledger::Transaction{{{.kind = "audit.queried",
                                         .actor = {.type = "system"},
                                         .body = ledger::encode_body(ledger::AuditQueried{"test", {}, 1})}},
                                       {}};
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

  static std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t at = 0, end = 0; (end = text.find('\n', at)) != std::string::npos; at = end + 1)
      lines.push_back(text.substr(at, end - at));
    return lines;
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

TEST_F(LedgerCommand, says_the_parts_of_a_proof_in_json) {
  ASSERT_EQ(run({"ledger", "prove", "4", "--json"}), done);
  const auto document = formats::parse_json(out_);
  ASSERT_TRUE(document);
  const auto proof = ledger::parse_tlog_proof(*document->root().find("proof").as_string());
  ASSERT_TRUE(proof);
  EXPECT_EQ(document->root().find("index").as_int(), 4);
  EXPECT_EQ(document->root().find("size").as_int(), 10);
  EXPECT_EQ(document->root().find("path").size(), proof->path.size());
  EXPECT_EQ(document->root().find("checkpoint").as_string(), proof->checkpoint);
  EXPECT_TRUE(ledger::verify_tlog_proof(*proof, *document->root().find("entry").as_string(), key_.verifier().text()));
}

TEST_F(LedgerCommand, takes_no_place_before_the_first) {
  EXPECT_THROW(run({"ledger", "prove", "-1"}), CLI::ValidationError);
  EXPECT_EQ(run({"ledger", "prove", "0"}), done);
}

TEST_F(LedgerCommand, shows_the_checkpoint_as_it_was_signed) {
  ASSERT_EQ(run({"ledger", "checkpoint"}), done);
  EXPECT_EQ(ledger::open_checkpoint(out_, key_.verifier())->size, 10U);
  ASSERT_EQ(run({"ledger", "checkpoint", "--json"}), done);
  const auto document = formats::parse_json(out_);
  ASSERT_TRUE(document);
  EXPECT_EQ(document->root().find("size").as_int(), 10);
  EXPECT_EQ(document->root().find("vkey").as_string(), key_.verifier().text());
  EXPECT_TRUE(ledger::open_checkpoint(*document->root().find("checkpoint").as_string(), key_.verifier()));
}

TEST_F(LedgerCommand, exports_the_bytes_that_are_hashed_and_the_checkpoint) {
  ASSERT_EQ(run({"ledger", "export", "--from", "3", "--to", "5"}), done);
  const auto lines = lines_of(out_);
  ASSERT_EQ(lines.size(), 4U);
  const auto header = ledger::parse_export_header(lines[0]);
  ASSERT_TRUE(header) << header.error().message;
  EXPECT_EQ(header->from, 3U);
  EXPECT_EQ(header->to, 5U);
  EXPECT_EQ(ledger::open_checkpoint(header->checkpoint, key_.verifier())->size, 10U);
  for (std::size_t i = 1; i < 4; ++i) EXPECT_EQ(ledger::decode_entry(lines[i])->seq, i + 2);
}

TEST_F(LedgerCommand, exports_to_a_file_and_says_so) {
  const auto file = (state_ / "log.export").string();
  ASSERT_EQ(run({"ledger", "export", "--out", file}), done);
  EXPECT_NE(out_.find("entries 0 to 9 of the 10"), std::string::npos) << out_;
  EXPECT_NE(out_.find(key_.verifier().text()), std::string::npos);
  EXPECT_EQ(lines_of(*read_file(file)).size(), 11U);
  ASSERT_EQ(run({"ledger", "export", "--from", "9", "--out", file, "--json"}), done);
  const auto document = formats::parse_json(out_);
  ASSERT_TRUE(document);
  EXPECT_EQ(document->root().find("from").as_int(), 9);
  EXPECT_EQ(document->root().find("to").as_int(), 9);
  EXPECT_EQ(lines_of(*read_file(file)).size(), 2U);
  EXPECT_FALSE(fs::exists(file + ".part"));
}

TEST_F(LedgerCommand, leaves_no_file_when_the_export_does_not_hold) {
  const auto segment = state_ / "ledger/segments/00000000000000000000";
  auto records = *read_file(segment);
  records[records.size() - 2] ^= 1;
  ASSERT_TRUE(replace_file(segment, records));
  const auto file = (state_ / "log.export").string();
  EXPECT_EQ(run({"ledger", "export", "--out", file}), does_not_hold);
  EXPECT_FALSE(fs::exists(file));
  EXPECT_FALSE(fs::exists(file + ".part"));
  EXPECT_EQ(run({"ledger", "prove", "9"}), does_not_hold);
  EXPECT_TRUE(out_.empty());
}

TEST_F(LedgerCommand, lays_out_a_static_site) {
  const auto site = state_ / "site";
  ASSERT_EQ(run({"ledger", "export", "--tiles", site.string(), "--json"}), done);
  const auto document = formats::parse_json(out_);
  ASSERT_TRUE(document);
  EXPECT_EQ(document->root().find("filesWritten").as_int(), 2);
  EXPECT_TRUE(fs::exists(site / "tile/0/000.p/10"));
  EXPECT_TRUE(fs::exists(site / "tile/entries/000.p/10"));
  EXPECT_EQ(*read_file(site / "checkpoint"), *read_file(state_ / "ledger/checkpoint"));
}

TEST_F(LedgerCommand, refuses_positions_and_keys_that_are_not_of_this_log) {
  EXPECT_EQ(run({"ledger", "prove", "10"}), wrong_use);
  EXPECT_EQ(run({"ledger", "export", "--from", "5", "--to", "3"}), wrong_use);
  EXPECT_EQ(run({"ledger", "export", "--to", "10"}), wrong_use);
  EXPECT_EQ(run({"ledger", "export", "--json"}), wrong_use);
  EXPECT_EQ(run({"ledger", "checkpoint", "--key", "nonsense"}), wrong_use);
  const auto stranger = *ledger::SigningKey::generate("example.be/cli");
  EXPECT_EQ(run({"ledger", "prove", "4", "--key", stranger.verifier().text()}), does_not_hold);
  EXPECT_TRUE(out_.empty());
}

TEST_F(LedgerCommand, says_that_there_is_no_ledger) {
  fs::remove_all(state_ / "ledger");
  EXPECT_EQ(run({"ledger", "checkpoint"}), environment);
  EXPECT_EQ(run({"ledger", "export"}), environment);
}

}  // namespace
}  // namespace ketenpoort::cli
