#include "gateway/policy/premises.hpp"

#include <gtest/gtest.h>

#include "tests/unit/policy/builders.hpp"

namespace ketenpoort::policy {
namespace {

TEST(Premises, come_back_as_they_were_sealed) {
  Premises premises;
  premises.facts = test::an_applicant();
  premises.needs_ssin = true;
  EXPECT_EQ(encode(decode_premises(encode(premises)).value()), encode(premises));
  premises.commit_key = Digest{1, 2, 3};
  premises.translated_at = parse_rfc3339("2026-11-24T11:00:00.000Z").value();
  premises.content = parse_uuid("01a20d36-6e15-7583-9f69-a72770ea8082");
  premises.known_person = "VDAB-P-1";
  premises.known_transfer = "VDAB-2026-000123";
  const auto text = encode(premises);
  const auto read = decode_premises(text);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->content, premises.content);
  EXPECT_EQ(read->known_person, "VDAB-P-1");
  EXPECT_EQ(read->known_transfer, "VDAB-2026-000123");
  EXPECT_EQ(encode(*read), text);
}

TEST(Premises, an_empty_id_is_left_out_and_none_is_read) {
  Premises premises;
  premises.facts = test::an_applicant();
  auto text = encode(premises);
  EXPECT_EQ(text.find("known"), std::string::npos);
  const std::string before = "\"needsSsin\"";
  text.insert(text.find(before), "\"knownPerson\":\"\",");
  EXPECT_FALSE(decode_premises(text));
}

}  // namespace
}  // namespace ketenpoort::policy
