#include "gateway/ledger/tree/proof.hpp"

#include <gtest/gtest.h>

#include <bit>

#include "gateway/ledger/checkpoint/checkpoint.hpp"
#include "gateway/ledger/tree/tree.hpp"
#include "tests/unit/ledger/vectors.hpp"

namespace ketenpoort::ledger {
namespace {

class Forest {
 public:
  explicit Forest(std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) leaves_.push_back(leaf_hash(as_bytes("entry " + std::to_string(i))));
  }
  [[nodiscard]] const Digest& leaf(std::size_t i) const { return leaves_[i]; }
  [[nodiscard]] Digest root(std::size_t size) const { return range(0, size); }
  [[nodiscard]] SubtreeHash hashes() const {
    return [this](unsigned level, std::uint64_t index) -> Result<Digest> {
      return range(static_cast<std::size_t>(index << level), std::size_t{1} << level);
    };
  }

 private:
  [[nodiscard]] Digest range(std::size_t first, std::size_t count) const {
    TreeEdge edge;
    for (std::size_t i = first; i < first + count; ++i) edge.append(leaves_[i]);
    return edge.root();
  }
  std::vector<Digest> leaves_;
};

constexpr std::size_t largest = 40;

TEST(InclusionProof, holds_for_every_entry_of_every_size) {
  const Forest forest(largest);
  for (std::size_t size = 1; size <= largest; ++size)
    for (std::size_t index = 0; index < size; ++index) {
      const auto proof = prove_inclusion(index, size, forest.hashes());
      ASSERT_TRUE(proof);
      EXPECT_TRUE(verify_inclusion(forest.leaf(index), index, size, *proof, forest.root(size)))
          << index << " of " << size;
    }
}

TEST(InclusionProof, fails_for_anything_else) {
  const Forest forest(largest);
  for (std::size_t size = 2; size <= 17; ++size)
    for (std::size_t index = 0; index < size; ++index) {
      const auto root = forest.root(size);
      const auto proof = *prove_inclusion(index, size, forest.hashes());
      for (std::size_t other = 0; other < size; ++other)
        if (other != index) EXPECT_FALSE(verify_inclusion(forest.leaf(index), other, size, proof, root));
      EXPECT_FALSE(verify_inclusion(forest.leaf(index + 1), index, size, proof, root));
      EXPECT_FALSE(verify_inclusion(forest.leaf(index), index, size, proof, forest.root(size + 1)));
      EXPECT_FALSE(verify_inclusion(forest.leaf(index), index + size, size, proof, root));
      for (std::size_t i = 0; i < proof.size(); ++i) {
        auto changed = proof;
        changed[i][7] ^= 0x10;
        EXPECT_FALSE(verify_inclusion(forest.leaf(index), index, size, changed, root));
      }
      auto longer = proof;
      longer.push_back(root);
      EXPECT_FALSE(verify_inclusion(forest.leaf(index), index, size, longer, root));
      EXPECT_FALSE(verify_inclusion(forest.leaf(index), index, size, std::span(proof).first(proof.size() - 1), root));
    }
}

TEST(InclusionProof, is_not_made_beyond_the_tree) {
  const Forest forest(4);
  EXPECT_EQ(prove_inclusion(4, 4, forest.hashes()).error().code, ErrorCode::invalid_input);
  EXPECT_EQ(prove_inclusion(0, 0, forest.hashes()).error().code, ErrorCode::invalid_input);
}

TEST(ConsistencyProof, holds_between_every_two_sizes) {
  const Forest forest(largest);
  for (std::size_t to = 1; to <= largest; ++to)
    for (std::size_t from = 1; from <= to; ++from) {
      const auto proof = prove_consistency(from, to, forest.hashes());
      ASSERT_TRUE(proof);
      EXPECT_TRUE(verify_consistency(from, to, forest.root(from), forest.root(to), *proof)) << from << " to " << to;
    }
}

TEST(ConsistencyProof, fails_for_anything_else) {
  const Forest forest(largest);
  for (std::size_t to = 2; to <= 17; ++to)
    for (std::size_t from = 1; from < to; ++from) {
      const auto old_root = forest.root(from);
      const auto new_root = forest.root(to);
      const auto proof = *prove_consistency(from, to, forest.hashes());
      EXPECT_FALSE(verify_consistency(from, to, new_root, old_root, proof));
      EXPECT_FALSE(verify_consistency(to, from, new_root, old_root, proof));
      EXPECT_FALSE(verify_consistency(from, to, forest.root(from + 1), new_root, proof));
      EXPECT_FALSE(verify_consistency(from, to, old_root, forest.root(to + 1), proof));
      for (std::size_t i = 0; i < proof.size(); ++i) {
        auto changed = proof;
        changed[i][0] ^= 1;
        EXPECT_FALSE(verify_consistency(from, to, old_root, new_root, changed));
      }
      auto longer = proof;
      longer.push_back(new_root);
      EXPECT_FALSE(verify_consistency(from, to, old_root, new_root, longer));
      EXPECT_FALSE(verify_consistency(from, to, old_root, new_root, std::span(proof).first(proof.size() - 1)));
    }
}

TEST(ConsistencyProof, with_the_empty_tree_says_nothing) {
  const Forest forest(4);
  EXPECT_TRUE(prove_consistency(0, 4, forest.hashes())->empty());
  EXPECT_FALSE(verify_consistency(0, 4, empty_root(), forest.root(4), {}));
  EXPECT_TRUE(verify_consistency(0, 0, empty_root(), empty_root(), {}));
  EXPECT_EQ(prove_consistency(5, 4, forest.hashes()).error().code, ErrorCode::invalid_input);
}

TEST(Cover, of_any_range_gives_the_root_back) {
  const Forest forest(largest);
  for (std::size_t first = 0; first <= largest; ++first)
    for (std::size_t end = first; end <= largest; ++end) {
      TreeEdge edge;
      ASSERT_TRUE(append_cover(edge, first, *cover(0, first, forest.hashes())));
      ASSERT_TRUE(append_cover(edge, end, *cover(first, end, forest.hashes())));
      ASSERT_TRUE(append_cover(edge, largest, *cover(end, largest, forest.hashes())));
      ASSERT_EQ(edge.root(), forest.root(largest)) << first << " to " << end;
    }
}

TEST(Cover, is_as_long_as_the_range_demands) {
  const Forest forest(largest);
  auto hashes = *cover(5, 13, forest.hashes());  // 5, 6-7, 8-11, 12
  EXPECT_EQ(hashes.size(), 4U);
  const auto append = [&] {
    TreeEdge edge;
    EXPECT_TRUE(append_cover(edge, 5, *cover(0, 5, forest.hashes())));
    return append_cover(edge, 13, hashes);
  };
  EXPECT_TRUE(append());
  hashes.push_back(forest.leaf(0));
  EXPECT_EQ(append().error().code, ErrorCode::invalid_input);
  hashes.resize(3);
  EXPECT_EQ(append().error().code, ErrorCode::invalid_input);
}

TlogProof sample_proof(const SigningKey& key) {
  const Forest forest(11);
  const auto note = sign_checkpoint({"example.be/log", 11, forest.root(11)}, key);
  return {.index = 6, .path = *prove_inclusion(6, 11, forest.hashes()), .extra = "entry 6", .checkpoint = *note};
}

TEST(TlogProof, is_read_back_and_verified) {
  const auto key = *SigningKey::generate("example.be/log");
  const auto text = format_tlog_proof(sample_proof(key));
  EXPECT_TRUE(text.starts_with("c2sp.org/tlog-proof@v1\nextra ZW50cnkgNg==\nindex 6\n"));
  const auto proof = parse_tlog_proof(text);
  ASSERT_TRUE(proof) << proof.error().message;
  EXPECT_EQ(format_tlog_proof(*proof), text);
  const auto verified = verify_tlog_proof(*proof, proof->extra, key.verifier().text());
  ASSERT_TRUE(verified) << verified.error().message;
  EXPECT_EQ(verified->index, 6U);
  EXPECT_EQ(verified->size, 11U);
  EXPECT_EQ(verified->origin, "example.be/log");
}

TEST(TlogProof, of_another_entry_or_log_does_not_verify) {
  const auto key = *SigningKey::generate("example.be/log");
  const auto other = *SigningKey::generate("example.be/log");
  auto proof = sample_proof(key);
  EXPECT_FALSE(verify_tlog_proof(proof, "entry 7", key.verifier().text()));
  EXPECT_FALSE(verify_tlog_proof(proof, "entry 6", other.verifier().text()));
  proof.index = 7;
  EXPECT_FALSE(verify_tlog_proof(proof, "entry 6", key.verifier().text()));
}

TEST(TlogProof, is_refused_when_malformed) {
  const auto good = format_tlog_proof(sample_proof(*SigningKey::generate("example.be/log")));
  const auto without = [&](std::string_view part, std::string_view instead) {
    auto text = good;
    return text.replace(text.find(part), part.size(), instead);
  };
  for (const auto& text :
       {without("@v1", "@v2"), without("index 6", "index 06"), without("index 6\n", ""), without("index 6", "index -6"),
        without("extra ZW50", "extra ?W50"), without("extra ", "extras "), good.substr(0, 40), std::string()})
    EXPECT_EQ(parse_tlog_proof(text).error().code, ErrorCode::malformed) << text;
}

// Roots of these vectors are sometimes not hashes at all; what is not 32 bytes long is replaced by a hash of it, or of
// its name when there is nothing, which equals nothing else.
Digest root_of_vector(const formats::JsonView& view, std::string_view key) {
  const auto text = view.find(key).as_string().value_or("");
  const auto bytes = from_base64(text);
  Digest out{};
  if (!bytes || bytes->size() != 32) return sha256(as_bytes(text.empty() ? key : text));
  std::copy_n(bytes->begin(), 32, out.begin());
  return out;
}

std::optional<Proof> proof_of_vector(const formats::JsonView& view) {
  Proof proof;
  for (const auto hash : view.find("proof").elements()) {
    const auto bytes = from_base64(hash.as_string().value_or(""));
    if (!bytes || bytes->size() != 32) return std::nullopt;
    std::copy_n(bytes->begin(), 32, proof.emplace_back().begin());
  }
  return proof;
}

template <class F>
int for_each_vector(const std::filesystem::path& folder, F check) {
  int seen = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
    if (file.path().extension() != ".json") continue;
    const auto document = read_json_vector(file.path());
    const auto root = document.root();
    const auto proof = proof_of_vector(root);
    const bool holds = proof && check(root, *proof);
    EXPECT_EQ(holds, !root.find("wantErr").as_bool().value()) << file.path();
    ++seen;
  }
  return seen;
}

TEST(Proofs, agree_with_the_published_vectors) {
  const auto folder = vectors_folder();
  if (!folder) GTEST_SKIP() << "KETENPOORT_VECTORS names no folder";
  const int inclusions = for_each_vector(*folder / "merkle/testdata/inclusion", [](const auto& v, const Proof& proof) {
    return verify_inclusion(root_of_vector(v, "leafHash"), number_in(v, "leafIdx"), number_in(v, "treeSize"), proof,
                            root_of_vector(v, "root"))
        .has_value();
  });
  const int consistencies =
      for_each_vector(*folder / "merkle/testdata/consistency", [](const auto& v, const Proof& proof) {
        return verify_consistency(number_in(v, "size1"), number_in(v, "size2"), root_of_vector(v, "root1"),
                                  root_of_vector(v, "root2"), proof)
            .has_value();
      });
  EXPECT_GT(inclusions, 50);
  EXPECT_GT(consistencies, 50);
}

// A subtree that begins at a multiple of its own breadth is a tree of its own, so a proof within it is one of ours.
bool is_subtree(std::uint64_t start, std::uint64_t end) {
  constexpr auto broadest = std::uint64_t{1} << 63;
  return start < end && end - start <= broadest && start % std::bit_ceil(end - start) == 0;
}

TEST(Proofs, agree_with_the_published_vectors_of_subtrees) {
  const auto folder = vectors_folder();
  if (!folder) GTEST_SKIP() << "KETENPOORT_VECTORS names no folder";
  const int inclusions = for_each_vector(*folder / "merkle/testdata/subtreeinclusion", [](const auto& v,
                                                                                          const Proof& proof) {
    const auto start = number_in(v, "start");
    const auto end = number_in(v, "end");
    const auto index = number_in(v, "leafIdx");
    return is_subtree(start, end) && index >= start &&
           verify_inclusion(root_of_vector(v, "leafHash"), index - start, end - start, proof, root_of_vector(v, "root"))
               .has_value();
  });
  // Ours is the consistency of a tree with a prefix of it: a subtree that begins at 0. Of the empty one it says
  // nothing.
  int prefixes = 0;
  for (const auto& file :
       std::filesystem::recursive_directory_iterator(*folder / "merkle/testdata/subtreeconsistency")) {
    if (file.path().extension() != ".json") continue;
    const auto document = read_json_vector(file.path());
    const auto v = document.root();
    if (number_in(v, "start") > 0 || number_in(v, "end") == 0) continue;
    const auto proof = proof_of_vector(v);
    const bool holds = proof && verify_consistency(number_in(v, "end"), number_in(v, "size"),
                                                   root_of_vector(v, "root1"), root_of_vector(v, "root2"), *proof);
    EXPECT_EQ(holds, !v.find("wantErr").as_bool().value()) << file.path();
    ++prefixes;
  }
  EXPECT_GT(inclusions, 200);
  EXPECT_GT(prefixes, 80);
}

TEST(Proofs, equal_the_published_reference) {
  const auto folder = vectors_folder();
  if (!folder) GTEST_SKIP() << "KETENPOORT_VECTORS names no folder";
  const auto document = read_json_vector(*folder / "rfc6962_reference.json");
  std::vector<Digest> leaves;
  for (const auto leaf : document.root().find("leaves_hex").elements())
    leaves.push_back(leaf_hash(*from_hex(*leaf.as_string())));
  const SubtreeHash hashes = [&](unsigned level, std::uint64_t index) -> Result<Digest> {
    TreeEdge edge;
    for (auto i = index << level; i < (index + 1) << level; ++i) edge.append(leaves.at(i));
    return edge.root();
  };
  const auto expected = [](const formats::JsonView& view) {
    Proof proof;
    for (const auto hash : view.find("proof").elements()) proof.push_back(digest_from_hex(*hash.as_string()));
    return proof;
  };
  int seen = 0;
  for (const auto v : document.root().find("inclusion").elements()) {
    EXPECT_EQ(*prove_inclusion(number_in(v, "leaf_index"), number_in(v, "tree_size"), hashes), expected(v));
    ++seen;
  }
  for (const auto v : document.root().find("consistency").elements()) {
    EXPECT_EQ(*prove_consistency(number_in(v, "size1"), number_in(v, "size2"), hashes), expected(v));
    ++seen;
  }
  EXPECT_GT(seen, 40);
}

}  // namespace
}  // namespace ketenpoort::ledger
