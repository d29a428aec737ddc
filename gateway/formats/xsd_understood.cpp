#include "gateway/formats/xsd_understood.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "gateway/formats/xml_names.hpp"

namespace ketenpoort::formats {
namespace {

constexpr std::string_view schema_namespace = "http://www.w3.org/2001/XMLSchema";

// Parts of a schema with the attributes that they may have.
const std::map<std::string_view, std::set<std::string_view>>& known_parts() {
  static const std::set<std::string_view> none, named{"name"}, valued{"value"}, based{"base"};
  static const std::map<std::string_view, std::set<std::string_view>> parts{
      {"schema", {"targetNamespace", "elementFormDefault", "attributeFormDefault", "version"}},
      {"element", {"name", "type", "minOccurs", "maxOccurs", "form", "default"}},
      {"attribute", {"name", "type", "use", "default"}},
      {"complexType", named},
      {"simpleType", named},
      {"sequence", none},
      {"all", none},
      {"simpleContent", none},
      {"extension", based},
      {"restriction", based},
      {"list", {"itemType"}},
      {"union", {"memberTypes"}},
      {"enumeration", valued},
      {"pattern", valued},
      {"whiteSpace", valued},
      {"length", valued},
      {"minLength", valued},
      {"maxLength", valued},
      {"minInclusive", valued},
      {"maxInclusive", valued},
      {"minExclusive", valued},
      {"maxExclusive", valued},
      {"totalDigits", valued},
      {"fractionDigits", valued},
  };
  return parts;
}

// The prefixes xs and xsd, and no others, are XML Schema's: names of types are read so.
bool binds_as_usual(std::string_view declaration, std::string_view uri) {
  return (declaration == "xmlns:xs" || declaration == "xmlns:xsd") == (uri == schema_namespace);
}

bool is_usual(std::string_view name, std::string_view value) {
  if (name == "use") return value == "optional" || value == "required";
  if (name == "attributeFormDefault") return value == "unqualified";
  return true;
}

}  // namespace

bool is_understood(const pugi::xml_node& part) {
  const auto kind = local_name(part.name());
  if (kind == "annotation" || part.type() != pugi::node_element) return true;
  const auto known = known_parts().find(kind);
  if (known == known_parts().end()) return false;
  const auto is_fine = [&](const pugi::xml_attribute& attribute) {
    const std::string_view name = attribute.name();
    if (kind == "schema" && name.starts_with("xmlns")) return binds_as_usual(name, attribute.value());
    return known->second.contains(name) && is_usual(name, attribute.value());
  };
  const auto attributes = part.attributes();
  const auto children = part.children();
  return std::all_of(attributes.begin(), attributes.end(), is_fine) &&
         std::all_of(children.begin(), children.end(), is_understood);
}

}  // namespace ketenpoort::formats
