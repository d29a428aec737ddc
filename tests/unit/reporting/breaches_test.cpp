#include "gateway/reporting/breaches.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/formats/json.hpp"
#include "gateway/ledger/entry/entry.hpp"
#include "gateway/ledger/writer/sequencer.hpp"
#include "tests/support/scratch_folder.hpp"

namespace ketenpoort::reporting {
namespace {

using ledger::BreachRecorded;
using testing::ElementsAre;
using testing::IsEmpty;

const Timestamp noon = parse_rfc3339("2026-11-24T12:00:00Z").value();

class NoVault final : public ledger::Sink {
 public:
  void on_durable(std::uint64_t, std::span<const ledger::VaultChange>) override {}
  [[nodiscard]] std::uint64_t applied_through() const override { return 0; }
};

BreachRecorded breach(std::uint8_t number, std::string risk = "risk") {
  BreachRecorded out;
  out.breach.bytes.fill(number);
  out.aware_at = noon - std::chrono::hours{80};
  out.cause = "wrong-recipient";
  out.nature = {"confidentiality"};
  out.risk = std::move(risk);
  return out;
}

// A log with an index beside it.
class Breaches : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(state_);
    open();
  }
  void TearDown() override { close(); }

  void open() {
    index_ = audit::Index::open({state_ / "index.sqlite", state_ / "ledger"}).value();
    std::array<std::uint8_t, 32> seed{};
    seed.fill(7);
    ledger::SequencerOptions options{.state = state_,
                                     .node = "node-1",
                                     .org = "",
                                     .software = "test",
                                     .key = *ledger::SigningKey::from_seed("example.org/log", seed)};
    options.publish_every = std::chrono::milliseconds(10);
    options.now = [this] { return now_; };
    options.on_entries = [this](std::uint64_t first, std::uint32_t count, std::string_view records) {
      index_->offer(first, count, records);
    };
    log_ = std::move(ledger::Sequencer::open(std::move(options), vault_).value());
    ASSERT_TRUE(index_->start(*log_));
  }
  void close() {
    log_->stop();
    index_->stop();
    log_.reset();
    index_.reset();
  }

  ledger::Seq record(const BreachRecorded& one) {
    const auto seq = log_->size();
    ledger::EntryDraft draft{.kind = std::string(BreachRecorded::kind),
                             .actor = {"operator", "0860737913", "rights-officer", {}},
                             .body = ledger::encode_body(one)};
    const auto done =
        log_->submit_and_wait([&](const ledger::History&, std::uint64_t, Timestamp) -> Result<ledger::Transaction> {
          return ledger::Transaction{{draft}, {}};
        });
    EXPECT_TRUE(done) << done.error().message;
    return seq;
  }

  std::vector<Breach> read() {
    EXPECT_TRUE(index_->wait_for(log_->size()));
    return read_breaches(*index_).value();
  }

  test::ScratchFolder folder_;
  std::filesystem::path state_ = folder_.path() / "state";
  Timestamp now_ = noon;
  NoVault vault_;
  std::unique_ptr<audit::Index> index_;
  std::unique_ptr<ledger::Sequencer> log_;
};

TEST_F(Breaches, of_a_log_that_has_none_are_none) {
  EXPECT_THAT(read(), IsEmpty());
}

TEST_F(Breaches, are_what_their_newest_version_says_in_the_order_they_came) {
  const auto first = record(breach(2));
  const auto second = record(breach(1));
  now_ += std::chrono::hours{1};
  auto later = breach(2);
  later.subjects = 7;
  later.authority_told = noon;
  const auto third = record(later);
  for (int start = 0; start < 2; ++start) {
    const auto found = read();
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].newest.breach, later.breach);
    EXPECT_EQ(found[0].newest.subjects, 7U);
    EXPECT_EQ(found[0].recorded, noon);
    EXPECT_EQ(found[0].changed, now_);
    EXPECT_THAT(found[0].seqs, ElementsAre(first, third));
    EXPECT_THAT(found[1].seqs, ElementsAre(second));
    close();
    ASSERT_TRUE(audit::remove_index(state_ / "index.sqlite"));
    open();  // made anew, it says the same
  }
}

TEST(CountUntold, counts_those_whose_authority_waits_and_of_these_who_waits_too_long) {
  Breach late{.newest = breach(1), .recorded = noon, .changed = noon, .seqs = {1}};
  Breach early = late;
  early.newest.aware_at = noon;
  Breach told = late;
  told.newest.authority_told = noon;
  Breach harmless = late;
  harmless.newest.risk = "none";
  const auto figures = count_untold({late, early, told, harmless}, noon);
  EXPECT_EQ(figures.untold, 2U);
  EXPECT_EQ(figures.overdue, 1U);
}

TEST(BreachAsJson, says_what_was_told_and_what_is_still_to_be_done) {
  auto one = breach(0x11, "high");
  one.categories = {Category::contact};
  one.from = parse_date("2026-11-20");
  const auto json = breach_as_json({one, noon, noon + std::chrono::hours{1}, {3, 9}}, "https://gateway/base", noon);
  EXPECT_EQ(json,
            R"({"self":"https://gateway/base/breaches/11111111-1111-1111-1111-111111111111",)"
            R"("id":"11111111-1111-1111-1111-111111111111","awareAt":"2026-11-21T04:00:00.000Z",)"
            R"("nature":["confidentiality"],"cause":"wrong-recipient","categories":["contact"],"effects":[],)"
            R"("measures":[],"records":0,"subjects":0,"risk":"high","from":"2026-11-20","documentSha256":")" +
                std::string(64, '0') +
                R"(","tellAuthorityBefore":"2026-11-24T04:00:00.000Z","authority":"OVERDUE","dataSubjects":"PENDING",)"
                R"("recordedAt":"2026-11-24T12:00:00.000Z","changedAt":"2026-11-24T13:00:00.000Z","ledger":[3,9]})");
}

}  // namespace
}  // namespace ketenpoort::reporting
