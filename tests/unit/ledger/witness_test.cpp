#include "gateway/ledger/published/witness.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "gateway/base/files.hpp"
#include "gateway/ledger/tree/tree.hpp"
#include "tests/support/scratch_folder.hpp"

namespace ketenpoort::ledger {
namespace {

constexpr CosignTime noon{std::chrono::seconds{1'795'518'000}};

SigningKey log_key(std::uint8_t seed = 7) {
  std::array<std::uint8_t, 32> bytes{};
  bytes.fill(seed);
  return SigningKey::from_seed("example.org/log", bytes).value();
}

WitnessSigner witness_key(std::uint8_t seed = 1) {
  std::array<std::uint8_t, 32> bytes{};
  bytes.fill(seed);
  return WitnessSigner::from_seed("witness.example.org", bytes).value();
}

// A tree of numbered leaves; `fork` makes other leaves from that one on.
class Tree {
 public:
  explicit Tree(std::uint64_t fork = 1'000'000) : fork_(fork) {}

  [[nodiscard]] Digest leaf(std::uint64_t index) const {
    return leaf_hash(as_bytes(fmt::format("{} {}", index >= fork_ ? "other" : "leaf", index)));
  }
  [[nodiscard]] Digest root(std::uint64_t size) const {
    TreeEdge edge;
    for (std::uint64_t i = 0; i < size; ++i) edge.append(leaf(i));
    return edge.root();
  }
  [[nodiscard]] Proof grow(std::uint64_t from, std::uint64_t to) const {
    return prove_consistency(from, to,
                             [this](unsigned level, std::uint64_t index) -> Result<Digest> {
                               TreeEdge edge;
                               for (auto i = index << level; i < (index + 1) << level; ++i) edge.append(leaf(i));
                               return edge.root();
                             })
        .value();
  }
  [[nodiscard]] std::string note(std::uint64_t size, const SigningKey& key = log_key()) const {
    return sign_checkpoint({key.verifier().name(), size, root(size)}, key).value();
  }
  [[nodiscard]] std::string request(std::uint64_t from, std::uint64_t to) const {
    return format_add_checkpoint({from, grow(from, to), note(to)});
  }

 private:
  std::uint64_t fork_;
};

class WitnessTest : public testing::Test {
 protected:
  void SetUp() override { open(); }
  void open(std::vector<VerifierKey> keys = {log_key().verifier()}) {
    witness_.reset();
    witness_ = std::move(Witness::open(folder_.path(), witness_key(), {{"example.org/log", std::move(keys)}}).value());
  }
  Witness::Answer ask(std::string_view body) { return witness_->add_checkpoint(body, noon); }

  ketenpoort::test::ScratchFolder folder_;
  std::unique_ptr<Witness> witness_;
  Tree tree_;
};

TEST_F(WitnessTest, cosigns_what_it_sees_first_and_what_grows_out_of_it) {
  for (const auto& [from, to] : {std::pair{0, 3}, {3, 8}, {8, 8}, {8, 300}}) {
    const auto answer = ask(tree_.request(static_cast<std::uint64_t>(from), static_cast<std::uint64_t>(to)));
    ASSERT_EQ(answer.status, 200) << answer.body;
    const auto body = format_checkpoint(
        {"example.org/log", static_cast<std::uint64_t>(to), tree_.root(static_cast<std::uint64_t>(to))});
    const auto keys = std::vector{witness_key().key()};
    const auto found = find_cosignatures(body, answer.body, keys);
    ASSERT_TRUE(found) << found.error().message;
    ASSERT_EQ(found->size(), 1U);
    EXPECT_EQ(found->front().time, noon);
  }
  EXPECT_EQ(witness_->seen().front().size, 300U);
}

TEST_F(WitnessTest, tells_the_size_it_remembers) {
  ASSERT_EQ(ask(tree_.request(0, 5)).status, 200);
  for (const auto old : {0U, 4U}) {
    const auto answer = ask(tree_.request(old, 9));
    EXPECT_EQ(answer.status, 409);
    EXPECT_EQ(answer.content_type, "text/x.tlog.size");
    EXPECT_EQ(answer.body, "5\n");
  }
}

TEST_F(WitnessTest, remembers_over_restarts) {
  ASSERT_EQ(ask(tree_.request(0, 5)).status, 200);
  open();
  EXPECT_EQ(ask(tree_.request(0, 9)).body, "5\n");
  EXPECT_EQ(ask(tree_.request(5, 9)).status, 200);
}

TEST_F(WitnessTest, refuses_a_log_that_was_rolled_back) {
  ASSERT_EQ(ask(tree_.request(0, 9)).status, 200);
  const auto answer = ask(tree_.request(5, 5));
  EXPECT_EQ(answer.status, 409);
  EXPECT_EQ(answer.body, "9\n");
  EXPECT_EQ(ask(format_add_checkpoint({9, {}, tree_.note(5)})).status, 400) << "the old size is larger";
}

TEST_F(WitnessTest, refuses_a_fork_of_the_same_size_and_keeps_the_evidence) {
  ASSERT_EQ(ask(tree_.request(0, 9)).status, 200);
  const Tree fork(6);
  const auto answer = ask(format_add_checkpoint({9, {}, fork.note(9)}));
  EXPECT_EQ(answer.status, 409);
  EXPECT_NE(answer.content_type, "text/x.tlog.size");
  std::string evidence;
  for (const auto& file : std::filesystem::directory_iterator(folder_.path()))
    if (file.path().extension() == ".fork") evidence = read_file(file.path()).value();
  EXPECT_EQ(evidence, tree_.note(9) + "\n" + fork.note(9));
}

TEST_F(WitnessTest, refuses_a_fork_that_is_larger) {
  ASSERT_EQ(ask(tree_.request(0, 9)).status, 200);
  const Tree fork(6);
  EXPECT_EQ(ask(format_add_checkpoint({9, fork.grow(9, 20), fork.note(20)})).status, 422);
  EXPECT_EQ(ask(format_add_checkpoint({9, tree_.grow(9, 20), fork.note(20)})).status, 422);
  EXPECT_EQ(ask(tree_.request(9, 20)).status, 200) << "and goes on with the true one";
}

TEST_F(WitnessTest, refuses_proofs_that_are_not_exact) {
  ASSERT_EQ(ask(tree_.request(0, 9)).status, 200);
  auto longer = tree_.grow(9, 20);
  longer.push_back(Digest{});
  EXPECT_EQ(ask(format_add_checkpoint({9, longer, tree_.note(20)})).status, 422);
  EXPECT_EQ(ask(format_add_checkpoint({9, {}, tree_.note(20)})).status, 422);
  EXPECT_EQ(ask(format_add_checkpoint({9, {Digest{}}, tree_.note(9)})).status, 422);
}

TEST_F(WitnessTest, does_not_take_a_proof_from_nothing) {
  EXPECT_EQ(ask(format_add_checkpoint({0, {Digest{}}, tree_.note(9)})).status, 422);
}

TEST_F(WitnessTest, knows_its_logs_and_their_keys) {
  std::array<std::uint8_t, 32> seed{};
  const auto other = SigningKey::from_seed("elsewhere", seed).value();
  EXPECT_EQ(ask(format_add_checkpoint({0, {}, tree_.note(4, other)})).status, 404);
  EXPECT_EQ(ask(format_add_checkpoint({0, {}, tree_.note(4, log_key(8))})).status, 403);
  auto forged = tree_.request(0, 4);
  forged.replace(forged.find("\n4\n"), 3, "\n5\n");
  EXPECT_EQ(ask(forged).status, 403);
}

TEST_F(WitnessTest, takes_a_log_through_a_rotation_of_its_key) {
  ASSERT_EQ(ask(tree_.request(0, 4)).status, 200);
  const auto by_next = format_add_checkpoint({4, tree_.grow(4, 6), tree_.note(6, log_key(8))});
  EXPECT_EQ(ask(by_next).status, 403);
  open({log_key().verifier(), log_key(8).verifier()});
  EXPECT_EQ(ask(by_next).status, 200);
}

TEST_F(WitnessTest, takes_checkpoints_with_extension_lines_and_other_signatures) {
  const auto body = format_checkpoint({"example.org/log", 4, tree_.root(4)}) + "an extension\n";
  const auto note = sign_note(body, log_key()).value() + witness_key(5).cosign(body, noon) + "\n";
  const auto answer = ask(format_add_checkpoint({0, {}, note}));
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(witness_key().key().verify(body, answer.body.substr(0, answer.body.size() - 1)), noon);
}

TEST_F(WitnessTest, refuses_what_is_no_request) {
  const auto good = tree_.request(0, 4);
  for (const auto* bad : {"", "old", "old 0", "old 0\n", "old 0\n\n", "old 00\n\n", "old -1\n\n", "new 0\n\n"})
    EXPECT_EQ(ask(bad).status, 400) << bad;
  EXPECT_EQ(ask("old 0\nAAAA\n" + good.substr(6)).status, 400);
  EXPECT_EQ(ask("old 18446744073709551616\n" + good.substr(6)).status, 400);
  EXPECT_EQ(ask(good.substr(0, good.size() - 1)).status, 400);
  EXPECT_EQ(ask(good + std::string(1U << 16, 'x')).status, 400);
  std::string long_proof = "old 1\n";
  for (int i = 0; i < 64; ++i) long_proof += to_base64(Digest{}) + "\n";
  EXPECT_EQ(ask(long_proof + good.substr(6)).status, 400);
  EXPECT_EQ(witness_->seen().front().size, 0U);
}

TEST_F(WitnessTest, folder_is_one_keys_and_one_process) {
  EXPECT_EQ(Witness::open(folder_.path(), witness_key(), std::vector<WitnessedLog>{}).error().code,
            ErrorCode::conflict);
  witness_.reset();
  EXPECT_EQ(Witness::open(folder_.path(), witness_key(2), std::vector<WitnessedLog>{}).error().code, ErrorCode::config);
}

TEST_F(WitnessTest, does_not_start_on_a_damaged_memory) {
  ASSERT_EQ(ask(tree_.request(0, 5)).status, 200);
  witness_.reset();
  const auto file = folder_.path() / to_hex(sha256(as_bytes("example.org/log")));
  ASSERT_TRUE(std::filesystem::exists(file));
  ASSERT_TRUE(replace_file(file, "nothing"));
  EXPECT_EQ(Witness::open(folder_.path(), witness_key(), {{"example.org/log", {log_key().verifier()}}}).error().code,
            ErrorCode::malformed);
}

TEST(AddCheckpoint, is_read_back_as_it_was_written) {
  const AddCheckpoint request{12, {Digest{1}, Digest{2}}, "origin\n14\nroot\n\nsignature\n"};
  const auto again = parse_add_checkpoint(format_add_checkpoint(request)).value();
  EXPECT_EQ(again.old_size, request.old_size);
  EXPECT_EQ(again.proof, request.proof);
  EXPECT_EQ(again.note, request.note);
}

TEST(TlogSize, is_a_decimal_number_and_a_newline) {
  EXPECT_EQ(parse_tlog_size(format_tlog_size(17)).value(), 17U);
  for (const auto* bad : {"", "\n", "17", "017\n", "+1\n", "1 \n", "1\n\n"}) EXPECT_FALSE(parse_tlog_size(bad)) << bad;
}

}  // namespace
}  // namespace ketenpoort::ledger
