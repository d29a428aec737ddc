// The compiled form of a JSON Schema, for who must look into it: the mapping compiler checks target paths and values
// against it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gateway/formats/json.hpp"
#include "gateway/formats/pattern.hpp"

namespace ketenpoort::formats {

// Kinds as a bit mask; `integer` is a number without fraction or exponent.
enum SchemaKinds : std::uint8_t {
  kind_null = 1,
  kind_boolean = 2,
  kind_integer = 4,
  kind_number = 8,
  kind_string = 16,
  kind_array = 32,
  kind_object = 64,
  kind_any = 127
};

struct SchemaNode {
  struct Property {
    std::string name;
    const SchemaNode* schema = nullptr;  // null: required, but not described
    bool required = false;
  };
  struct Allowed {
    JsonKind kind = JsonKind::string;
    std::string text;
  };

  std::uint8_t kinds = kind_any;
  std::vector<Property> properties;
  std::size_t required_count = 0;  // of those
  bool additional_allowed = true;
  bool additional_stated = false;  // the schema says so, and not only draft-04's silence
  const SchemaNode* additional = nullptr;
  const SchemaNode* items = nullptr;
  std::optional<std::size_t> min_items, max_items;
  bool unique_items = false;
  std::vector<Allowed> allowed;                 // enum, in the schema's order
  std::vector<const Allowed*> allowed_by_text;  // the same sorted, when they are many
  std::optional<std::size_t> min_length, max_length;
  std::optional<Pattern> pattern;
  std::string pattern_text;
  std::optional<double> minimum, maximum;
  bool exclusive_minimum = false, exclusive_maximum = false;
  std::vector<const SchemaNode*> all_of, any_of, one_of;

  [[nodiscard]] const Property* find(std::string_view name) const;
  void index_properties();  // once they are all there; find and required_count need it

 private:
  [[nodiscard]] std::size_t slot_of(std::string_view name) const;
  std::vector<std::uint32_t> slots_;  // a power of two, at least twice the properties: position + 1, 0 is nobody's
};

// How many Unicode characters valid UTF-8 holds.
std::size_t count_characters(std::string_view text);

// What is wrong with a scalar under a schema that is no choice (no allOf, anyOf, oneOf): a sentence without the value;
// empty: nothing.
std::string fault_of_scalar(const SchemaNode& node, JsonKind kind, std::string_view text);

// The same as a yes or no, for the hot path.
bool scalar_fits(const SchemaNode& node, JsonKind kind, std::string_view text);

}  // namespace ketenpoort::formats
