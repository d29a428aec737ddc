// data/tree.json, made by data/make_tree.py from the standards' text alone, against everything that reads, makes or
// checks a tree, a proof or a signed checkpoint. The published vectors say more, but they are not in this repository.
#include <gtest/gtest.h>

#include "gateway/ledger/checkpoint/checkpoint.hpp"
#include "gateway/ledger/tree/proof.hpp"
#include "gateway/ledger/tree/tiles.hpp"
#include "gateway/ledger/tree/tree.hpp"
#include "tests/unit/ledger/vectors.hpp"

namespace ketenpoort::ledger {
namespace {

class OwnVectors : public testing::Test {
 protected:
  OwnVectors() {
    for (const auto entry : root().find("entries").elements())
      entries_.emplace_back(as_text(from_base64(*entry.as_string()).value()));
    for (const auto& entry : entries_) leaves_.push_back(leaf_hash(as_bytes(entry)));
    roots_ = hashes(root().find("roots"));
  }

  [[nodiscard]] formats::JsonView root() const { return document_.root(); }
  [[nodiscard]] std::uint64_t size() const { return entries_.size(); }

  static Proof hashes(const formats::JsonView& list) {
    Proof out;
    for (const auto hash : list.elements()) {
      const auto bytes = from_base64(*hash.as_string()).value();
      std::copy_n(bytes.begin(), sizeof(Digest), out.emplace_back().begin());
    }
    return out;
  }

  [[nodiscard]] SubtreeHash subtrees() const {
    return [this](unsigned level, std::uint64_t index) -> Result<Digest> {
      TreeEdge edge;
      for (auto i = index << level; i < (index + 1) << level; ++i) edge.append(leaves_.at(i));
      return edge.root();
    };
  }

  formats::JsonDocument document_ = read_json_vector("tests/unit/ledger/data/tree.json");
  std::vector<std::string> entries_;
  std::vector<Digest> leaves_;
  Proof roots_;
};

TEST_F(OwnVectors, have_the_roots_of_our_trees) {
  TreeEdge edge;
  TileBuilder builder;
  ASSERT_EQ(roots_.size(), size() + 1);
  ASSERT_EQ(edge.root(), roots_[0]);
  for (std::size_t i = 0; i < size(); ++i) {
    edge.append(leaves_[i]);
    builder.append(leaves_[i]);
    ASSERT_EQ(edge.root(), roots_[i + 1]) << i;
    ASSERT_EQ(builder.root(), roots_[i + 1]) << i;
  }
}

TEST_F(OwnVectors, have_the_inclusion_proofs_that_we_make_and_take) {
  int seen = 0;
  for (const auto v : root().find("inclusion").elements()) {
    const auto index = number_in(v, "index");
    const auto tree = number_in(v, "size");
    const auto proof = hashes(v.find("proof"));
    EXPECT_EQ(prove_inclusion(index, tree, subtrees()).value(), proof) << index << " of " << tree;
    EXPECT_TRUE(verify_inclusion(leaves_[index], index, tree, proof, roots_[tree]));
    EXPECT_FALSE(verify_inclusion(leaves_[index], index, tree, proof, roots_[tree - 1]));
    ++seen;
  }
  EXPECT_EQ(seen, 1 + 2 + 3 + 7 + 8 + 13 + 21);
}

TEST_F(OwnVectors, have_the_consistency_proofs_that_we_make_and_take) {
  int seen = 0;
  for (const auto v : root().find("consistency").elements()) {
    const auto from = number_in(v, "from");
    const auto to = number_in(v, "to");
    const auto proof = hashes(v.find("proof"));
    EXPECT_EQ(prove_consistency(from, to, subtrees()).value(), proof) << from << " to " << to;
    EXPECT_TRUE(verify_consistency(from, to, roots_[from], roots_[to], proof));
    EXPECT_FALSE(verify_consistency(from, to, roots_[from - 1], roots_[to], proof));
    ++seen;
  }
  EXPECT_EQ(seen, 1 + 2 + 3 + 7 + 8 + 13 + 21);
}

TEST_F(OwnVectors, have_the_checkpoint_that_we_sign_and_open) {
  const auto vkey = text_in(root(), "vkey");
  const auto note = text_in(root(), "checkpoint");
  const auto key = VerifierKey::parse(vkey);
  ASSERT_TRUE(key) << key.error().message;
  const auto checkpoint = open_checkpoint(note, *key);
  ASSERT_TRUE(checkpoint) << checkpoint.error().message;
  EXPECT_EQ(checkpoint->size, size());
  EXPECT_EQ(checkpoint->root, roots_.back());
  const auto seed = digest_from_hex(text_in(root(), "seed"));
  const auto signer = SigningKey::from_seed(checkpoint->origin, seed);
  ASSERT_TRUE(signer);
  EXPECT_EQ(signer->verifier().text(), vkey);
  EXPECT_EQ(sign_checkpoint(*checkpoint, *signer).value(), note);  // Ed25519 signatures are the same every time
}

}  // namespace
}  // namespace ketenpoort::ledger
