// docs/openapi.yaml says of every route what the router does, and of no other.
#include "gateway/api/routes/documentation.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <set>

#include "gateway/api/api.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/formats/yaml.hpp"
#include "tests/unit/exchange/small_mappings.hpp"

namespace ketenpoort::api {
namespace {

using formats::YamlNode;

class NoStock final : public exchange::VaultStock {
 public:
  Status each_holding(const std::function<void(const exchange::Holding&)>&) const override { return {}; }
  [[nodiscard]] std::uint64_t subject_count() const override { return 0; }
  [[nodiscard]] std::uint64_t bytes_on_disk() const override { return 0; }
  [[nodiscard]] ledger::VaultChange note_stay_end(const SubjectRef&, Date) const override { return {}; }
  Status settle() override { return {}; }
};

// What a call is, as far as both the document and the router say it.
struct Operation {
  std::set<std::string> scopes;  // any of them; none: anyone may
  std::set<std::string> media_types;
  bool takes_query = false;
  bool operator==(const Operation&) const = default;
};
using Operations = std::map<std::string, Operation>;  // "GET /transfers/{id}"

void PrintTo(const Operation& operation, std::ostream* out) {
  *out << "scopes:";
  for (const auto& scope : operation.scopes) *out << ' ' << scope;
  *out << "; body:";
  for (const auto& type : operation.media_types) *out << ' ' << type;
  *out << (operation.takes_query ? "; takes a query" : "");
}

class Documentation : public exchange::FormatsFixture {
 protected:
  void SetUp() override {
    FormatsFixture::SetUp();
    auto parsed = formats::parse_yaml(openapi_document);
    if (!parsed)
      for (const auto& issue : parsed.error().issues) ADD_FAILURE() << issue.where << ": " << issue.detail;
    ASSERT_TRUE(parsed);
    document_ = std::move(*parsed);
    index_ = audit::Index::open({state_.path() / "index.sqlite", state_.path() / "ledger"}).value();
    dispatcher_ = std::make_unique<exchange::Dispatcher>(*facilities_, 1);
    retention_ = std::make_unique<exchange::RetentionRuns>(*facilities_, stock_, exchange::RetentionTerms{});
    reload_ = std::make_unique<exchange::FormatsReload>(*facilities_, files_.folder(), mapping::LoadOptions{}, [] {});
    notifier_ = std::make_unique<exchange::Notifier>(
        *facilities_, [](const SubjectRef&, ledger::Seq) { return Result<std::vector<std::string>>(); });
    routes_ = make_routes({.facilities = *facilities_,
                           .dispatcher = *dispatcher_,
                           .index = *index_,
                           .workers = workers_,
                           .exports = workers_,
                           .health = health_,
                           .look_at_health = [] {},
                           .on_erased = [] {},
                           .retention = *retention_,
                           .reload = *reload_,
                           .notifier = *notifier_,
                           .schemas = files_.folder() / "schemas",
                           .unknown_codes = &unknown_codes_});
  }
  void TearDown() override {
    routes_.clear();
    notifier_.reset();
    reload_.reset();
    retention_.reset();
    dispatcher_.reset();
    index_.reset();
    workers_.stop();
    FormatsFixture::TearDown();
  }

  // A node, or what its $ref means.
  [[nodiscard]] const YamlNode& resolve(const YamlNode& node) const {
    const auto* reference = node.find("$ref");
    if (reference == nullptr || !reference->text.starts_with("#/")) return node;
    const YamlNode* at = &document_;
    std::string_view rest = std::string_view(reference->text).substr(2);
    while (at != nullptr && !rest.empty()) {
      const auto end = rest.find('/');
      at = at->find(rest.substr(0, end));
      rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    }
    if (at == nullptr) throw std::runtime_error("nothing stands at " + reference->text);
    return *at;
  }

  static std::set<std::string> scopes_of(const YamlNode& operation) {
    std::set<std::string> scopes;
    const auto* security = operation.find("security");
    if (security == nullptr) return {"(security is missing)"};
    for (const auto& way : security->items)
      for (const auto& [scheme, names] : way.members)
        for (const auto& name : names.items) scopes.insert(name.text);
    return scopes;
  }

  [[nodiscard]] Operation read(const YamlNode& operation) const {
    Operation out;
    out.scopes = scopes_of(operation);
    if (const auto* body = operation.find("requestBody"))
      for (const auto& [type, content] : resolve(*body).find("content")->members) out.media_types.insert(type.text);
    if (const auto* parameters = operation.find("parameters"))
      for (const auto& parameter : parameters->items)
        if (resolve(parameter).find("in")->text == "query") out.takes_query = true;
    return out;
  }

  [[nodiscard]] Operations documented() const {
    Operations out;
    for (const auto& [path, methods] : document_.find("paths")->members)
      for (const auto& [method, operation] : methods.members) {
        std::string name = method.text;
        for (auto& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        out[name + ' ' + path.text] = read(operation);
      }
    return out;
  }

  [[nodiscard]] Operations routed() const {
    Operations out;
    for (const auto& route : routes_) {
      std::string path(route.path);
      if (const auto dots = path.find("...}"); dots != std::string::npos) path.erase(dots, 3);
      Operation one;
      if (route.access == Access::scope) one.scopes.insert(std::string(route.scope));
      for (const auto other : {route.or_scope, route.or_third_scope})
        if (!other.empty()) one.scopes.insert(std::string(other));
      if (route.method == "POST")
        for (const auto type : route.media_types) one.media_types.insert(std::string(type));
      one.takes_query = route.takes_query;
      out[std::string(route.method) + ' ' + path] = one;
    }
    // Takes any; the document names the one that C2SP clients send.
    out.at("POST /ledger/witness").media_types = {"text/plain"};
    return out;
  }

  void each_reference(const YamlNode& node, const std::function<void(const std::string&)>& visit) const {
    if (const auto* reference = node.find("$ref")) visit(reference->text);
    for (const auto& item : node.items) each_reference(item, visit);
    for (const auto& [key, value] : node.members) each_reference(value, visit);
  }

  // What readers of YAML 1.1, which most tools of partners are, take for a boolean where YAML 1.2 has a word.
  static bool is_boolean_to_some(const YamlNode& node) {
    static const std::set<std::string> words = {"y", "n", "yes", "no", "on", "off"};
    return node.is(YamlNode::Kind::scalar) && !node.quoted && words.contains(to_lower(node.text));
  }

  void expect_plain(const YamlNode& node) const {
    EXPECT_FALSE(is_boolean_to_some(node)) << node.line << ": " << node.text << " wants quotes";
    for (const auto& item : node.items) expect_plain(item);
    for (const auto& [key, value] : node.members) {
      EXPECT_FALSE(value.is(YamlNode::Kind::null)) << key.line << ": nothing stands at \"" << key.text << '"';
      expect_plain(key);
      expect_plain(value);
    }
  }

  YamlNode document_;
  ketenpoort::test::ScratchFolder state_;
  NoStock stock_;
  Workers workers_{1, 16};
  exchange::UnknownCodes unknown_codes_;
  HealthBoard health_;
  std::unique_ptr<audit::Index> index_;
  std::unique_ptr<exchange::Dispatcher> dispatcher_;
  std::unique_ptr<exchange::RetentionRuns> retention_;
  std::unique_ptr<exchange::FormatsReload> reload_;
  std::unique_ptr<exchange::Notifier> notifier_;
  std::vector<Route> routes_;
};

TEST_F(Documentation, has_every_route_with_its_scopes_media_types_and_query_and_no_other) {
  const auto document = documented();
  const auto routes = routed();
  for (const auto& [name, operation] : routes) {
    const auto it = document.find(name);
    if (it == document.end()) {
      ADD_FAILURE() << name << " is missing in docs/openapi.yaml";
      continue;
    }
    EXPECT_EQ(it->second, operation) << name;
  }
  for (const auto& [name, operation] : document)
    EXPECT_TRUE(routes.contains(name)) << name << " stands in docs/openapi.yaml and is no route";
}

TEST_F(Documentation, refers_to_what_it_defines_and_defines_nothing_in_vain) {
  std::set<std::string> referred;
  each_reference(document_, [&](const std::string& reference) {
    if (reference.starts_with("#/components/")) referred.insert(reference);
  });
  for (const auto& [group, members] : document_.find("components")->members) {
    if (group.text == "securitySchemes") continue;
    for (const auto& [name, definition] : members.members) {
      const auto path = "#/components/" + group.text + '/' + name.text;
      EXPECT_EQ(referred.erase(path), 1U) << path << " is defined in vain";
    }
  }
  for (const auto& reference : referred) ADD_FAILURE() << reference << " is not defined";
}

// Served, they lie beneath /doc; who opens the document in the repository has them as well.
TEST_F(Documentation, has_the_schemas_that_it_names_beside_it) {
  std::set<std::string> files;
  each_reference(document_, [&](const std::string& reference) {
    if (!reference.starts_with('#')) files.insert(reference);
  });
  EXPECT_EQ(files.size(), 2U);
  for (const auto& file : files) EXPECT_TRUE(std::filesystem::exists("docs/" + file)) << file;
}

TEST_F(Documentation, says_of_every_operation_what_it_is_and_who_is_turned_away) {
  std::set<std::string> ids;
  for (const auto& [path, methods] : document_.find("paths")->members)
    for (const auto& [method, operation] : methods.members) {
      const auto name = method.text + ' ' + path.text;
      ASSERT_NE(operation.find("operationId"), nullptr) << name;
      EXPECT_TRUE(ids.insert(operation.find("operationId")->text).second) << name;
      EXPECT_NE(operation.find("summary"), nullptr) << name;
      const auto* responses = operation.find("responses");
      ASSERT_NE(responses, nullptr) << name;
      const bool open = operation.find("security")->items.empty();
      for (const auto* status : {"401", "403"}) EXPECT_EQ(responses->find(status) == nullptr, open) << name << status;
    }
}

// A comma in a description without quotes ends it within braces: what follows it becomes a keyword that no OpenAPI has.
TEST_F(Documentation, says_the_same_to_every_reader_of_yaml) {
  expect_plain(document_);
}

}  // namespace
}  // namespace ketenpoort::api
