// The compiled form of a JSON Schema, for who must look into it: the mapping compiler checks target paths and values
// against it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
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

struct alignas(64) SchemaNode {
  struct Property {
    std::string name;
    const SchemaNode* schema = nullptr;  // null: required, but not described
    bool required = false;
  };
  struct Allowed {
    JsonKind kind = JsonKind::string;
    std::string text;
  };

  // What a scalar or any value must satisfy beside its kind, as a bit mask: most ask for one thing or none.
  enum Demands : std::uint8_t {
    asks_listed = 1,
    asks_length = 2,
    asks_pattern = 4,
    asks_range = 8,
    asks_choice = 16,  // allOf, anyOf, oneOf
  };

  // A record is checked against hundreds of nodes, so what nearly every value asks for stands in one line of the cache.
  std::uint8_t kinds = kind_any;
  std::uint8_t demands = 0;
  bool additional_allowed = true;
  bool additional_stated = false;  // the schema says so, and not only draft-04's silence
  bool unique_items = false;
  bool exclusive_minimum = false, exclusive_maximum = false;
  std::uint32_t required_count = 0;              // of the properties
  std::uint32_t surely_from = 0, surely_to = 0;  // a text of so many bytes has a length that fits

 private:
  // A place in a table by tags, which is at least twice as large as what it holds.
  struct alignas(32) Slot {
    std::array<char, 16> start{};        // of the name or text
    const SchemaNode* schema = nullptr;  // the property's
    std::uint32_t tag = 0;
    std::uint32_t number : 28 = 0;  // position + 1; 0 is nobody's
    std::uint32_t kind : 3 = 0;     // of a value that is allowed
    std::uint32_t required : 1 = 0;
  };
  std::vector<Slot> property_slots_;
  std::vector<Slot> allowed_slots_;

 public:
  const SchemaNode* additional = nullptr;
  const SchemaNode* items = nullptr;
  std::vector<Property> properties;
  std::optional<std::size_t> min_items, max_items;
  std::vector<Allowed> allowed;  // enum, in the schema's order
  std::optional<std::size_t> min_length, max_length;
  std::optional<double> minimum, maximum;
  std::optional<Pattern> pattern;
  std::string pattern_text;
  std::vector<const SchemaNode*> all_of, any_of, one_of;

  [[nodiscard]] const Property* find(std::string_view name) const;

  // The property under whose name a member stands: whether there is one, and what it says.
  struct Found {
    bool known = false;
    bool required = false;
    const SchemaNode* schema = nullptr;
  };
  [[nodiscard]] Found find(JsonView member) const;
  [[nodiscard]] bool allows(JsonKind kind, std::string_view text) const;
  void index();  // once all is there; demands, required_count, find and allows need it

 private:
  static Slot& take_slot(std::vector<Slot>& slots, std::string_view text);
};

// How many Unicode characters valid UTF-8 holds.
std::size_t count_characters(std::string_view text);

// What is wrong with a scalar under a schema that is no choice (no allOf, anyOf, oneOf): a sentence without the value;
// empty: nothing.
std::string fault_of_scalar(const SchemaNode& node, JsonKind kind, std::string_view text);

// The same as a yes or no, for the hot path.
bool scalar_fits(const SchemaNode& node, JsonKind kind, std::string_view text);

}  // namespace ketenpoort::formats
