// JSON Schema draft-04, compiled once and checked against parsed documents.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::formats {

struct SchemaNode;

// Immutable; any number of threads may check at once. A keyword we do not enforce is an error at loading: a rule that
// is silently not checked is worse than none.
class JsonSchema {
 public:
  static Result<JsonSchema> load(const std::filesystem::path& file);
  static Result<JsonSchema> parse(std::string_view text, std::string_view name);

  JsonSchema(JsonSchema&&) noexcept;
  JsonSchema& operator=(JsonSchema&&) noexcept;
  ~JsonSchema();

  // Everything wrong with a value, the first `most` of it: where = path ("resident.birth.date"), detail = what is wrong
  // and how to fix it, never the value itself. Empty: valid. `POST /records` runs schemas/resident-1.schema.json.
  [[nodiscard]] std::vector<Issue> check(const JsonView& value, std::size_t most = 50) const;

  [[nodiscard]] const SchemaNode& root() const { return *root_; }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  JsonSchema();
  std::vector<std::unique_ptr<SchemaNode>> nodes_;
  const SchemaNode* root_ = nullptr;
  std::string text_;
};

}  // namespace ketenpoort::formats
