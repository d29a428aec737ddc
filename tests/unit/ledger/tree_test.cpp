#include "gateway/ledger/tree/tree.hpp"

#include <gtest/gtest.h>

#include <bit>

#include "tests/unit/ledger/vectors.hpp"

namespace ketenpoort::ledger {
namespace {

// RFC 6962 section 2.1, written down as the recursion it is.
Digest root_by_definition(const std::vector<Digest>& leaves, std::size_t first, std::size_t count) {
  if (count == 0) return empty_root();
  if (count == 1) return leaves[first];
  const auto k = std::bit_floor(count - 1);
  return node_hash(root_by_definition(leaves, first, k), root_by_definition(leaves, first + k, count - k));
}

TEST(Tree, hashes_as_rfc_6962_says) {
  EXPECT_EQ(to_hex(empty_root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(leaf_hash({})), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
}

TEST(TreeEdge, has_the_root_of_the_definition_at_every_size) {
  TreeEdge edge;
  std::vector<Digest> leaves;
  EXPECT_EQ(edge.root(), empty_root());
  for (int i = 0; i < 300; ++i) {
    leaves.push_back(leaf_hash(as_bytes(std::to_string(i))));
    edge.append(leaves.back());
    ASSERT_EQ(edge.root(), root_by_definition(leaves, 0, leaves.size())) << i;
  }
  EXPECT_EQ(edge.size(), 300U);
}

TEST(TreeEdge, takes_whole_subtrees) {
  TreeEdge by_leaf;
  TreeEdge left;
  for (int i = 0; i < 11; ++i) by_leaf.append(leaf_hash(as_bytes(std::to_string(i))));
  for (int i = 0; i < 8; ++i) left.append(leaf_hash(as_bytes(std::to_string(i))));
  TreeEdge by_part;
  by_part.append_subtree(3, left.root());
  for (int i = 8; i < 11; ++i) by_part.append(leaf_hash(as_bytes(std::to_string(i))));
  EXPECT_EQ(by_part.root(), by_leaf.root());
}

TEST(Tree, agrees_with_the_published_vectors) {
  const auto folder = vectors_folder();
  if (!folder) GTEST_SKIP() << "KETENPOORT_VECTORS names no folder";
  const auto document = read_json_vector(*folder / "rfc6962_reference.json");
  for (const auto primitive : document.root().find("primitives").elements()) {
    const auto op = text_in(primitive, "op");
    const auto want = text_in(primitive, "want");
    if (op == "empty") EXPECT_EQ(to_hex(empty_root()), want);
    if (op == "leaf") EXPECT_EQ(to_hex(leaf_hash(*from_hex(text_in(primitive, "data_hex")))), want);
    if (op == "node") {
      const auto input = *from_hex("01" + text_in(primitive, "left_hex") + text_in(primitive, "right_hex"));
      EXPECT_EQ(to_hex(sha256(input)), want);
    }
  }
  TreeEdge edge;
  const auto roots = document.root().find("roots_by_size");
  for (const auto leaf : document.root().find("leaves_hex").elements()) {
    EXPECT_EQ(to_hex(edge.root()), roots.at(edge.size()).as_string());
    edge.append(leaf_hash(*from_hex(*leaf.as_string())));
  }
  EXPECT_EQ(to_hex(edge.root()), roots.at(edge.size()).as_string());
  EXPECT_EQ(edge.size(), 8U);
}

}  // namespace
}  // namespace ketenpoort::ledger
