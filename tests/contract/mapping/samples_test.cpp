// Every sample resident through every shipped mapping to a partner: what comes out is valid against our schemas and,
// where KETENPOORT_REFERENCE names the folder of published schemas, against those too, and it has the categories that
// are said to be sent and no other. KETENPOORT_SAMPLES names one more folder of samples.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <sstream>

#include "gateway/base/files.hpp"
#include "gateway/config/load.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/formats/json_schema.hpp"
#include "gateway/formats/xsd.hpp"
#include "gateway/mapping/library.hpp"
#include "tests/contract/mapping/published_schema.hpp"
#include "tests/support/shipped_configuration.hpp"

namespace ketenpoort::mapping {
namespace {

constexpr std::string_view kbi = "http://inburgering.be/types/V02";
constexpr std::string_view magda = "http://inburgering.be/types/RegistreerToeleidingService/V01";

struct Message {
  std::string mapping, recipient, purpose;
  bool needs_ssin;
};
const std::vector<Message> messages = {
    {"resident-to-vdab-profile", "vdab", "work-guidance", false},
    {"resident-to-vdab-referral", "vdab", "work-guidance", true},
    {"resident-to-agii-referral", "agii", "language-course", true},
    {"resident-to-agii-referral", "agii", "civic-integration", true},
    {"resident-to-agii-dossier", "agii", "language-course", true},
    {"resident-to-agii-dossier", "agii", "civic-integration", true},
    {"resident-to-municipality-profile", "municipality", "warm-handover", false},
    {"resident-to-ggm-profile", "municipality", "warm-handover", false},
};

class Checker {
 public:
  Checker() {
    const ketenpoort::test::ShippedConfiguration files;
    const auto configuration = config::load(files.gateway_yaml());
    if (!configuration) throw std::runtime_error(configuration.error().message);
    for (const auto& purpose : configuration->purposes)
      options_.purposes[purpose.id] = {purpose.required, purpose.optional, purpose.recipient};
    auto library = Library::load("mappings", options_);
    if (!library) throw std::runtime_error(library.error().message);
    library_ = std::make_unique<Library>(std::move(*library));
    if (const auto folder = ketenpoort::test::magda_folder()) {
      published_.emplace(
          "resident-to-agii-dossier",
          ketenpoort::test::PublishedSchema(
              ketenpoort::test::including(kbi, "KBI-02.00/KBI.xsd", "KBIDossier", "DossierType"), *folder));
      for (const auto* mapping : {"resident-to-vdab-referral", "resident-to-agii-referral"})
        published_.emplace(
            mapping, ketenpoort::test::PublishedSchema(
                         ketenpoort::test::including(
                             magda, "Inburgering.RegistreerToeleidingDienst-01.00/WebService/RegistreerToeleiding.xsd"),
                         *folder));
    }
  }

  // How many messages were made and found valid.
  int check(const std::filesystem::path& samples) {
    int made = 0;
    std::istringstream lines(read_file(samples / "residents.ndjson", std::size_t{64} << 20).value());
    for (std::string line; std::getline(lines, line);)
      if (!line.empty()) made += check_resident(line);
    return made;
  }

  [[nodiscard]] bool has_published() const { return !published_.empty(); }

 private:
  int check_resident(const std::string& line) {
    const auto record = formats::parse_json(line).value();
    const auto number = record.root().find("resident").find("identifiers").find("fedasilNumber").as_string();
    const bool has_ssin = record.root().find("resident").find("identifiers").find("ssin").is(formats::JsonKind::string);
    int made = 0;
    for (const auto& message : messages) {
      const auto& purpose = options_.purposes.at(message.purpose);
      for (const auto& allowed : {purpose.allowed(), purpose.required}) {
        const auto what = fmt::format("{} for {} of {}", message.mapping, message.purpose, *number);
        const auto translated = library_->find(message.mapping, today_)
                                    ->translate(referred(record.root(), message), context(message, allowed));
        if (message.needs_ssin && !has_ssin) {
          EXPECT_FALSE(translated.has_value()) << what;
          if (!translated) EXPECT_EQ(translated.error().reason, Reason::identifier_missing) << what;
          continue;
        }
        if (!translated) {
          ADD_FAILURE() << what << ": " << translated.error().field << ": " << translated.error().detail;
          continue;
        }
        EXPECT_TRUE(allowed.includes(translated->sent)) << what;
        check_bytes(message, translated->bytes, what);
        check_categories(message, record.root(), allowed, *translated, what);
        ++made;
      }
    }
    return made;
  }

  // What is said to be sent is what the message has: without a category it says less, without another it is the same.
  void check_categories(const Message& message, const formats::JsonView& record, const CategorySet& allowed,
                        const Translation& whole, const std::string& what) {
    for (const auto category : allowed.list()) {
      auto fewer = allowed;
      fewer.erase(category);
      const auto without =
          library_->find(message.mapping, today_)->translate(referred(record, message), context(message, fewer));
      const bool differs = !without || without->bytes != whole.bytes;
      EXPECT_EQ(differs, whole.sent.contains(category)) << what << " " << to_text(category);
      if (without && differs)
        EXPECT_TRUE(std::ranges::any_of(without->left_out, [&](const auto& left) { return left.category == category; }))
            << what << " " << to_text(category);
    }
  }

  Context context(const Message& message, CategorySet allowed) const {
    Context c;
    c.transfer = parse_uuid("0f1e2d3c-4b5a-4697-8877-665544332211").value();
    c.now = *parse_rfc3339("2026-11-24T12:00:00+01:00");
    c.purpose = message.purpose;
    c.allowed = allowed;
    c.allow_mock_ssin = true;
    c.derived = {parse_date("2026-06-10"), "TIME", 30, false};
    c.referral_index = 0;
    return c;
  }

  // The record with one referral only: the sample's own to that recipient, or one made up where it has none.
  static std::string referred(const formats::JsonView& record, const Message& message) {
    std::string text;
    formats::JsonWriter writer(text);
    writer.begin_object();
    for (const auto [key, value] : record.members())
      if (key != "referrals") writer.member(key, value);
    writer.key("referrals").begin_array();
    formats::JsonView own;
    for (const auto referral : record.find("referrals").elements())
      if (referral.find("recipient").as_string() == message.recipient) own = referral;
    if (own) {
      writer.value(own);
    } else {
      writer.begin_object().member("id", "R-1").member("recipient", message.recipient);
      writer.member("purpose", message.purpose).member("reason", "INT_HVN").end_object();
    }
    writer.end_array().end_object();
    return text;
  }

  void check_bytes(const Message& message, const std::string& bytes, const std::string& what) {
    if (message.recipient == "municipality") return;
    if (message.mapping == "resident-to-vdab-profile") {
      const auto document = formats::parse_json(bytes);
      ASSERT_TRUE(document.has_value()) << what;
      for (const auto& issue : profile_.check(document->root()))
        ADD_FAILURE() << what << ": " << issue.where << " " << issue.detail;
      return;
    }
    const auto& own = message.mapping == "resident-to-agii-dossier" ? dossier_ : referral_;
    EXPECT_EQ(own.check(bytes), "") << what;
    if (const auto schema = published_.find(message.mapping); schema != published_.end())
      EXPECT_EQ(schema->second.check(bytes), "") << what;
  }

  LoadOptions options_;
  std::unique_ptr<Library> library_;
  Date today_ = parse_date("2026-11-24").value();
  formats::JsonSchema profile_ = formats::JsonSchema::load("mappings/schemas/vdab/profile.schema.json").value();
  formats::XsdSchema dossier_ = formats::XsdSchema::load("mappings/schemas/agii/kbi-dossier.xsd").value();
  formats::XsdSchema referral_ = formats::XsdSchema::load("mappings/schemas/magda/registreer-toeleiding.xsd").value();
  std::map<std::string, ketenpoort::test::PublishedSchema, std::less<>> published_;
};

TEST(Samples, of_the_repository_become_valid_messages) {
  EXPECT_GT(Checker().check("tests/samples"), 100);
}

TEST(Samples, of_another_folder_become_valid_messages) {
  const char* folder = std::getenv("KETENPOORT_SAMPLES");
  if (folder == nullptr) GTEST_SKIP() << "KETENPOORT_SAMPLES names no folder";
  Checker checker;
  const auto made = checker.check(folder);
  EXPECT_GT(made, 0);
  fmt::print("{} messages, {} the published schemas\n", made, checker.has_published() ? "checked against" : "without");
}

// The published schemas do refuse: a check that takes everything checks nothing.
TEST(PublishedSchemas, refuse_a_message_that_lacks_something) {
  const auto folder = ketenpoort::test::magda_folder();
  if (!folder) GTEST_SKIP() << "KETENPOORT_REFERENCE names no folder";
  const ketenpoort::test::PublishedSchema schema(
      ketenpoort::test::including(magda,
                                  "Inburgering.RegistreerToeleidingDienst-01.00/WebService/RegistreerToeleiding.xsd"),
      *folder);
  auto message = read_file("mappings/examples/resident-to-vdab-referral/01-full-record.out.xml").value();
  EXPECT_EQ(schema.check(message), "");
  const auto begin = message.find("<RedenToeleiding>");
  const auto end = message.find("</RedenToeleiding>");
  ASSERT_NE(begin, std::string::npos);
  message.erase(begin, end + 18 - begin);
  EXPECT_NE(schema.check(message), "");
}

}  // namespace
}  // namespace ketenpoort::mapping
