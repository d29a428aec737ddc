// XML Schema: the order and the names of elements for the mapping compiler, and validation by libxml2.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/formats/pattern.hpp"

namespace ketenpoort::formats {

struct XsdType;

// What a simple type asks of a text, for types that are understood whole.
struct XsdText {
  enum class Kind { string, boolean, date, natural } kind = Kind::string;
  std::vector<std::string> allowed;  // enumeration; empty: any
  std::vector<Pattern> patterns;     // all of them must match
  std::optional<std::size_t> min_length, max_length;
  std::string least, most;  // of a date

  // Certainly valid; what is not may still be, for a reader that takes white space away.
  [[nodiscard]] bool surely_fits(std::string_view text) const;
};

struct XsdElement {
  std::string name;
  const XsdType* type = nullptr;
  bool required = false;
  bool repeats = false;
  std::size_t least = 1, most = 1;  // how often; SIZE_MAX: any number
  bool qualified = false;           // stands in the target namespace
};

struct XsdType {
  std::vector<XsdElement> children;  // in the order the schema asks
  struct Attribute {
    std::string name;
    bool required = false;
    const XsdType* type = nullptr;
  };
  std::vector<Attribute> attributes;
  bool has_text = false;
  std::shared_ptr<const XsdText> text;  // null: not understood, or none
  std::vector<std::string> allowed;     // enumeration of a simple type; empty: other rules or none

  [[nodiscard]] const XsdElement* find(std::string_view name) const;
  [[nodiscard]] std::size_t position(std::string_view name) const;  // in `children`; its size when absent
};

struct XsdFault {
  int line = 0;
  std::string path;  // of the element, below the root: "Person/Name[2]/@kind"; empty: the root, or not known
  std::string what;  // "GenderCode: the value is not in the list the schema allows"
};

// One schema file of our own: named or local types, xs:sequence, xs:all, simple content. No import or include, so that
// loading touches nothing but the file. Immutable; may be used by many threads.
class XsdSchema {
 public:
  static Result<XsdSchema> load(const std::filesystem::path& file);
  static Result<XsdSchema> parse(std::string_view text, std::string_view name);
  XsdSchema(XsdSchema&&) noexcept;
  XsdSchema& operator=(XsdSchema&&) noexcept;
  ~XsdSchema();

  [[nodiscard]] const std::string& target_namespace() const;
  [[nodiscard]] const XsdElement* root(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> roots() const;
  [[nodiscard]] const std::string& text() const;
  // A document that has the structure told here, and texts that surely fit, is valid; false: the schema asks more.
  [[nodiscard]] bool is_understood() const;

  // Is `document` well-formed XML that this schema allows? The first problem, with its element, without values; no
  // network, no entities, no DOCTYPE. Empty: valid.
  [[nodiscard]] std::string check(std::string_view document) const;
  // The same for who must find the place in what came in.
  [[nodiscard]] std::optional<XsdFault> find_fault(std::string_view document) const;

 private:
  XsdSchema();
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ketenpoort::formats
