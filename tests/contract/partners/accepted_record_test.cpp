// What is accepted (202) can be sent: a record that passed its schema and `check_record` is never refused for good,
// neither by a mapping nor by its partner's simulator, whatever odd values stand in it and whichever optional
// categories are left out.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <random>

#include "adapters/simulator/partner_profile.hpp"
#include "gateway/base/files.hpp"
#include "gateway/exchange/reading/check_record.hpp"
#include "gateway/formats/json_schema.hpp"
#include "gateway/mapping/library.hpp"
#include "tests/support/odd_values.hpp"
#include "tests/unit/mapping/shipped_purposes.hpp"

namespace ketenpoort::exchange {
namespace {

using formats::JsonView;
using mapping::Mapping;

const Date today = parse_date("2026-11-24").value();

std::vector<std::string> example_records() {
  std::vector<std::string> records;
  for (const auto& entry : std::filesystem::recursive_directory_iterator("mappings/examples")) {
    if (!entry.path().string().ends_with(".in.json")) continue;
    const auto document = formats::parse_json(read_file(entry.path()).value());
    if (document->root().find("each")) continue;  // a table of records, not one
    formats::JsonWriter(records.emplace_back()).value(document->root().find("record"));
  }
  return records;
}

bool is_accepted(JsonView record, const Mapping& any) {
  return any.source_schema()->check(record).empty() && check_record(record, true, today).issues.empty();
}

// For one of the mapping's purposes, with all that it requires and some of the rest.
mapping::Context context(const Mapping& mapping, std::size_t referral, std::mt19937& random) {
  static const auto purposes = mapping::shipped_purposes().purposes;
  mapping::Context c;
  c.now = *parse_rfc3339("2026-11-24T12:00:00+01:00");
  c.transfer = *parse_uuid("0190b6c8-1111-7000-8000-000000000001");
  c.allow_mock_ssin = true;
  c.derived = {parse_date("2026-08-14"), "TIME", 35, false};
  c.purpose = mapping.purposes()[random() % mapping.purposes().size()];
  c.allowed = purposes.find(c.purpose)->second.required;
  for (const auto category : CategorySet::all().list())
    if (random() % 4 != 0) c.allowed.insert(category);
  c.referral_index = referral;
  return c;
}

// Policy hands nobody over to a municipality before there is a status.
bool may_go(const Mapping& mapping, JsonView record) {
  const auto status = record.find("procedure").find("status").as_string();
  return mapping.recipient() != "municipality" || status == "REFUGEE" || status == "SUBSIDIARY";
}

std::string fault_at_partner(const Mapping& mapping, const mapping::Translation& message, const mapping::Context& c) {
  static const std::map<std::string_view, std::string_view> partners = {
      {"resident-to-vdab-profile", "vdab"},
      {"resident-to-agii-dossier", "agii"},
      {"resident-to-municipality-profile", "municipality"},
      {"resident-to-ggm-profile", "coa"},
      {"resident-to-ggm-profile-csv", "coa"}};
  const auto partner = partners.find(mapping.name());
  if (partner == partners.end()) return {};  // MAGDA reads the referrals
  return (*simulator::find_profile(partner->second))->find_fault(message.bytes, c.transfer.text()).value_or("");
}

TEST(AcceptedRecord, is_never_refused_by_a_mapping_or_a_partner) {
  const auto library = mapping::Library::load("mappings", mapping::shipped_purposes());
  ASSERT_TRUE(library.has_value());
  std::mt19937 random(20261130);
  int made = 0;
  for (const auto& example : example_records())
    for (int round = 0; round < 100; ++round) {
      std::string odd;
      formats::JsonWriter writer(odd);
      test::write_odd(formats::parse_json(example)->root(), writer, random, 30);
      const auto record = formats::parse_json(odd);
      if (!record || !is_accepted(record->root(), *library->find("resident-to-vdab-profile", today))) continue;
      for (const auto& mapping : library->mappings()) {
        std::size_t number = 0;
        for (const auto referral : record->root().find("referrals").elements()) {
          const auto at = number++;
          if (mapping->recipient().empty() || referral.find("recipient").as_string() != mapping->recipient()) continue;
          if (!may_go(*mapping, record->root())) continue;
          const auto sent = context(*mapping, at, random);
          const auto message = mapping->translate(odd, sent);
          if (!message && message.error().reason == Reason::identifier_missing) continue;  // held until it is there
          EXPECT_TRUE(message.has_value())
              << mapping->name() << ": " << message.error().field << ": " << message.error().detail << "\n"
              << odd;
          if (message) EXPECT_EQ(fault_at_partner(*mapping, *message, sent), "") << mapping->name() << "\n" << odd;
          ++made;
        }
      }
    }
  EXPECT_GT(made, 1000);
}

}  // namespace
}  // namespace ketenpoort::exchange
