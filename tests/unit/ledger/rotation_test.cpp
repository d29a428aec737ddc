// Keys that take turns in a living log, and what a start makes of a rotation that was cut short.
#include <gtest/gtest.h>

#include "gateway/ledger/checkpoint/cosignature.hpp"
#include "gateway/ledger/history/key_history.hpp"
#include "gateway/ledger/writer/key_rotation.hpp"
#include "tests/support/scratch_folder.hpp"
#include "tests/unit/ledger/failing_file_system.hpp"
#include "tests/unit/ledger/log_fixture.hpp"

namespace ketenpoort::ledger {
namespace {

using Rotating = LogFixture;

SigningKey key_number(std::uint8_t number) {
  std::array<std::uint8_t, 32> seed{};
  seed.fill(number);
  return *SigningKey::from_seed("example.be/ketenpoort/test", seed);
}

SequencerOptions with_keys(SequencerOptions options, SigningKey first, std::vector<SigningKey> more = {}) {
  options.key = std::move(first);
  options.more_keys = std::move(more);
  return options;
}

TEST_F(Rotating, signs_by_the_new_key_from_its_entry_on) {
  const auto sequencer = open();
  ASSERT_TRUE(sequencer->submit_and_wait(writes(numbered_entry(1))));
  const auto seq = sequencer->rotate_key(key_number(8));
  ASSERT_TRUE(seq) << seq.error().message;
  EXPECT_EQ(*seq, 2U);
  EXPECT_EQ(sequencer->verifier().text(), key_number(8).verifier().text());
  const auto checkpoint = open_checkpoint(sequencer->checkpoint(), key_number(8).verifier());
  ASSERT_TRUE(checkpoint) << checkpoint.error().message;
  EXPECT_GT(checkpoint->size, *seq);
  ASSERT_TRUE(sequencer->prove(0)) << "of an entry from before";
  EXPECT_EQ(sequencer->rotate_key(key_number(8)).value(), 2U) << "it is in use: nothing is written";
  EXPECT_EQ(sequencer->size(), 3U);
  ASSERT_TRUE(sequencer->rotate_key(key_number(9)));
  EXPECT_EQ(sequencer->keys().periods().size(), 3U);
  EXPECT_FALSE(sequencer->rotate_key(log_key())) << "a key given up does not come back";
}

TEST_F(Rotating, starts_again_with_the_new_key_and_only_with_it) {
  ASSERT_TRUE(open()->rotate_key(key_number(8)));
  const auto with_old = Sequencer::open(options(), sink_);
  ASSERT_FALSE(with_old);
  EXPECT_EQ(with_old.error().code, ErrorCode::config);
  EXPECT_NE(with_old.error().message.find(key_number(8).verifier().text()), std::string::npos)
      << with_old.error().message;
  {
    const auto sequencer = open(with_keys(options(), key_number(8)));
    ASSERT_TRUE(sequencer->submit_and_wait(writes(numbered_entry(1))));
  }
  EXPECT_TRUE(read_checkpoint(state_ / "ledger", key_number(8).verifier()));
  const auto both = open(with_keys(options(), log_key(), {key_number(8)}));
  EXPECT_EQ(both->verifier().text(), key_number(8).verifier().text());
}

// The entry is durable in the journal, and nothing of it was published.
TEST_F(Rotating, goes_on_after_a_crash_before_the_first_new_checkpoint) {
  auto slow = options();
  slow.publish_every = std::chrono::hours{1};
  slow.more_keys = {key_number(8)};
  std::filesystem::path copy = state_;
  copy += "-copy";
  {
    const auto sequencer = open(slow);
    sequencer->wait_until_published(1);
    const auto old = log_key();
    ASSERT_TRUE(sequencer->submit_and_wait([&](const History&, std::uint64_t seq, Timestamp) -> Result<Transaction> {
      EntryDraft draft;
      draft.kind = KeyRotated::kind;
      draft.actor = {"system", {}, {}, {}};
      draft.body = encode_body(make_rotation(seq, old, key_number(8)));
      return Transaction{{draft}, {}};
    }));
    std::filesystem::copy(state_, copy, std::filesystem::copy_options::recursive);
  }
  std::filesystem::remove_all(state_);
  std::filesystem::rename(copy, state_);
  ASSERT_TRUE(read_checkpoint(state_ / "ledger", log_key().verifier())) << "the old key signed the last one";
  {
    const auto sequencer = open(with_keys(options(), log_key(), {key_number(8)}));
    sequencer->wait_until_published(2);
    EXPECT_TRUE(open_checkpoint(sequencer->checkpoint(), key_number(8).verifier()));
    EXPECT_EQ(sequencer->rotate_key(key_number(8)).value(), 1U);
  }
  EXPECT_TRUE(read_checkpoint(state_ / "ledger", key_number(8).verifier()));
}

// The thread that rotates takes the signals: waiting for room it could not be told to stop.
TEST_F(Rotating, waits_for_no_room_and_goes_on_when_it_is_asked_again) {
  const auto plan = std::make_shared<FailurePlan>();
  plan->full_folder = "segments";
  auto with = with_keys(options(), log_key(), {key_number(8)});
  with.files = std::make_shared<FailingFileSystem>(plan);
  with.on_problem = [](const Error&) {};
  const auto sequencer = open(with);
  for (std::uint64_t i = 1; i < 4; ++i) ASSERT_TRUE(sequencer->submit_and_wait(writes(numbered_entry(i))));
  sequencer->wait_until_published(4);
  plan->full = true;
  const auto full = sequencer->rotate_key(key_number(8));
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, ErrorCode::unavailable);
  EXPECT_TRUE(open_checkpoint(sequencer->checkpoint(), log_key().verifier()));
  plan->full = false;
  sequencer->wait_until_published(5);
  EXPECT_EQ(sequencer->rotate_key(key_number(8)).value(), 4U);
  EXPECT_TRUE(open_checkpoint(sequencer->checkpoint(), key_number(8).verifier()));
}

TEST_F(Rotating, proves_growth_and_publishes_what_witnesses_signed) {
  const auto sequencer = open();
  for (std::uint64_t i = 1; i < 40; ++i) ASSERT_TRUE(sequencer->submit_and_wait(writes(numbered_entry(i))));
  sequencer->wait_until_published(40);
  const auto checkpoint = open_checkpoint(sequencer->checkpoint(), sequencer->verifier()).value();
  EXPECT_FALSE(sequencer->prove_growth(3, checkpoint.size + 1));
  EXPECT_TRUE(sequencer->prove_growth(0, checkpoint.size)->empty());
  EXPECT_EQ(sequencer->cosigned_checkpoint().error().code, ErrorCode::not_found);
  const auto witness = WitnessSigner::generate("witness.example").value();
  const auto line = witness.cosign(format_checkpoint(checkpoint), CosignTime{});
  ASSERT_TRUE(sequencer->publish_cosigned(checkpoint, {line}));
  const auto note = sequencer->cosigned_checkpoint().value();
  EXPECT_TRUE(open_checkpoint(note, sequencer->verifier()));
  const auto parts = split_note(note).value();
  EXPECT_EQ(find_cosignatures(parts.text, parts.signatures, std::vector{witness.key()})->size(), 1U);
  EXPECT_EQ(read_file(state_ / "ledger" / "checkpoint.cosigned").value(), note);
}

TEST_F(Rotating, finds_the_key_of_a_folder_from_any_of_the_row) {
  ASSERT_TRUE(open()->rotate_key(key_number(8)));
  ASSERT_TRUE(open(with_keys(options(), key_number(8)))->rotate_key(key_number(9)));
  const auto folder = state_ / "ledger";
  for (const auto number : std::vector<std::uint8_t>{7, 8, 9})
    EXPECT_EQ(find_checkpoint_key(folder, key_number(number).verifier())->text(), key_number(9).verifier().text());
  EXPECT_EQ(find_checkpoint_key(folder)->text(), key_number(9).verifier().text());
  EXPECT_EQ(find_checkpoint_key(folder, key_number(10).verifier()).error().code, ErrorCode::crypto);
}

TEST(KeyFiles, hand_a_key_over_in_order) {
  const ketenpoort::test::ScratchFolder folder;
  const auto file = folder.write("ledger.key", log_key().secret_text() + "\n");
  const auto origin = log_key().verifier().name();
  EXPECT_EQ(load_signing_keys(file, origin)->size(), 1U);
  EXPECT_EQ(load_signing_keys(file, "elsewhere").error().code, ErrorCode::config);

  const auto prepared = prepare_rotation(file, origin).value();
  EXPECT_EQ(prepare_rotation(file, origin)->verifier().text(), prepared.verifier().text()) << "made once";
  EXPECT_EQ(load_signing_keys(file, origin)->size(), 1U) << "no order yet";

  EXPECT_EQ(order_rotation(file, origin)->verifier().text(), prepared.verifier().text());
  EXPECT_EQ(order_rotation(file, origin)->verifier().text(), prepared.verifier().text()) << "an order that stands";
  EXPECT_EQ(prepare_rotation(file, origin)->verifier().text(), prepared.verifier().text())
      << "what witnesses must know";
  EXPECT_FALSE(std::filesystem::exists(prepared_key_file(file)));
  const auto keys = load_signing_keys(file, origin).value();
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_EQ(keys[1].verifier().text(), prepared.verifier().text());
  const auto mode = std::filesystem::status(next_key_file(file)).permissions();
  EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);

  ASSERT_TRUE(finish_rotation(file));
  EXPECT_EQ(load_signing_keys(file, origin)->size(), 1U);
  EXPECT_EQ(load_signing_key(file, origin)->verifier().text(), prepared.verifier().text());
}

}  // namespace
}  // namespace ketenpoort::ledger
