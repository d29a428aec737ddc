// The simulators' quick readers against the ones they spare: what a quick reader takes, libxml2 and the reader of trees
// take too, with the same texts. Whole examples are taken; damage of every kind is made to them.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <random>

#include "adapters/agii/simulator/dossier_reader.hpp"
#include "adapters/agii/simulator/dossier_schema.hpp"
#include "adapters/simulator/own_schema.hpp"
#include "adapters/simulator/quick_graph.hpp"
#include "gateway/base/files.hpp"

namespace ketenpoort::simulator {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view transfer = "0f1e2d3c-4b5a-4697-8877-665544332211";
constexpr unsigned changes_per_example = 3000;
constexpr unsigned enough_taken = 300;  // changes that leave a message right: or a test would look at nothing

std::vector<std::string> examples(std::string_view mapping) {
  std::vector<std::string> texts;
  for (const auto& entry : fs::directory_iterator(fs::path("mappings/examples") / mapping))
    if (entry.path().stem().extension() == ".out") texts.push_back(read_file(entry.path()).value());
  return texts;
}

// One to three changes of a text: bytes, and pieces that mean something in its language.
class Damage {
 public:
  Damage(std::vector<std::string_view> pieces, unsigned seed) : pieces_(std::move(pieces)), dice_(seed) {}

  std::string apply(std::string text) {
    for (auto changes = 1 + below(3); changes > 0; --changes) change(text);
    return text;
  }

 private:
  std::size_t below(std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(dice_); }

  void change(std::string& text) {
    constexpr std::size_t longest = 40;
    const auto at = below(text.size());
    const auto size = std::min(1 + below(longest), text.size() - at);
    switch (below(6)) {
      case 0:
        text[at] = static_cast<char>(below(256));
        break;
      case 1:
        text.erase(at, size);
        break;
      case 2:
        text.insert(below(text.size()), text.substr(at, size));
        break;
      case 3:
        text.insert(at, pieces_[below(pieces_.size())]);
        break;
      case 4:
        repeat_or_drop_line(text, at);
        break;
      default:
        text.replace(at, size, pieces_[below(pieces_.size())]);
    }
  }

  // From one mark of the language to the next: an element, a member.
  void repeat_or_drop_line(std::string& text, std::size_t at) {
    constexpr std::string_view marks = "<,";
    const auto from = text.find_first_of(marks, at);
    const auto to = from == std::string::npos ? from : text.find_first_of(marks, from + 1);
    if (to == std::string::npos) return;
    if (below(2) == 0)
      text.insert(to, text.substr(from, to - from));
    else
      text.erase(from, to - from);
  }

  std::vector<std::string_view> pieces_;
  std::mt19937 dice_;
};

struct Graphs {
  std::string_view mapping;
  const GraphRules& (*rules)();
};
class GraphTest : public testing::TestWithParam<Graphs> {};
INSTANTIATE_TEST_SUITE_P(QuickGraph, GraphTest,
                         testing::Values(Graphs{"resident-to-vdab-profile", vdab_graph},
                                         Graphs{"resident-to-municipality-profile", municipality_graph}));

TEST_P(GraphTest, takes_every_right_example_without_escapes) {
  const QuickGraph quick(GetParam().rules());
  unsigned right = 0;
  for (const auto& text : examples(GetParam().mapping)) {
    if (text.find('\\') != std::string::npos) continue;  // escapes are the other reader's
    const bool is_right = !find_graph_fault(text, transfer, GetParam().rules());
    EXPECT_EQ(quick.is_surely_right(text, transfer), is_right) << text;
    right += is_right ? 1 : 0;
  }
  EXPECT_GE(right, 8U);
}

TEST_P(GraphTest, takes_nothing_that_the_reader_of_trees_refuses) {
  const QuickGraph quick(GetParam().rules());
  Damage damage({"\"@type\":",
                 "\"@id\":\"_:person\",",
                 "\"@context\":{},",
                 "null",
                 "{}",
                 "[]",
                 "\"\"",
                 ",",
                 "}",
                 "]",
                 "\"@type\":\"Persoon\",",
                 "\"Persoon.voornaam\":\"A\",",
                 "\\u0000",
                 "\\ud800",
                 "\\u0041",
                 "\\",
                 "\"",
                 "true",
                 "-1",
                 "1e5",
                 "12345678901234567890",
                 "\xC3\xAB",
                 "\xC3",
                 "\x01",
                 "Rijksregister",
                 "//"},
                1);
  unsigned taken = 0;
  for (const auto& text : examples(GetParam().mapping)) {
    for (unsigned i = 0; i < changes_per_example; ++i) {
      const auto changed = damage.apply(text);
      if (!quick.is_surely_right(changed, transfer)) continue;
      ++taken;
      const auto fault = find_graph_fault(changed, transfer, GetParam().rules());
      ASSERT_FALSE(fault) << *fault << "\n" << changed;
    }
  }
  EXPECT_GE(taken, enough_taken);
}

TEST_P(GraphTest, takes_no_control_character_wherever_it_stands) {
  const QuickGraph quick(GetParam().rules());
  const auto text = examples(GetParam().mapping).front();
  for (std::size_t at = 0; at < text.size(); at += 7) {
    auto changed = text;
    changed[at] = static_cast<char>(at % 0x20);
    if (!quick.is_surely_right(changed, transfer)) continue;
    const auto fault = find_graph_fault(changed, transfer, GetParam().rules());
    ASSERT_FALSE(fault) << *fault << " at byte " << at;
  }
}

TEST_P(GraphTest, takes_no_other_transfer) {
  const QuickGraph quick(GetParam().rules());
  for (const auto& text : examples(GetParam().mapping))
    EXPECT_FALSE(quick.is_surely_right(text, "0190b6c8-0000-7000-8000-000000000009"));
}

// What libxml2 says of a document: nothing when it is not valid.
std::optional<std::vector<std::string>> texts_by_libxml2(std::string_view text) {
  static const OwnSchema schema(dossier_schema);
  const auto document = read_document(text);
  if (!document || document->intSubset != nullptr || schema.find_fault(document.get())) return std::nullopt;
  const auto* root = xmlDocGetRootElement(document.get());
  return std::vector{text_at(root, insz_at), text_at(root, sender_at), text_at(root, transfer_at)};
}

TEST(QuickXml, takes_every_valid_example_without_references) {
  unsigned valid = 0;
  for (const auto& text : examples("resident-to-agii-dossier")) {
    const auto expected = texts_by_libxml2(text);
    const auto quick = dossier_reader().read(text);
    if (text.find('&') != std::string::npos) continue;  // references are libxml2's
    ASSERT_EQ(quick.has_value(), expected.has_value()) << text;
    if (!quick) continue;
    ++valid;
    EXPECT_THAT(*quick, testing::ElementsAreArray(*expected));
  }
  EXPECT_GE(valid, 8U);
}

TEST(QuickXml, takes_nothing_that_libxml2_refuses_and_reads_the_same) {
  Damage damage({"<!-- -->",
                 "]]>",
                 "&amp;",
                 "&lt;",
                 "&",
                 "<INSZ/>",
                 "<INSZ></INSZ>",
                 "<Naam>",
                 "</Naam>",
                 " a=\"b\"",
                 " Beschrijving=\"x\"",
                 " typering=\"x\"",
                 " xmlns=\"urn:x\"",
                 "<![CDATA[x]]>",
                 "<?x y?>",
                 "/",
                 ">",
                 "<",
                 "\"",
                 "\r",
                 "\n",
                 "\xC2\xA0",
                 "\xEF\xBF\xBF",
                 "\xC3",
                 "\x01",
                 "@",
                 "0",
                 "A",
                 "xmlns:k",
                 "<!DOCTYPE a>"},
                2);
  unsigned taken = 0;
  for (const auto& text : examples("resident-to-agii-dossier")) {
    for (unsigned i = 0; i < changes_per_example; ++i) {
      const auto changed = damage.apply(text);
      const auto quick = dossier_reader().read(changed);
      if (!quick) continue;
      ++taken;
      const auto expected = texts_by_libxml2(changed);
      ASSERT_TRUE(expected) << changed;
      ASSERT_THAT(*quick, testing::ElementsAreArray(*expected)) << changed;
    }
  }
  EXPECT_GE(taken, enough_taken);
}

TEST(QuickXml, knows_its_schema_or_says_so) {
  EXPECT_THROW(QuickXml("<xs:schema", "KBIDossier", {}), std::logic_error);
  EXPECT_THROW(QuickXml(dossier_schema, "Dossier", {}), std::logic_error);
  EXPECT_THROW(QuickXml(dossier_schema, "KBIDossier", {{"Personalia", "Leeftijd"}}), std::logic_error);
  EXPECT_THROW(QuickXml(dossier_schema, "KBIDossier", {{"Talenkennis", "Talen", "Taal"}}), std::logic_error);
}

}  // namespace
}  // namespace ketenpoort::simulator
