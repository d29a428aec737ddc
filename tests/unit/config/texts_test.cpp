// The shipped sentences: complete in the four languages, and complained about where they are not.
#include <gmock/gmock.h>

#include <set>

#include "gateway/base/files.hpp"
#include "gateway/config/load.hpp"
#include "gateway/domain/report_phrases.hpp"
#include "tests/support/shipped_configuration.hpp"

namespace ketenpoort::config {
namespace {

using ketenpoort::test::replace_in_file;
using ketenpoort::test::ShippedConfiguration;
using testing::HasSubstr;
namespace fs = std::filesystem;

Configuration load_shipped(const ShippedConfiguration& files) {
  auto loaded = load(files.gateway_yaml());
  EXPECT_TRUE(loaded) << loaded.error().issues.front().where << ' ' << loaded.error().issues.front().detail;
  return std::move(*loaded);
}

// All complaints as one text.
std::string complaints(const ShippedConfiguration& files) {
  const auto loaded = load(files.gateway_yaml());
  std::string out;
  if (!loaded)
    for (const auto& issue : loaded.error().issues) out += issue.where + ": " + issue.detail + '\n';
  return out;
}

TEST(ShippedTexts, explain_every_reason_in_four_languages_each_in_its_own_words) {
  const ShippedConfiguration files;
  const auto texts = load_shipped(files).texts;
  EXPECT_THAT(texts.explaining(), testing::ElementsAre("de", "en", "fr", "nl"));
  for (std::size_t i = 0; i < reason_count; ++i) {
    const auto reason = static_cast<Reason>(i);
    std::set<std::string> sentences;
    for (const auto tag : texts.explaining()) {
      const auto& words = *texts.find(tag);
      const auto text = explain(words, {reason}, "", {}).front().text;
      EXPECT_GT(text.size(), 20U) << words.tag << ' ' << to_text(reason);
      EXPECT_EQ(text.back(), '.') << words.tag << ' ' << to_text(reason);
      sentences.insert(text);
    }
    EXPECT_EQ(sentences.size(), texts.explaining().size()) << to_text(reason);
  }
}

TEST(ShippedTexts, say_two_reasons_apart) {
  const ShippedConfiguration files;
  const auto texts = load_shipped(files).texts;
  for (const auto tag : texts.explaining()) {
    const auto& words = *texts.find(tag);
    std::set<std::string> sentences;
    for (const auto& [code, text] : words.reasons) sentences.insert(text);
    EXPECT_EQ(sentences.size(), reason_count) << words.tag;
  }
}

TEST(ShippedTexts, write_dates_as_each_language_does) {
  const ShippedConfiguration files;
  const auto texts = load_shipped(files).texts;
  const Date first = parse_date("2027-03-01").value();
  EXPECT_EQ(format_date(*texts.find("nl"), first), "1 maart 2027");
  EXPECT_EQ(format_date(*texts.find("fr"), first), "1er mars 2027");
  EXPECT_EQ(format_date(*texts.find("de"), first), "1. März 2027");
  EXPECT_EQ(format_date(*texts.find("en"), first), "1 March 2027");
}

// What the residents read who speak none of the four: whole, in its own words, and marked as what it is.
TEST(ShippedTexts, tell_residents_in_their_own_language_what_happened_to_their_data) {
  const ShippedConfiguration files;
  const auto texts = load_shipped(files).texts;
  std::set<std::string> titles;
  std::size_t languages = 0;
  for (const auto& words : texts.languages) {
    if (words.explains) continue;
    SCOPED_TRACE(words.tag);
    ++languages;
    std::size_t keys = reason_count + 9;
    for (const auto& section : report_sections) keys += section.keys.size();
    EXPECT_EQ(words.report.size(), keys);
    titles.insert(words.report.at("text.title"));
    for (const auto& id : CategorySet::all().names()) EXPECT_TRUE(words.categories.contains(id)) << id;
    std::set<std::string> reasons;
    for (const auto& [key, text] : words.report)
      if (key.starts_with("reasons.")) reasons.insert(text);
    EXPECT_EQ(reasons.size(), reason_count) << "two reasons in the same words";
    const auto file = read_file("config/texts/" + words.tag + ".yaml").value();
    EXPECT_EQ(words.machine_translated, file.find("MACHINE TRANSLATION") != std::string::npos);
  }
  EXPECT_EQ(titles.size(), languages);
  EXPECT_GE(languages, 10U);
}

// Each language that the sample residents prefer, and those in whose script one reads from the right.
TEST(ShippedTexts, are_found_by_the_language_a_resident_prefers) {
  const ShippedConfiguration files;
  const auto texts = load_shipped(files).texts;
  for (const auto* code :
       {"ara", "prs", "tir", "lin", "tur", "ukr", "run", "spa", "som", "kat", "pus", "fas", "rus", "sqi"}) {
    const auto* words = texts.find_code(code);
    ASSERT_NE(words, nullptr) << code;
    EXPECT_FALSE(words->report.empty()) << code;
    const std::string_view tag = words->tag;
    EXPECT_EQ(words->right_to_left, tag == "ar" || tag == "fa" || tag == "ps") << code;
  }
}

struct Fault {
  const char* file;
  const char* what;
  const char* with;
  const char* complaint;
};
class BrokenTexts : public ::testing::TestWithParam<Fault> {};

TEST_P(BrokenTexts, are_told_with_their_place) {
  const ShippedConfiguration files;
  const auto& fault = GetParam();
  replace_in_file(files.folder() / "config/texts" / fault.file, fault.what, fault.with);
  const auto said = complaints(files);
  EXPECT_THAT(said, HasSubstr(fault.complaint));
  EXPECT_THAT(said, HasSubstr(std::string("texts/") + fault.file + ":"));
}

INSTANTIATE_TEST_SUITE_P(
    Files, BrokenTexts,
    ::testing::Values(Fault{"nl.yaml", "  no-consent:", "  no-consemt:", "no key of this place"},
                      Fault{"nl.yaml", "  no-consent:", "  no-consemt:", "`no-consent` is missing"},
                      Fault{"de.yaml", "{day}. {month} {year}", "{day}. {month}", "lacks {year}"},
                      Fault{"en.yaml", "months: [January, ", "months: [", "twelve months"},
                      Fault{"fr.yaml", "partira de soi-même à partir du {date}", "partira un jour", "must name {date}"},
                      Fault{"en.yaml", "  withdrawHow:", "  withdrawHw:", "`withdrawHow` is missing"},
                      Fault{"fr.yaml", "  gone:", "  goner:", "`gone` is missing"},
                      Fault{"fr.yaml", "language: fr", "language: fy", "is to be called fy.yaml"},
                      Fault{"en.yaml", "    too-early: ", "    far-too-early: ", "no reason code"},
                      Fault{"ar.yaml", "{days} يوماً", "يوماً", "`daysAfter` lacks {days}"},
                      Fault{"ar.yaml", "حتى {date}", "حتى", "`until` lacks {date}"},
                      Fault{"ar.yaml", "\"لا أحد.\"", "\"{nobody}\"", "braces that nothing fills in"},
                      Fault{"ar.yaml", "    lookedNone:", "    lokedNone:", "`lookedNone` is missing"},
                      Fault{"ar.yaml", "  outcome: \"", "  outcomes: \"", "`outcome` is missing"},
                      Fault{"ar.yaml", "translation: machine", "translation: rough",
                            "must be one of machine, reviewed"},
                      Fault{"de.yaml", "direction: ltr", "direction: up", "must be one of ltr, rtl"}));

// A purpose or a rule of one's own runs without words; `ketenpoort check` asks for them.
TEST(MissingTexts, are_of_purposes_and_rules_that_a_language_does_not_name) {
  const ShippedConfiguration files;
  EXPECT_THAT(find_missing_texts(load_shipped(files)), testing::IsEmpty());
  replace_in_file(files.folder() / "config/texts/nl.yaml", "  work-guidance:", "  work:");
  replace_in_file(files.folder() / "config/texts/fr.yaml", "  labour-market-access:", "  labour-market:");
  const auto missing = find_missing_texts(load_shipped(files));
  ASSERT_EQ(missing.size(), 2U);
  EXPECT_THAT(missing[0].where, HasSubstr("texts/fr.yaml"));
  EXPECT_THAT(missing[0].detail, HasSubstr("`rules` lacks `labour-market-access`"));
  EXPECT_THAT(missing[1].detail, HasSubstr("`purposes` lacks `work-guidance`"));
}

// Thirteen translations are not to be had on the day a purpose is added: residents read it in English until then.
TEST(MissingTexts, of_a_language_of_residents_are_borrowed_from_english) {
  const ShippedConfiguration files;
  replace_in_file(files.folder() / "config/texts/ar.yaml", "  work-guidance: \"المرافقة نحو العمل\"\n", "");
  const auto configuration = load_shipped(files);
  EXPECT_THAT(find_missing_texts(configuration), testing::IsEmpty());
  const auto borrowed = find_borrowed_texts(configuration);
  ASSERT_EQ(borrowed.size(), 1U);
  EXPECT_THAT(borrowed[0].where, HasSubstr("texts/ar.yaml"));
  EXPECT_THAT(borrowed[0].detail, HasSubstr("`work-guidance`"));
  EXPECT_EQ(configuration.texts.find("ar")->purposes.at("work-guidance"),
            configuration.texts.find("en")->purposes.at("work-guidance"));
}

TEST(Texts, lie_beside_the_configuration_where_the_policy_has_none) {
  const ShippedConfiguration files;
  fs::create_directories(files.folder() / "policy");
  for (const auto* name :
       {"agreements", "rules", "notices", "categories.yaml", "purposes.yaml", "retention.yaml", "activities.yaml"})
    fs::rename(files.folder() / "config" / name, files.folder() / "policy" / name);
  const auto loaded = load(files.gateway_yaml(), {.config_dir = files.folder() / "policy", .mappings_dir = {}});
  ASSERT_TRUE(loaded);
  EXPECT_THAT(loaded->texts.explaining(), testing::SizeIs(4));
}

// A translator adds a language with a file of what a receipt says, and nothing else.
TEST(MoreTexts, need_only_what_a_receipt_says) {
  const ShippedConfiguration files;
  const auto folder = files.folder() / "config/texts";
  auto text = read_file(folder / "en.yaml").value();
  const auto cut = [&](std::string_view from, std::string_view until) {
    const auto begin = text.find(from);
    text.erase(begin, text.find(until, begin) - begin);
  };
  cut("# What a decision comes to.", "purposes:");
  text.replace(text.find("language: en"), 12, "language: hy");
  text.replace(text.find("codes: [eng]"), 12, "codes: [hye, xcl]");
  text.replace(text.find("direction: ltr"), 14, "direction: rtl");
  text += "\ncategories:\n";
  for (const auto& name : CategorySet::all().names()) text += "  " + name + ": \"data\"\n";
  test::write_file(folder / "hy.yaml", text);
  const auto texts = load_shipped(files).texts;
  ASSERT_NE(texts.find_code("xcl"), nullptr);
  EXPECT_TRUE(texts.find_code("xcl")->right_to_left);
  EXPECT_TRUE(texts.find_code("xcl")->report.empty());
  EXPECT_THAT(texts.explaining(), testing::ElementsAre("de", "en", "fr", "nl"));
}

TEST(MoreTexts, the_four_must_be_there) {
  const ShippedConfiguration files;
  fs::remove(files.folder() / "config/texts/de.yaml");
  EXPECT_THAT(complaints(files), HasSubstr("de.yaml must be there"));
}

}  // namespace
}  // namespace ketenpoort::config
