#include "gateway/ledger/checkpoint/checkpoint.hpp"

#include <gtest/gtest.h>

#include "gateway/ledger/tree/tree.hpp"
#include "tests/unit/ledger/vectors.hpp"

namespace ketenpoort::ledger {
namespace {

TEST(Checkpoint, is_three_lines) {
  EXPECT_EQ(format_checkpoint({"example.be/log", 0, empty_root()}),
            "example.be/log\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n");
}

TEST(Checkpoint, is_read_back) {
  const auto key = *SigningKey::generate("example.be/log");
  const auto note = *sign_checkpoint({"example.be/log", 123, leaf_hash({})}, key);
  const auto checkpoint = open_checkpoint(note, key.verifier());
  ASSERT_TRUE(checkpoint);
  EXPECT_EQ(checkpoint->size, 123U);
  EXPECT_EQ(checkpoint->root, leaf_hash({}));
}

TEST(Checkpoint, of_another_origin_is_refused) {
  const auto key = *SigningKey::generate("example.be/log");
  const auto note = *sign_checkpoint({"example.be/other", 123, leaf_hash({})}, key);
  EXPECT_EQ(open_checkpoint(note, key.verifier()).error().code, ErrorCode::malformed);
}

TEST(Checkpoint, is_refused_when_malformed) {
  const std::string root = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";
  ASSERT_TRUE(parse_checkpoint("o\n1\n" + root));
  for (const auto& text : {"\n1\n" + root, "o\n01\n" + root, "o\n+1\n" + root, "o\n\n" + root, "o\n1 \n" + root,
                           "o\n18446744073709551616\n" + root, std::string("o\n1\nAAAA\n"),
                           "o\n1\n" + root + "extension\n", "o\n1\n" + root.substr(0, 44), std::string("o\n1\n")})
    EXPECT_EQ(parse_checkpoint(text).error().code, ErrorCode::malformed) << text;
}

TEST(Checkpoint, agrees_with_the_published_vectors) {
  const auto folder = vectors_folder();
  if (!folder) GTEST_SKIP() << "KETENPOORT_VECTORS names no folder";
  const auto document = read_json_vector(*folder / "notes/checkpoint_bodies.json");
  int seen = 0;
  for (const auto v : document.root().find("cases").elements()) {
    const auto description = text_in(v, "desc");
    const bool strict_refuses = description.find("a strict parser rejects") != std::string::npos;
    EXPECT_EQ(parse_checkpoint(text_in(v, "text")).has_value(), *v.find("want_ok").as_bool() && !strict_refuses)
        << description;
    ++seen;
  }
  EXPECT_GE(seen, 10);
}

}  // namespace
}  // namespace ketenpoort::ledger
