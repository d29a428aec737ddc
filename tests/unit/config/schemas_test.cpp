// The schemas that editors use agree with what is shipped, and with the loader on what it refuses.
#include <gmock/gmock.h>

#include <regex>

#include "gateway/base/files.hpp"
#include "gateway/formats/json_schema.hpp"
#include "gateway/formats/yaml.hpp"

namespace ketenpoort::config {
namespace {

using formats::YamlNode;
namespace fs = std::filesystem;

// As an editor sees a YAML value: plain numbers and booleans are what they look like (YAML core schema).
void write(formats::JsonWriter& out, const YamlNode& node) {
  static const std::regex number("-?(0|[1-9][0-9]*)(\\.[0-9]+)?");
  switch (node.kind) {
    case YamlNode::Kind::scalar:
      if (!node.quoted && (std::regex_match(node.text, number) || node.text == "true" || node.text == "false"))
        out.raw_value(node.text);
      else
        out.value(node.text);
      return;
    case YamlNode::Kind::sequence:
      out.begin_array();
      for (const auto& item : node.items) write(out, item);
      out.end_array();
      return;
    case YamlNode::Kind::mapping:
      out.begin_object();
      for (const auto& [key, value] : node.members) write(out.key(key.text), value);
      out.end_object();
      return;
    case YamlNode::Kind::null:
      FAIL() << "line " << node.line << " stands empty";
  }
}

// The schema the file's own comment points an editor to.
fs::path schema_of(const fs::path& file, const std::string& text) {
  static const std::regex comment(R"(# yaml-language-server: \$schema=(\S+))");
  std::smatch found;
  EXPECT_TRUE(std::regex_search(text, found, comment)) << file << " names no schema";
  return file.parent_path() / found[1].str();
}

std::vector<Issue> check(const fs::path& file, std::string_view what = "", std::string_view with = "") {
  auto text = read_file(file).value();
  if (!what.empty()) {
    EXPECT_NE(text.find(what), std::string::npos);
    text.replace(text.find(what), what.size(), with);
  }
  const auto schema = formats::JsonSchema::load(schema_of(file, text));
  EXPECT_TRUE(schema) << schema.error().message;
  const auto root = formats::parse_yaml(text);
  EXPECT_TRUE(root);
  std::string json;
  formats::JsonWriter out(json);
  write(out, *root);
  const auto document = formats::parse_json(json);
  EXPECT_TRUE(document);
  return schema->check(document->root());
}

TEST(EditorSchemas, every_shipped_file_is_valid_under_the_schema_it_names) {
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator("config")) {
    if (entry.path().extension() != ".yaml" || entry.path().string().find("/demo/") != std::string::npos) continue;
    for (const auto& issue : check(entry.path()))
      ADD_FAILURE() << entry.path() << " " << issue.where << " " << issue.detail;
    ++files;
  }
  EXPECT_GE(files, 16U);
}

TEST(EditorSchemas, refuse_what_the_loader_refuses) {
  EXPECT_THAT(check("config/gateway.yaml", "  port: 8443", "  prot: 8443"), ::testing::SizeIs(1));
  EXPECT_THAT(check("config/gateway.yaml", "port: 8443", "port: 99999"), ::testing::SizeIs(1));
  EXPECT_THAT(check("config/gateway.yaml", "request: 30s ", "request: 30 "), ::testing::SizeIs(1));
  EXPECT_THAT(check("config/purposes.yaml", "minors: refused", "minors: maybe"), ::testing::SizeIs(1));
  EXPECT_THAT(check("config/purposes.yaml", R"(["11002"])", R"(["1102"])"), ::testing::SizeIs(1));
  EXPECT_THAT(check("config/purposes.yaml", R"("0887010362", regions: [VLA])", R"("0887010362")"),
              ::testing::SizeIs(1));
  EXPECT_THAT(check("config/purposes.yaml", R"("0887010362", regions: [VLA])", R"("0887010362", regions: [])"),
              ::testing::SizeIs(1));
  EXPECT_THAT(check("config/agreements/vdab.yaml", "work-experience", "work-experiance"), ::testing::SizeIs(1));
  EXPECT_THAT(check("config/partners/vdab.yaml", "path: /ketenpoort/recalls", "path: recalls"), ::testing::SizeIs(1));
  EXPECT_THAT(check("config/partners/vdab.yaml", "path: /ketenpoort/recalls", "push: no"), ::testing::SizeIs(1));
  EXPECT_THAT(check("config/partners/vdab.yaml", "algorithm: RS256", "algorithm: HS256"), ::testing::SizeIs(1));
  EXPECT_THAT(check("config/partners/vdab.yaml", "https://authenticatie.partner.example/op/v1/token", "http://a/t"),
              ::testing::SizeIs(1));
  EXPECT_THAT(check("config/partners/vdab.yaml", "      sender: ", "      sendr: "),
              ::testing::Not(::testing::IsEmpty()));
  EXPECT_THAT(check("config/partners/vdab.yaml", "hoedanigheid: FEDASIL", "hoedanigheid: OPVANGNETWERK-VAN-FEDASIL"),
              ::testing::SizeIs(1));
  EXPECT_THAT(check("config/clients.yaml", "scopes: [rights]", "scopes: [right]"), ::testing::SizeIs(1));
}

}  // namespace
}  // namespace ketenpoort::config
