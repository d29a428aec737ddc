// Every way in which somebody may change a log, at random places: with and without knowing how the tree is made, with
// and without the log's key. KETENPOORT_TAMPER_ROUNDS and KETENPOORT_TAMPER_SEED say how often, and repeat a run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <random>

#include "gateway/verify/log_check.hpp"
#include "gateway/verify/report.hpp"
#include "tests/support/long_log.hpp"

namespace ketenpoort::verify {
namespace {

using ledger::EntryDraft;
using ledger::test::LedgerFolder;
using ledger::test::LongLog;
using ledger::test::test_key;
using testing::HasSubstr;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

#ifdef NDEBUG
constexpr std::uint64_t usual_rounds = 1000;
#else
constexpr std::uint64_t usual_rounds = 100;  // a check takes ten times as long
#endif

class Tamper : public testing::Test {
 protected:
  static constexpr std::uint64_t residents = 50;

  static void SetUpTestSuite() {
    original() = new LongLog(LongLog::of(residents));
    entries() = new std::vector<std::string>(original()->story.log.encode());
  }
  static void TearDownTestSuite() {
    delete original();
    delete entries();
  }

  Tamper() {
    std::cout << "seed " << seed_ << ", " << rounds_ << " rounds\n";
    write(*entries());
  }

  static LongLog*& original() {
    static LongLog* log = nullptr;
    return log;
  }
  static std::vector<std::string>*& entries() {
    static std::vector<std::string>* all = nullptr;
    return all;
  }

  std::size_t below(std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_); }
  // Somewhere after the opening.
  std::size_t place() { return 1 + below(entries()->size() - 1); }

  // As the holder of the log's keys would: checkpoints at a third, two thirds and the end.
  void write(const std::vector<std::string>& all) {
    folder_.write(all, {all.size() / 3, all.size() * 2 / 3, all.size()}, original()->last_key);
  }

  Checked<LogReport> check(std::optional<std::string> older = {}, bool with_witness = false) {
    LogCheck check{
        .ledger = folder_.path(), .keys = {original()->first_key.verifier()}, .older_checkpoint = std::move(older)};
    if (with_witness) check.anchors.witnesses = {original()->witness.key()};
    return check_log(check);
  }

  // The drafts of the entries with a place, time and id each as the sequencer would give them.
  static std::vector<std::string> renumbered(const std::vector<EntryDraft>& drafts) {
    ledger::test::Log log;
    for (const auto& draft : drafts) log.add(draft);
    return log.encode();
  }
  static std::vector<EntryDraft> drafts() {
    std::vector<EntryDraft> out;
    for (const auto& line : original()->story.log.lines) out.push_back(line.draft);
    return out;
  }

  // One of the changes of a list that keep it a list of drafts; where it begins.
  template <class T>
  std::size_t change(std::vector<T>& list, const T& extra) {
    const auto at = 1 + below(list.size() - 2);
    const auto begin = list.begin() + static_cast<std::ptrdiff_t>(at);
    switch (below(4)) {
      case 0:
        list.erase(begin);
        break;
      case 1:
        std::swap(list[at], list[at + 1]);
        break;
      case 2:
        list.insert(begin, list[at]);
        return at + 1;
      default:
        list.insert(begin, extra);
    }
    return at;
  }

  // How many entries the witness has seen.
  static std::size_t cosigned_size() {
    std::size_t size = 0;
    for (const auto& line : original()->story.log.lines)
      if (line.draft.kind == ledger::Cosigned::kind) size = line.seq;
    return size;
  }

  const std::uint64_t seed_ = from_environment("KETENPOORT_TAMPER_SEED", std::random_device{}());
  const std::uint64_t rounds_ = from_environment("KETENPOORT_TAMPER_ROUNDS", usual_rounds);
  std::mt19937_64 random_{seed_};
  LedgerFolder folder_;
};

TEST_F(Tamper, the_log_itself_holds_by_either_key_and_with_its_witness) {
  const auto report = check({}, true);
  ASSERT_TRUE(report) << describe(report.error());
  EXPECT_EQ(report->keys, 2U);
  ASSERT_EQ(report->anchors.witnesses.size(), 1U);
  EXPECT_EQ(report->anchors.witnesses[0].count, 2U);
  EXPECT_TRUE(check_log({.ledger = folder_.path(), .keys = {original()->last_key.verifier()}}));
  const auto stranger = check_log({.ledger = folder_.path(), .keys = {test_key(9).verifier()}});
  ASSERT_FALSE(stranger);
  EXPECT_EQ(stranger.error().rule, "keys");
}

TEST_F(Tamper, any_bit_of_any_file) {
  const auto files = folder_.files();
  for (std::uint64_t round = 0; round < rounds_; ++round) {
    const auto& name = files[below(files.size())];
    const auto whole = folder_.get(name);
    auto changed = whole;
    const auto at = below(whole.size());
    changed[at] = static_cast<char>(changed[at] ^ (1 << below(8)));
    folder_.put(name, changed);
    const auto result = check();
    ASSERT_FALSE(result) << name << " byte " << at;
    if (name.starts_with("segments/")) {
      std::size_t seq = 0;
      for (std::size_t end = 0; (end += 2 + (*entries())[seq].size()) <= at;) ++seq;
      ASSERT_EQ(result.error().where, "entry " + std::to_string(seq)) << describe(result.error());
    } else if (name != "checkpoint") {  // one that says another size is missed elsewhere, too
      ASSERT_EQ(result.error().where, name) << describe(result.error());
    }
    folder_.put(name, whole);
  }
  EXPECT_TRUE(check());
}

TEST_F(Tamper, any_piece_of_any_file) {
  const auto files = folder_.files();
  for (std::uint64_t round = 0; round < rounds_; ++round) {
    const auto& name = files[below(files.size())];
    const auto whole = folder_.get(name);
    auto changed = whole;
    const auto at = below(whole.size());
    const auto length = 1 + below(std::min<std::size_t>(64, whole.size() - at));
    switch (below(3)) {
      case 0:
        changed.erase(at, length);
        break;
      case 1:
        changed.insert(at, whole.substr(at, length));
        break;
      default:
        std::ranges::reverse(changed.begin() + static_cast<std::ptrdiff_t>(at),
                             changed.begin() + static_cast<std::ptrdiff_t>(at + length));
    }
    if (changed == whole) continue;
    folder_.put(name, changed);
    ASSERT_FALSE(check()) << name << " at " << at << " length " << length;
    folder_.put(name, whole);
  }
}

// Somebody who knows records but nothing of trees: the first entry that is not in its place is named.
TEST_F(Tamper, entries_dropped_swapped_repeated_or_put_in) {
  for (std::uint64_t round = 0; round < rounds_; ++round) {
    auto changed = *entries();
    change(changed, (*entries())[place()]);
    // An entry put in before itself is out of place where it comes a second time.
    const auto at = static_cast<std::size_t>(std::ranges::mismatch(changed, *entries()).in1 - changed.begin());
    std::string records;
    for (const auto& entry : changed) ledger::append_record(records, entry);
    folder_.put("segments/00000000000000000000", records);
    const auto result = check();
    ASSERT_FALSE(result) << "at " << at;
    ASSERT_EQ(result.error().seq, at) << describe(result.error());
  }
}

// Somebody who makes all hashes anew, and everything within the entries, but cannot sign.
TEST_F(Tamper, a_history_made_anew_without_the_key) {
  const auto checkpoint = folder_.get("checkpoint");
  for (std::uint64_t round = 0; round < rounds_ / 4; ++round) {
    auto changed = drafts();
    change(changed, ledger::test::draft_of("ledger.recovered", R"({"cutBytes":1})"));
    write(renumbered(changed));
    folder_.put("checkpoint", checkpoint);
    ASSERT_FALSE(check()) << "under the old checkpoint";
    const auto size = changed.size();
    folder_.write(renumbered(changed), {size}, test_key(9));
    ASSERT_FALSE(check()) << "under a key of their own";
  }
}

// Somebody who has the key and rewrites what they like, so that every rule holds: only others can tell.
TEST_F(Tamper, a_history_made_anew_with_the_key_is_found_by_older_checkpoint_or_witness) {
  const auto& original_log = original()->story.log;
  for (std::uint64_t round = 0; round < rounds_ / 4; ++round) {
    const auto sizes = 1 + below(entries()->size());
    folder_.write(*entries(), {sizes}, sizes > original()->rotated_at ? original()->last_key : original()->first_key);
    const auto older = folder_.get("checkpoint");
    auto changed = original_log;
    const auto at = 1 + below(sizes - 1 == 0 ? 1 : sizes - 1);
    changed.lines[at].draft.trace = ledger::test::numbered_id(1 + round, 4);
    write(changed.encode());
    const auto seen = check(older);
    if (at < sizes) {
      ASSERT_FALSE(seen) << "entry " << at << " rewritten, " << sizes << " signed before";
      ASSERT_THAT(seen.error().rule, testing::AnyOf("consistency", "anchor", "invariant 1")) << describe(seen.error());
    }
    const auto witnessed = check({}, true);
    ASSERT_EQ(witnessed.has_value(), at >= cosigned_size()) << "entry " << at << " rewritten";
    if (witnessed)
      ASSERT_THAT(describe(*witnessed),
                  HasSubstr("entries from " + std::to_string(cosigned_size()) + " on were rewritten"));
  }
}

// The same, and every trace of the witness and of the new key taken out: nothing in the log tells.
TEST_F(Tamper, a_log_rewritten_whole_holds_alone_and_says_what_it_cannot_tell) {
  auto changed = drafts();
  std::erase_if(changed, [](const auto& d) { return d.kind == "ledger.cosigned" || d.kind == "ledger.key-rotated"; });
  changed[1].trace = ledger::test::numbered_id(5, 4);
  ledger::test::Log log;
  for (const auto& draft : changed) log.add(draft);
  // Seqs that decisions name have moved: only what stands before the first cosignature did not.
  auto all = log.encode();
  all.resize(60);
  folder_.write(all, {all.size()}, original()->first_key);
  const auto alone = check();
  ASSERT_TRUE(alone) << describe(alone.error());
  EXPECT_THAT(describe(*alone), HasSubstr("rewritten by someone who has its key"));
  const auto witnessed = check({}, true);
  ASSERT_FALSE(witnessed);
  EXPECT_EQ(witnessed.error().rule, "anchor");
  EXPECT_THAT(witnessed.error().what, HasSubstr("may have been rewritten as a whole"));
}

TEST_F(Tamper, rolled_back_or_forked_against_a_checkpoint_kept_elsewhere) {
  const auto newest = folder_.get("checkpoint");
  for (std::uint64_t round = 0; round < rounds_ / 4; ++round) {
    const auto size = 1 + below(entries()->size() - 1);
    auto shorter = *entries();
    shorter.resize(size);
    const auto& key = size > original()->rotated_at ? original()->last_key : original()->first_key;
    folder_.write(shorter, {size}, key);
    const auto back = check(newest);
    ASSERT_FALSE(back);
    ASSERT_THAT(back.error().what, HasSubstr("rolled back"));
    // From there on, another history.
    ledger::test::Log fork = original()->story.log;
    fork.lines.resize(size);
    while (fork.lines.size() <= entries()->size())
      fork.add(ledger::test::draft_of("ledger.recovered", R"({"cutBytes":9})"));
    folder_.write(fork.encode(), {fork.lines.size()}, key);
    ASSERT_TRUE(check()) << "it obeys every rule: " << describe(check().error());
    const auto forked = check(newest);
    ASSERT_FALSE(forked);
    ASSERT_EQ(forked.error().rule, "consistency");
  }
}

// A key that was announced by one of the two alone, or in another place.
TEST_F(Tamper, a_new_key_that_the_old_one_did_not_announce) {
  const auto rotated = original()->rotated_at;
  const auto with = [&](const std::function<void(ledger::KeyRotated&)>& edit) {
    auto log = original()->story.log;
    log.lines.resize(rotated + 1);
    log.edit<ledger::KeyRotated>(rotated, edit);
    folder_.write(log.encode(), {rotated + 1}, original()->last_key);
    const auto result = check();
    EXPECT_FALSE(result);
    return result ? std::string() : result.error().where;
  };
  const auto here = "entry " + std::to_string(rotated);
  EXPECT_EQ(with([](auto& b) { std::swap(b.old_signature, b.new_signature); }), here);
  EXPECT_EQ(with([](auto& b) { b.old_vkey = b.new_vkey; }), here);
  EXPECT_EQ(with([](auto& b) { b.algorithm = "RSA"; }), here);
  EXPECT_EQ(with([](auto& b) { b.old_signature = b.new_signature; }), here);
  // Signed for, but the checkpoint is still by the old key.
  auto log = original()->story.log;
  log.lines.resize(rotated + 1);
  folder_.write(log.encode(), {rotated + 1}, original()->first_key);
  const auto stale = check();
  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.error().where, "checkpoint");
}

}  // namespace
}  // namespace ketenpoort::verify
