// What must hold whatever the record and the categories: seen on the shipped mappings and their examples.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <random>

#include "gateway/base/files.hpp"
#include "gateway/formats/csv.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/formats/json_schema.hpp"
#include "gateway/formats/xml.hpp"
#include "gateway/formats/xsd.hpp"
#include "gateway/mapping/library.hpp"
#include "gateway/mapping/plan/plan.hpp"
#include "tests/support/odd_values.hpp"
#include "tests/unit/mapping/shipped_purposes.hpp"

namespace ketenpoort::mapping {
namespace {

using Fields = std::map<std::string, int>;  // "path=value" and how often it is there

void collect(formats::JsonView view, const std::string& path, Fields& fields) {
  for (const auto [key, value] : view.members()) collect(value, path + "/" + std::string(key), fields);
  for (const auto element : view.elements()) collect(element, path, fields);
  std::string text;
  if (view.size() == 0) formats::JsonWriter(text).value(view);
  if (!text.empty()) ++fields[path + "=" + text];
}

void collect(const pugi::xml_node& node, const std::string& path, Fields& fields) {
  for (const auto child : node.children()) {
    if (child.type() == pugi::node_element)
      collect(child, path + "/" + child.name(), fields);
    else
      ++fields[path + "=" + child.value()];
  }
  for (const auto attribute : node.attributes()) ++fields[path + "@" + attribute.name() + "=" + attribute.value()];
}

// A line of names and a line of values, as many in each.
formats::CsvTable read_line(const Translation& translation) {
  auto table = formats::parse_csv(translation.bytes, ';');
  EXPECT_TRUE(table.has_value() && table->rows.size() == 1) << translation.bytes;
  return table && table->rows.size() == 1 ? std::move(*table) : formats::CsvTable{{}, {{}}};
}

Fields fields_of(const Translation& translation) {
  Fields fields;
  if (translation.content_type == "text/csv") {
    const auto table = read_line(translation);
    for (std::size_t i = 0; i < table.header.size(); ++i)
      if (const auto& cell = table.rows[0].cells[i]; !cell.empty()) ++fields[table.header[i] + "=" + cell];
    return fields;
  }
  if (translation.content_type == "application/xml") {
    pugi::xml_document document;
    EXPECT_TRUE(formats::parse_xml(translation.bytes, document).has_value());
    collect(document.document_element(), {}, fields);
  } else {
    const auto document = formats::parse_json(translation.bytes);
    EXPECT_TRUE(document.has_value());
    if (document) collect(document->root(), {}, fields);
  }
  return fields;
}

// The same value with the members of every object in another order.
void write_shuffled(formats::JsonView view, formats::JsonWriter& writer, std::mt19937& random) {
  if (view.is(formats::JsonKind::object)) {
    std::vector<std::pair<std::string_view, formats::JsonView>> members;
    for (const auto [key, value] : view.members()) members.emplace_back(key, value);
    std::shuffle(members.begin(), members.end(), random);
    writer.begin_object();
    for (const auto& [key, value] : members) {
      writer.key(key);
      write_shuffled(value, writer, random);
    }
    writer.end_object();
  } else if (view.is(formats::JsonKind::array)) {
    writer.begin_array();
    for (const auto element : view.elements()) write_shuffled(element, writer, random);
    writer.end_array();
  } else {
    writer.value(view);
  }
}

std::string in_words(const Translation& t) {
  auto words = t.bytes;
  for (const auto& f : t.findings) words += "\n" + f.code + " " + f.field + " " + f.detail;
  for (const auto& l : t.left_out) words += "\nleft out " + l.field + " " + l.reason;
  for (const auto& name : t.sent.names()) words += "\nsent " + name;
  return words;
}

class EveryExample : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto loaded = Library::load("mappings", shipped_purposes());
    ASSERT_TRUE(loaded.has_value());
    library = std::make_unique<Library>(std::move(*loaded));
    for (const auto& entry : std::filesystem::recursive_directory_iterator("mappings/examples")) {
      if (!entry.path().string().ends_with(".in.json")) continue;
      const auto text = read_file(entry.path());
      const auto document = formats::parse_json(*text);
      if (document->root().find("each")) continue;  // a table of records, not one
      std::string record;
      formats::JsonWriter(record).value(document->root().find("record"));
      records.push_back(std::move(record));
    }
    ASSERT_FALSE(records.empty());
  }
  static void TearDownTestSuite() { library.reset(); }

  static Context context() {
    Context c;
    c.now = *parse_rfc3339("2026-11-24T12:00:00+01:00");
    c.allowed = CategorySet::all();
    c.allow_mock_ssin = true;
    c.derived = {Date{std::chrono::year{2026} / 8 / 14}, "TIME", 35, false};
    return c;
  }
  // Of one referral, for the mapping's purpose of that number.
  static Context context(const Mapping& mapping, std::size_t referral = 0, std::size_t purpose = 0) {
    auto c = context();
    c.referral_index = referral;
    if (!mapping.purposes().empty()) c.purpose = mapping.purposes()[purpose % mapping.purposes().size()];
    return c;
  }

  // Each record with each of its referrals.
  static std::vector<std::pair<std::string, std::size_t>> every_referral() {
    std::vector<std::pair<std::string, std::size_t>> all;
    for (const auto& record : records) {
      const auto document = formats::parse_json(record);
      for (std::size_t i = 0; i < document->root().find("referrals").size(); ++i) all.emplace_back(record, i);
    }
    return all;
  }

  static inline std::unique_ptr<Library> library;
  static inline std::vector<std::string> records;
};

// Also what is never for a purpose is never in its message, whatever is allowed.
TEST_F(EveryExample, fewer_categories_never_add_a_field) {
  std::mt19937 random(20261124);
  std::map<std::string, int> compared, poorer, never;
  for (const auto& mapping : library->mappings())
    for (const auto& [record, referral] : every_referral())
      for (std::size_t round = 0; round < 4; ++round) {
        auto more = context(*mapping, referral, round);
        more.allowed = mapping->required_categories();
        for (const auto c : CategorySet::all().list())
          if (random() % 4 != 0) more.allowed.insert(c);
        auto fewer = more;
        for (const auto c : more.allowed.list())
          if (random() % 3 == 0 && !mapping->required_categories().contains(c)) fewer.allowed.erase(c);
        const auto with_more = mapping->translate(record, more);
        const auto with_fewer = mapping->translate(record, fewer);
        if (!with_fewer) continue;
        ASSERT_TRUE(with_more.has_value()) << "more categories must not refuse: " << with_more.error().detail;
        const auto& name = mapping->name();
        if (const auto purpose = mapping->plan().purposes.find(more.purpose);
            purpose != mapping->plan().purposes.end()) {
          EXPECT_TRUE(purpose->second.includes(with_more->sent)) << name;
          for (const auto& left : with_more->left_out)
            if (left.reason == "never-for-purpose") ++never[name];
        }
        EXPECT_TRUE(fewer.allowed.includes(with_fewer->sent));
        EXPECT_TRUE(with_more->sent.includes(with_fewer->sent)) << name;
        const auto all = fields_of(*with_more);
        const auto some = fields_of(*with_fewer);
        for (const auto& [field, count] : some) {
          const auto at = all.find(field);
          ASSERT_TRUE(at != all.end() && at->second >= count) << name << ": " << field.substr(0, field.find('='));
        }
        ++compared[name];
        if (some.size() < all.size()) ++poorer[name];
      }
  for (const auto& mapping : library->mappings()) {
    if (!mapping->name().starts_with("resident-to-")) continue;
    EXPECT_GT(compared[mapping->name()], 50) << mapping->name();
    EXPECT_GT(poorer[mapping->name()], 20) << mapping->name() << ": the fewer categories leave nothing out";
  }
  EXPECT_GT(never["resident-to-agii-dossier"], 20) << "nothing is never for a purpose";
}

// The ledger names them, and so does every recall: without one of them the message says less, without another the same.
TEST_F(EveryExample, what_is_said_to_be_sent_is_what_the_message_has) {
  std::mt19937 random(20261130);
  std::size_t compared = 0;
  for (const auto& mapping : library->mappings()) {
    if (!mapping->name().starts_with("resident-to-")) continue;
    for (const auto& [record, referral] : every_referral())
      for (std::size_t round = 0; round < 3; ++round) {
        const auto document = formats::parse_json(record);
        std::string odd;
        formats::JsonWriter writer(odd);
        test::write_odd(document->root(), writer, random, 60);
        const auto whole = context(*mapping, referral, round);
        const auto message = mapping->translate(odd, whole);
        if (!message) continue;
        for (const auto category : CategorySet::all().list()) {
          auto fewer = whole;
          fewer.allowed.erase(category);
          const auto without = mapping->translate(odd, fewer);
          const bool says_less = !without || without->bytes != message->bytes;
          EXPECT_EQ(says_less, message->sent.contains(category)) << mapping->name() << " " << to_text(category);
          if (without && says_less)
            EXPECT_TRUE(
                std::ranges::any_of(without->left_out, [&](const auto& left) { return left.category == category; }))
                << mapping->name() << " " << to_text(category);
          ++compared;
        }
      }
  }
  EXPECT_GT(compared, 5000U);
}

// Policy asks for the categories that a mapping requires before it lets a message be made.
TEST_F(EveryExample, only_a_required_category_refuses_where_it_is_not_allowed) {
  std::map<bool, int> refused;
  for (const auto& mapping : library->mappings())
    for (const auto& [record, referral] : every_referral()) {
      const auto whole = context(*mapping, referral);
      if (!mapping->translate(record, whole)) continue;
      for (const auto category : CategorySet::all().list()) {
        auto fewer = whole;
        fewer.allowed.erase(category);
        const auto without = mapping->translate(record, fewer);
        const bool is_refused = !without && without.error().reason == Reason::category_not_covered;
        EXPECT_EQ(is_refused, mapping->required_categories().contains(category))
            << mapping->name() << " " << to_text(category) << (without ? "" : without.error().detail);
        ++refused[is_refused];
      }
    }
  EXPECT_GT(refused[true], 100);
  EXPECT_GT(refused[false], 1000);
}

TEST_F(EveryExample, order_of_keys_makes_no_difference) {
  std::mt19937 random(7);
  for (const auto& mapping : library->mappings())
    for (const auto& record : records) {
      const auto document = formats::parse_json(record);
      std::string shuffled;
      formats::JsonWriter writer(shuffled);
      write_shuffled(document->root(), writer, random);
      const auto one = mapping->translate(record, context(*mapping));
      const auto other = mapping->translate(shuffled, context(*mapping));
      ASSERT_EQ(one.has_value(), other.has_value());
      if (one) EXPECT_EQ(one->bytes, other->bytes);
    }
}

TEST_F(EveryExample, what_the_plan_lets_through_is_valid_as_a_whole) {
  std::map<std::string, std::string> schemas = {
      {"resident-to-vdab-profile", "mappings/schemas/vdab/profile.schema.json"},
      {"resident-to-municipality-profile", "mappings/schemas/municipality/profile.schema.json"}};
  for (const auto& [name, file] : schemas) {
    const auto schema = formats::JsonSchema::load(file);
    ASSERT_TRUE(schema.has_value());
    const auto* mapping = library->find_version(name, "1.0.0");
    ASSERT_NE(mapping, nullptr);
    std::size_t checked = 0;
    for (const auto& [record, referral] : every_referral()) {
      const auto sent = context(*mapping, referral);
      const auto result = mapping->translate(record, sent);
      if (!result) continue;  // a referral to somebody else
      const auto document = formats::parse_json(result->bytes);
      ASSERT_TRUE(document.has_value());
      for (const auto& issue : schema->check(document->root()))
        ADD_FAILURE() << name << ": " << issue.where << ": " << issue.detail;
      ++checked;
    }
    EXPECT_GT(checked, 0U);
  }
}

// Coverage and explain go the general way with every line, a translation takes short ones where it can.
TEST_F(EveryExample, the_short_way_gives_what_the_general_one_gives) {
  std::mt19937 random(20261128);
  std::size_t translated = 0;
  std::size_t refused = 0;
  for (const auto& mapping : library->mappings())
    for (const auto& [record, referral] : every_referral())
      for (int round = 0; round < 12; ++round) {
        auto sent = context(*mapping, referral);
        if (round % 3 == 2)
          for (const auto c : CategorySet::all().list())
            if (random() % 6 == 0) sent.allowed.erase(c);
        const auto document = formats::parse_json(record);
        std::string odd;
        formats::JsonWriter writer(odd);
        if (round == 0)
          odd = record;
        else
          test::write_odd(document->root(), writer, random, 60);
        const auto short_way = mapping->translate(odd, sent);
        Translation general;
        Footprint footprint;
        const auto done = mapping->translate_noting(odd, sent, general, footprint);
        ASSERT_EQ(short_way.has_value(), done.has_value()) << mapping->name();
        if (short_way) {
          ++translated;
          EXPECT_EQ(in_words(*short_way), in_words(general));
        } else {
          ++refused;
          EXPECT_EQ(short_way.error().reason, done.error().reason);
          EXPECT_EQ(short_way.error().field + short_way.error().detail, done.error().field + done.error().detail);
        }
      }
  EXPECT_GT(translated, 200U);
  EXPECT_GT(refused, 200U);
}

// Most of what the recipient's schema asks is proven when compiled or seen to while writing; the schema's own
// validators (libxml2, the JSON Schema check) must find the same of the finished message, whatever the record and the
// categories.
TEST_F(EveryExample, what_goes_out_is_valid_for_the_schemas_own_validator) {
  std::mt19937 random(20261129);
  std::map<std::string, std::size_t> checked;
  for (const auto& mapping : library->mappings()) {
    const auto& plan = mapping->plan();
    if (mapping->source_format() != "json" || (!plan.target_xsd && !plan.target_schema)) continue;
    for (const auto& [record, referral] : every_referral())
      for (int round = 0; round < 20; ++round) {
        auto sent = context(*mapping, referral);
        if (round % 4 == 3)
          for (const auto c : CategorySet::all().list())
            if (random() % 6 == 0) sent.allowed.erase(c);
        const auto document = formats::parse_json(record);
        std::string odd;
        formats::JsonWriter writer(odd);
        test::write_odd(document->root(), writer, random, 60);
        const auto result = mapping->translate(odd, sent);
        if (!result) continue;
        ++checked[mapping->name()];
        if (plan.target_xsd) {
          EXPECT_EQ(plan.target_xsd->check(result->bytes), "") << mapping->name() << ": " << result->bytes;
          continue;
        }
        if (plan.target_layout) {
          const auto line = read_line(*result);
          for (const auto& cell : line.rows[0].cells)
            EXPECT_NE(cell.find_first_of("=@\t\r"), 0U) << mapping->name() << ": " << result->bytes;
          continue;
        }
        const auto message = formats::parse_json(result->bytes, {.bytes = std::size_t{8} << 20});
        ASSERT_TRUE(message.has_value());
        for (const auto& issue : plan.target_schema->check(message->root()))
          ADD_FAILURE() << mapping->name() << ": " << issue.where << ": " << issue.detail;
      }
  }
  EXPECT_GE(checked.size(), 3U);
  for (const auto& [name, count] : checked) EXPECT_GT(count, 50U) << name;
}

TEST_F(EveryExample, damaged_records_are_refused_or_translated_never_worse) {
  std::mt19937 random(99);
  for (const auto& mapping : library->mappings())
    for (const auto& record : records)
      for (int round = 0; round < 20; ++round) {
        auto damaged = record;
        for (int i = 0; i < 3; ++i) damaged[random() % damaged.size()] = static_cast<char>(random() % 256);
        if (random() % 2 == 0) damaged.resize(random() % damaged.size());
        const auto result = mapping->translate(damaged, context(*mapping));
        if (!result || result->content_type == "application/xml") continue;
        if (result->content_type == "text/csv")
          read_line(*result);
        else
          EXPECT_TRUE(formats::parse_json(result->bytes).has_value());
      }
}

}  // namespace
}  // namespace ketenpoort::mapping
