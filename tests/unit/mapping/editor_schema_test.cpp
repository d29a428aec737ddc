// The JSON Schema that editors complete mapping files with: it accepts every shipped file and knows the words the
// engine knows, no more and no fewer.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "gateway/base/files.hpp"
#include "gateway/domain/category.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/formats/json_schema.hpp"
#include "gateway/formats/yaml.hpp"
#include "gateway/mapping/steps/steps.hpp"

namespace ketenpoort::mapping {
namespace {

constexpr int deepest = 12;  // levels of lines within lines that the test unrolls

// Our validator follows no definition that leads back to itself, so the test writes the levels out.
std::string unrolled(const std::string& text) {
  const auto document = formats::parse_json(text);
  EXPECT_TRUE(document.has_value());
  const auto root = document->root();
  std::string definitions;
  formats::JsonWriter writer(definitions);
  writer.begin_object();
  for (int level = 0; level <= deepest; ++level)
    for (const auto [name, definition] : root.find("definitions").members()) {
      std::string body;
      formats::JsonWriter(body).value(definition);
      const bool leads_back = name == "line" || name == "condition";
      const auto next = fmt::format("{}", leads_back ? level + 1 : level);
      std::string out;
      constexpr std::string_view mark = "\"#/definitions/";
      for (std::size_t at = 0;;) {
        const auto found = body.find(mark, at);
        if (found == std::string::npos) {
          out += body.substr(at);
          break;
        }
        const auto end = body.find('"', found + mark.size());
        out += body.substr(at, end - at) + "_" + next;
        at = end;
      }
      if (leads_back && level == deepest) out = "{}";
      writer.key(std::string(name) + "_" + std::to_string(level)).raw_value(out);
    }
  writer.end_object();
  std::string result;
  formats::JsonWriter whole(result);
  whole.begin_object();
  for (const auto [key, value] : root.members()) {
    if (key == "definitions") continue;
    std::string body;
    formats::JsonWriter(body).value(value);
    for (auto at = body.find("#/definitions/"); at != std::string::npos; at = body.find("#/definitions/", at + 14))
      body.insert(body.find('"', at), "_0");
    whole.key(key).raw_value(body);
  }
  whole.key("definitions").raw_value(definitions).end_object();
  return result;
}

bool is_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos &&
         (text.size() == 1 || text[0] != '0');
}

// As an editor reads YAML: plain true, false and numbers are such.
void write(formats::JsonWriter& writer, const formats::YamlNode& node) {
  using Kind = formats::YamlNode::Kind;
  switch (node.kind) {
    case Kind::mapping:
      writer.begin_object();
      for (const auto& [key, value] : node.members) {
        writer.key(key.text);
        write(writer, value);
      }
      writer.end_object();
      return;
    case Kind::sequence:
      writer.begin_array();
      for (const auto& item : node.items) write(writer, item);
      writer.end_array();
      return;
    case Kind::null:
      writer.raw_value("null");
      return;
    case Kind::scalar:
      if (!node.quoted && (node.text == "true" || node.text == "false"))
        writer.value(node.text == "true");
      else if (!node.quoted && is_number(node.text))
        writer.raw_value(node.text);
      else
        writer.value(node.text);
  }
}

class EditorSchema : public testing::Test {
 protected:
  static std::string complaints(const formats::JsonSchema& schema, const std::string& yaml) {
    const auto root = formats::parse_yaml(yaml);
    if (!root) return root.error().message;
    std::string json;
    formats::JsonWriter writer(json);
    write(writer, *root);
    const auto document = formats::parse_json(json);
    std::string all;
    for (const auto& issue : schema.check(document->root())) all += issue.where + ": " + issue.detail + "\n";
    return all;
  }

  static formats::JsonSchema load(const std::string& properties_of_fragment = "") {
    auto text = unrolled(*read_file("mappings/schemas/mapping.schema.json"));
    if (!properties_of_fragment.empty()) {
      const auto begin = text.find("\"definitions\"");
      text = "{" + properties_of_fragment + "," + text.substr(begin);
    }
    auto schema = formats::JsonSchema::parse(text, "mapping.schema.json");
    if (!schema) {
      ADD_FAILURE() << schema.error().message;
      std::abort();
    }
    return std::move(*schema);
  }
};

TEST_F(EditorSchema, accepts_every_shipped_mapping) {
  const auto schema = load();
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator("mappings")) {
    if (entry.path().extension() != ".yaml") continue;
    ++files;
    const auto text = *read_file(entry.path());
    EXPECT_EQ(complaints(schema, text), "") << entry.path();
    EXPECT_NE(text.find("# yaml-language-server: $schema=schemas/mapping.schema.json"), std::string::npos)
        << entry.path();
  }
  EXPECT_GE(files, 3);
}

TEST_F(EditorSchema, accepts_every_shipped_fragment) {
  const auto own = formats::parse_json(*read_file("mappings/schemas/fragment.schema.json"));
  ASSERT_TRUE(own.has_value());
  EXPECT_EQ(own->root().find("properties").find("fields").find("$ref").as_string(),
            "mapping.schema.json#/definitions/fields");
  const auto schema = load(R"("type":"object","required":["fragment","version","fields"],"additionalProperties":false,
    "properties":{"fragment":{"type":"string"},"version":{"type":"string"},"fields":{"$ref":"#/definitions/fields_0"}})");
  for (const auto& entry : std::filesystem::directory_iterator("mappings/fragments")) {
    const auto text = *read_file(entry.path());
    EXPECT_EQ(complaints(schema, text), "") << entry.path();
    EXPECT_NE(text.find("# yaml-language-server: $schema=../schemas/fragment.schema.json"), std::string::npos)
        << entry.path();
  }
}

TEST_F(EditorSchema, refuses_what_the_engine_refuses) {
  const auto schema = load();
  const std::string head =
      "mapping: m\nversion: 1.0.0\neffective: { from: 2026-01-01 }\nsource: { format: json, schema: s.json }\n"
      "target: { format: json, schema: t.json }\nrecipient: vdab\npurposes: [work-guidance]\n";
  for (const char* right :
       {"fields: { a: { from: name, data: skills } }",
        "fields: { a: { from: name, do: [trim, { latin: true, error: omit }, { truncate: 48 }], data: skills } }",
        "fields: { a: { from: name, do: [{ codes: sex, unmapped: { value: X } }], data: skills } }",
        "fields: { a: { from: day, do: [{ date: true, error: omit }, { boolean: true }], data: skills } }"})
    EXPECT_EQ(complaints(schema, head + right + "\n"), "") << right;
  for (const char* wrong :
       {"fields: { a: { form: name, data: skills } }", "fields: { a: { from: name, data: skils } }",
        "fields: { a: { from: name, do: [trimm] } }",
        "fields: { a: { from: name, do: [{ latin: true, error: maybe }] } }",
        "fields: { a: { from: name, do: [{ latin: true, missing: omit }] } }",
        "fields: { a: { for_each: x, fields: { b: { frm: y } } } }", "fields: { a: { from: name, missing: never } }",
        "fields: { a: { from: name, when: [] } }", "feilds: {}", "fields: { a: { join: [], data: skills } }",
        "fields: { a: { from: name, literal: 'n l!', data: skills } }"})
    EXPECT_NE(complaints(schema, head + wrong + "\n"), "") << wrong;
}

TEST_F(EditorSchema, knows_every_step_and_category) {
  const auto document = formats::parse_json(*read_file("mappings/schemas/mapping.schema.json"));
  const auto definitions = document->root().find("definitions");
  std::set<std::string> steps;
  for (const auto form : definitions.find("step").find("anyOf").elements()) {
    for (const auto each : form.find("enum").elements()) steps.insert(std::string(*each.as_string()));
    for (const auto [name, value] : form.find("properties").members()) steps.insert(std::string(name));
  }
  for (const char* policy : {"error", "unmapped"}) EXPECT_EQ(steps.erase(policy), 1U) << policy;
  std::set<std::string> known;
  for (const auto& kind : all_steps()) known.insert(std::string(kind.name));
  EXPECT_EQ(steps, known);

  std::set<std::string> categories;
  for (const auto each : definitions.find("line").find("properties").find("data").find("enum").elements())
    categories.insert(std::string(*each.as_string()));
  std::set<std::string> all{"none"};
  for (const auto& name : CategorySet::all().names()) all.insert(name);
  EXPECT_EQ(categories, all);
}

// The guide's table of steps is the engine's.
TEST(MappingGuide, tells_every_step_as_the_engine_has_it) {
  const auto guide = *read_file("docs/mapping-guide.md");
  for (const auto& kind : all_steps()) {
    const auto* policy = kind.fails == StepFailure::never   ? "cannot fail"
                         : kind.fails == StepFailure::error ? "`error`"
                                                            : "`unmapped`";
    const auto line = fmt::format("\n| `{}` | {} | {} |\n", kind.name, kind.doc, policy);
    EXPECT_NE(guide.find(line), std::string::npos) << "docs/mapping-guide.md lacks:" << line;
  }
}

}  // namespace
}  // namespace ketenpoort::mapping
