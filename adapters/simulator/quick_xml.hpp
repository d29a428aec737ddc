// XML that is surely valid, told in one pass over its bytes without a tree. What this reader does not take, valid or
// not, is libxml2's to judge: it knows one spelling of XML and one part of XML Schema, those that messages are written
// in.
#pragma once

#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/formats/xsd.hpp"

namespace ketenpoort::simulator {

class QuickXml {
 public:
  using Path = std::initializer_list<std::string_view>;  // names below the root
  // Whether a text surely fits an element whose type formats::XsdText cannot tell.
  struct Judge {
    std::string_view element;
    std::function<bool(std::string_view)> surely_fits;
  };

  // The texts at `wanted`, elements that stand once, are told of a document. Throws std::logic_error when the schema
  // has a part that is not understood, or no such root or element.
  QuickXml(std::string_view xsd, std::string_view root, std::initializer_list<Path> wanted,
           std::vector<Judge> judges = {});

  // The wanted texts, which point into the document (empty: not there); nothing when it is not surely valid.
  [[nodiscard]] std::optional<std::vector<std::string_view>> read(std::string_view document) const;

 private:
  class Reader;
  [[nodiscard]] const formats::XsdElement& element_at(const Path& path) const;

  formats::XsdSchema schema_;
  const formats::XsdElement* root_;
  std::vector<const formats::XsdElement*> wanted_;
  std::vector<Judge> judges_;
};

}  // namespace ketenpoort::simulator
