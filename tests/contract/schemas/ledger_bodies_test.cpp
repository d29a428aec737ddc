// The published schema of a kind and the strict reader of its body agree: on what is written, and on one mistake
// anywhere.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "gateway/formats/json.hpp"
#include "gateway/formats/json_schema.hpp"
#include "gateway/ledger/entry/kinds.hpp"
#include "tests/support/body_samples.hpp"

namespace ketenpoort::ledger::test {
namespace {

namespace fs = std::filesystem;
using formats::JsonKind;
using formats::JsonView;

const fs::path schemas = "docs/ledger-schemas";  // tests run in the repository's root

formats::JsonSchema schema_of(const std::string& kind) {
  auto schema = formats::JsonSchema::load(schemas / (kind + ".schema.json"));
  if (!schema) throw std::runtime_error(kind + ": " + schema.error().message);
  return std::move(*schema);
}

bool fits(const formats::JsonSchema& schema, const std::string& json) {
  const auto document = formats::parse_json(json);
  return document && schema.check(document->root()).empty();
}

TEST(BodySchemas, there_is_one_for_every_kind_and_no_other) {
  std::set<std::string> files;
  for (const auto& file : fs::directory_iterator(schemas)) files.insert(file.path().filename().string());
  for (std::size_t i = 0; i < kind_count; ++i)
    EXPECT_EQ(files.erase(std::string(to_text(static_cast<Kind>(i))) + ".schema.json"), 1U);
  EXPECT_TRUE(files.empty());
}

TEST(BodySchemas, accept_what_is_written) {
  for (const auto& [kind, body, read] : body_samples()) {
    const auto document = formats::parse_json(body);
    for (const auto& issue : schema_of(kind).check(document->root()))
      ADD_FAILURE() << kind << " " << issue.where << ": " << issue.detail << "\n" << body;
  }
}

TEST(BodySchemas, accept_every_body_of_a_whole_log) {
  for (const auto& line : Story::whole().log.lines) {
    const auto document = formats::parse_json(line.draft.body);
    for (const auto& issue : schema_of(line.draft.kind).check(document->root()))
      ADD_FAILURE() << line.draft.kind << " " << issue.where << ": " << issue.detail;
  }
}

// One mistake in a body: at a value that is the number `at` when all are counted from the outside in.
enum class Mistake { a_key_missing, a_key_more, a_wrong_type };

class Mutation {
 public:
  Mutation(Mistake mistake, std::size_t at) : mistake_(mistake), left_(at) {}

  std::string of(const JsonView& body) {
    write(body);
    return std::move(out_);
  }
  [[nodiscard]] bool made() const { return made_; }

 private:
  bool strikes() {
    if (made_) return false;
    if (left_-- > 0) return false;
    return made_ = true;
  }

  void write(const JsonView& value) {
    if (mistake_ == Mistake::a_wrong_type && strikes()) {
      out_ += value.is(JsonKind::boolean) ? "1" : "true";
      return;
    }
    if (value.is(JsonKind::object)) return write_object(value);
    if (!value.is(JsonKind::array)) return write_scalar(value);
    out_ += '[';
    bool first = true;
    for (const auto item : value.elements()) {
      if (!std::exchange(first, false)) out_ += ',';
      write(item);
    }
    out_ += ']';
  }

  void write_scalar(const JsonView& value) {
    if (const auto text = value.as_string()) {
      out_ += quoted(*text);
    } else if (const auto number = value.as_number()) {
      out_ += *number;
    } else {
      out_ += value.as_bool() == true ? "true" : "false";
    }
  }

  void write_object(const JsonView& value) {
    out_ += '{';
    bool first = true;
    for (const auto [name, member] : value.members()) {
      if (mistake_ == Mistake::a_key_missing && strikes()) continue;
      if (!std::exchange(first, false)) out_ += ',';
      out_ += quoted(name) + ':';
      write(member);
    }
    if (mistake_ == Mistake::a_key_more && strikes()) out_ += first ? R"("zzz":1)" : R"(,"zzz":1)";
    out_ += '}';
  }

  static std::string quoted(std::string_view text) {
    std::string out;
    append_canonical_string(out, text);
    return out;
  }

  Mistake mistake_;
  std::size_t left_;
  bool made_ = false;
  std::string out_;
};

// A key that may be missing is missing for both; everything else neither lets pass.
TEST(BodySchemas, and_the_strict_reader_agree_on_every_single_mistake) {
  std::size_t mistakes = 0;
  std::size_t refused = 0;
  for (const auto& [kind, body, read] : body_samples()) {
    const auto schema = schema_of(kind);
    const auto document = formats::parse_json(body);
    for (const auto mistake : {Mistake::a_key_missing, Mistake::a_key_more, Mistake::a_wrong_type})
      for (std::size_t at = 0;; ++at) {
        Mutation mutation(mistake, at);
        const auto wrong = mutation.of(document->root());
        if (!mutation.made()) break;
        const bool reads = read(wrong).has_value();
        EXPECT_EQ(fits(schema, wrong), reads) << kind << "\n" << wrong;
        if (mistake != Mistake::a_key_missing) EXPECT_FALSE(reads) << kind << "\n" << wrong;
        refused += reads ? 0U : 1U;
        ++mistakes;
      }
  }
  EXPECT_GT(mistakes, 800U);
  EXPECT_GT(refused, 600U);
}

TEST(BodySchemas, explain_every_key) {
  for (std::size_t i = 0; i < kind_count; ++i) {
    const auto kind = std::string(to_text(static_cast<Kind>(i)));
    const auto schema = schema_of(kind);
    const auto document = formats::parse_json(schema.text());
    ASSERT_TRUE(document);
    EXPECT_TRUE(document->root().find("description")) << kind;
    for (const auto [name, property] : document->root().find("properties").members()) {
      EXPECT_TRUE(property.find("title")) << kind << " " << name;
      EXPECT_TRUE(property.find("description")) << kind << " " << name;
    }
  }
}

}  // namespace
}  // namespace ketenpoort::ledger::test
