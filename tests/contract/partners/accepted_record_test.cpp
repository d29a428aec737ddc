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
#include "tests/unit/mapping/shipped_purposes.hpp"

namespace ketenpoort::exchange {
namespace {

using formats::JsonView;
using mapping::Mapping;

const Date today = parse_date("2026-11-24").value();

// The same value with some of its scalars replaced by others.
void write_odd(JsonView view, formats::JsonWriter& writer, std::mt19937& random) {
  static const std::string odd[] = {R"("2026-11-24T23:59:59.9999+01:00")",
                                    R"("2026-10-25T02:30:00+01:00")",
                                    R"("0001-01-01")",
                                    R"("9999-12-31")",
                                    R"("2100-01-01")",
                                    R"("00:00")",
                                    R"("24:00")",
                                    R"("12:60")",
                                    R"("12")",
                                    R"("2020")",
                                    R"("2020-13")",
                                    R"("NL")",
                                    R"("nl-BE")",
                                    R"("xxx")",
                                    R"("und")",
                                    R"("eng")",
                                    R"("tig")",
                                    R"("000")",
                                    R"("BE")",
                                    R"("XXA")",
                                    R"("150")",
                                    R"("99999")",
                                    R"("2000-")",
                                    R"("a@b.c")",
                                    R"("\n")",
                                    R"("a\nb")",
                                    R"("\u0085")",
                                    R"("\u2028")",
                                    R"("\ud83d\ude00")",
                                    R"("=1+1")",
                                    R"("-")",
                                    R"("'")",
                                    R"("\"")",
                                    "9",
                                    "-1",
                                    "40",
                                    "41",
                                    "120",
                                    R"("")",
                                    R"("   ")",
                                    R"("\u00a0")",
                                    R"(" padded ")",
                                    R"("a \"quoted\" <b>")",
                                    R"("cafe\u0301")",
                                    R"("\u0628")",
                                    R"("\u200b")",
                                    R"("\uffff")",
                                    R"("tab\t")",
                                    R"("A-1")",
                                    R"("2020-02-30")",
                                    R"("1990-05-00")",
                                    R"("1899-05-05")",
                                    R"("2101-01-01")",
                                    R"("x@y")",
                                    R"("+3212345")",
                                    R"("0470")",
                                    "0",
                                    "-0",
                                    "12",
                                    "1.5",
                                    "1e1",
                                    "99999999999",
                                    "true",
                                    "null",
                                    "[]",
                                    "{}",
                                    "[1]",
                                    "\"" + std::string(300, 'x') + "\""};
  if (view.is(formats::JsonKind::object)) {
    writer.begin_object();
    for (const auto [key, value] : view.members()) {
      writer.key(key);
      write_odd(value, writer, random);
    }
    writer.end_object();
  } else if (view.is(formats::JsonKind::array)) {
    writer.begin_array();
    for (const auto element : view.elements()) write_odd(element, writer, random);
    writer.end_array();
  } else if (random() % 30 == 0) {
    writer.raw_value(odd[random() % std::size(odd)]);
  } else {
    writer.value(view);
  }
}

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
      write_odd(formats::parse_json(example)->root(), writer, random);
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
