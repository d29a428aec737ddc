#include "gateway/verify/root_history.hpp"

#include <gtest/gtest.h>

#include "gateway/ledger/tree/tree.hpp"

namespace ketenpoort::verify {
namespace {

Digest numbered_leaf(std::uint64_t number) {
  return ledger::leaf_hash(as_bytes(std::to_string(number)));
}

TEST(RootHistory, knows_the_root_of_every_size_it_went_through) {
  std::string all;
  const RootHistory::Leaves leaves = [&](std::uint64_t tile) {
    return std::optional(all.substr(static_cast<std::size_t>(tile) * 256 * 32, std::size_t{256} * 32));
  };
  RootHistory history(leaves);
  ledger::TreeEdge edge;
  std::vector<Digest> roots = {edge.root()};
  for (std::uint64_t n = 0; n < 1500; ++n) {
    const auto leaf = numbered_leaf(n);
    all += as_text(leaf);
    edge.append(leaf);
    roots.push_back(edge.root());
    history.append(leaf, std::nullopt);
  }
  for (std::uint64_t size = 0; size <= history.size(); ++size)
    ASSERT_EQ(history.root(size), roots[static_cast<std::size_t>(size)]) << size;
}

TEST(RootHistory, says_nothing_where_the_leaves_are_gone) {
  RootHistory history([](std::uint64_t) { return std::nullopt; });
  for (std::uint64_t n = 0; n < 600; ++n) history.append(numbered_leaf(n), std::nullopt);
  EXPECT_FALSE(history.root(300));
  EXPECT_TRUE(history.root(512));
  EXPECT_TRUE(history.root(599));
}

}  // namespace
}  // namespace ketenpoort::verify
