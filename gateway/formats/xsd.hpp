// XML Schema: the order and the names of elements for the mapping compiler, and validation by libxml2.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"

namespace ketenpoort::formats {

struct XsdType;

struct XsdElement {
  std::string name;
  const XsdType* type = nullptr;
  bool required = false;
  bool repeats = false;
  bool qualified = false;  // stands in the target namespace
};

struct XsdType {
  std::vector<XsdElement> children;  // in the order the schema asks
  struct Attribute {
    std::string name;
    bool required = false;
  };
  std::vector<Attribute> attributes;
  bool has_text = false;
  std::vector<std::string> allowed;  // enumeration of a simple type; empty: other rules or none

  [[nodiscard]] const XsdElement* find(std::string_view name) const;
  [[nodiscard]] std::size_t position(std::string_view name) const;  // in `children`; its size when absent
};

struct XsdFault {
  int line = 0;
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
