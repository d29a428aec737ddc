#include "gateway/verify/proof_check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/ledger/tree/proof.hpp"
#include "gateway/ledger/tree/tiles.hpp"
#include "gateway/verify/report.hpp"
#include "tests/support/ledger_folder.hpp"
#include "tests/support/log_story.hpp"

namespace ketenpoort::verify {
namespace {

using ledger::test::LedgerFolder;
using ledger::test::Story;
using ledger::test::test_key;

std::string proof_of(const LedgerFolder& folder, std::uint64_t seq, std::uint64_t size, std::string extra = {}) {
  const ledger::TileReader tiles(folder.path(), size);
  const auto hash = [&](unsigned level, std::uint64_t index) { return tiles.subtree_hash(level, index); };
  ledger::TlogProof proof;
  proof.index = seq;
  proof.path = ledger::prove_inclusion(seq, size, hash).value();
  proof.extra = std::move(extra);
  proof.checkpoint = folder.get("checkpoint");
  return ledger::format_tlog_proof(proof);
}

TEST(CheckProof, holds_for_each_entry_and_for_no_other) {
  LedgerFolder folder;
  const auto entries = Story::whole().log.encode();
  folder.write(entries, {entries.size()});
  const std::vector key = {test_key().verifier()};
  for (std::size_t seq = 0; seq < entries.size(); ++seq) {
    const auto proof = proof_of(folder, seq, entries.size());
    const auto verified = check_proof(proof, entries[seq], key);
    ASSERT_TRUE(verified) << describe(verified.error());
    EXPECT_EQ(verified->seq, seq);
    EXPECT_FALSE(check_proof(proof, entries[(seq + 1) % entries.size()], key));
    EXPECT_FALSE(check_proof(proof, entries[seq] + "\n", key));
    EXPECT_FALSE(check_proof(proof, entries[seq], std::vector{test_key(8).verifier()}));
  }
}

TEST(CheckProof, no_byte_of_a_proof_may_change) {
  LedgerFolder folder;
  const auto entries = Story::whole().log.encode();
  folder.write(entries, {entries.size()});
  const auto proof = proof_of(folder, 5, entries.size());
  for (std::size_t at = 0; at < proof.size(); ++at) {
    auto changed = proof;
    changed[at] = static_cast<char>(changed[at] ^ (1 << (at % 8)));
    EXPECT_FALSE(check_proof(changed, entries[5], std::vector{test_key().verifier()})) << "byte " << at;
  }
}

// `ledger prove` writes the entry into its proof, where people read it.
TEST(CheckProof, the_entry_within_a_proof_is_the_one_it_proves) {
  LedgerFolder folder;
  const auto entries = Story::whole().log.encode();
  folder.write(entries, {entries.size()});
  const std::vector key = {test_key().verifier()};
  const auto proof = proof_of(folder, 5, entries.size(), entries[5]);
  EXPECT_TRUE(check_proof(proof, entries[5], key));
  const auto verified = check_proof(proof_of(folder, 5, entries.size(), entries[6]), entries[5], key);
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().rule, "proof");
  const auto end = proof.find("\nindex ");
  for (auto at = proof.find("extra "); at < end; at += 13) {
    auto changed = proof;
    changed[at] = static_cast<char>(changed[at] ^ (1 << (at % 8)));
    EXPECT_FALSE(check_proof(changed, entries[5], key)) << "byte " << at;
  }
}

TEST(CheckProof, the_entry_must_say_where_it_stands) {
  LedgerFolder folder;
  auto entries = Story::whole().log.encode();
  std::swap(entries[3], entries[4]);
  folder.write(entries, {entries.size()});
  const auto verified =
      check_proof(proof_of(folder, 3, entries.size()), entries[3], std::vector{test_key().verifier()});
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().rule, "invariant 1");
}

}  // namespace
}  // namespace ketenpoort::verify
