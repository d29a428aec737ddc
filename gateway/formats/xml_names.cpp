#include "gateway/formats/xml_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

namespace ketenpoort::formats {
namespace {

struct Range {
  std::uint32_t first, last;
};

// NameStartChar beyond ASCII.
constexpr std::array beginnings = {Range{0xC0, 0xD6},     Range{0xD8, 0xF6},     Range{0xF8, 0x2FF},
                                   Range{0x370, 0x37D},   Range{0x37F, 0x1FFF},  Range{0x200C, 0x200D},
                                   Range{0x2070, 0x218F}, Range{0x2C00, 0x2FEF}, Range{0x3001, 0xD7FF},
                                   Range{0xF900, 0xFDCF}, Range{0xFDF0, 0xFFFD}, Range{0x10000, 0xEFFFF}};
// What NameChar adds to it.
constexpr std::array continuations = {Range{0xB7, 0xB7}, Range{0x300, 0x36F}, Range{0x203F, 0x2040}};

template <std::size_t N>
bool is_in(const std::array<Range, N>& ranges, std::uint32_t point) {
  return std::any_of(ranges.begin(), ranges.end(), [&](const Range& r) { return point >= r.first && point <= r.last; });
}

// The code point at `at` of valid UTF-8, and how many bytes it takes.
std::pair<std::uint32_t, std::size_t> point_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[at + i])); };
  const auto tail = [&](std::size_t i) { return byte(i) & 0x3F; };
  const auto first = byte(0);
  if (first < 0x80) return {first, 1};
  if (first < 0xE0) return {(first & 0x1F) << 6 | tail(1), 2};
  if (first < 0xF0) return {(first & 0x0F) << 12 | tail(1) << 6 | tail(2), 3};
  return {(first & 0x07) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3), 4};
}

constexpr std::string_view xml_namespace = "http://www.w3.org/XML/1998/namespace";
constexpr std::string_view xmlns_namespace = "http://www.w3.org/2000/xmlns/";

struct Name {
  std::string_view prefix, local;  // empty local: no such name
};

Name split(std::string_view name) {
  const auto colon = name.find(':');
  if (colon == std::string_view::npos) return {{}, name};
  const auto local = name.substr(colon + 1);
  const bool good = colon > 0 && local.find(':') == std::string_view::npos && xml_name_length(local, 0) == local.size();
  return good ? Name{name.substr(0, colon), local} : Name{};
}

class Walker {
 public:
  explicit Walker(std::size_t deepest) : deepest_(deepest) {}

  std::string walk(const pugi::xml_node& element, std::size_t depth) {
    if (depth > deepest_)
      return found_at(element, fmt::format("elements nested too deeply, more than {} levels", deepest_));
    const auto declared = bindings_.size();
    auto fault = declare(element);
    if (fault.empty()) fault = check(element);
    if (!fault.empty()) return found_at(element, std::move(fault));
    for (auto child = element.first_child(); child && fault.empty(); child = child.next_sibling())
      if (child.type() == pugi::node_element) fault = walk(child, depth + 1);
    bindings_.resize(declared);
    return fault;
  }

  std::size_t at = 0;  // of the element at fault

 private:
  std::string found_at(const pugi::xml_node& element, std::string fault) {
    at = static_cast<std::size_t>(std::max<std::ptrdiff_t>(element.offset_debug(), 1)) - 1;  // the <, not the name
    return fault;
  }

  struct Binding {
    std::string_view prefix, uri;
  };

  // The namespaces that the element declares.
  std::string declare(const pugi::xml_node& element) {
    for (const auto attribute : element.attributes()) {
      const std::string_view name = attribute.name();
      if (!name.starts_with("xmlns") || (name.size() > 5 && name[5] != ':')) continue;
      const std::string_view uri = attribute.value();
      const auto prefix = name.size() > 5 ? name.substr(6) : std::string_view{};
      const bool is_xml = prefix == "xml";
      if (is_xml != (uri == xml_namespace) || prefix == "xmlns" || uri == xmlns_namespace)
        return fmt::format("{} binds a prefix or namespace that XML keeps for itself", name);
      if (name.size() > 5 && uri.empty()) return fmt::format("{} binds a prefix to nothing", name);
      bindings_.push_back({prefix, uri});
    }
    return {};
  }

  std::string check(const pugi::xml_node& element) {
    const auto name = split(element.name());
    if (name.local.empty() || name.prefix == "xmlns" || uri_of(name.prefix) == nullptr)
      return fmt::format("the prefix of {} is not declared", element.name());
    seen_.clear();
    for (const auto attribute : element.attributes()) {
      const auto own = split(attribute.name());
      if (own.local.empty()) return fmt::format("the prefix of {} is not declared", attribute.name());
      // A name without a prefix is in no namespace, whatever the default one is.
      const auto* uri = own.prefix.empty() ? &none_ : uri_of(own.prefix);
      if (uri == nullptr) return fmt::format("the prefix of {} is not declared", attribute.name());
      const auto same = [&](const Binding& other) { return other.prefix == own.local && other.uri == *uri; };
      if (std::any_of(seen_.begin(), seen_.end(), same))
        return fmt::format("the attribute {} stands twice in {}", attribute.name(), element.name());
      seen_.push_back({own.local, *uri});
    }
    return {};
  }

  // Null: not declared.
  const std::string_view* uri_of(std::string_view prefix) const {
    if (prefix.empty()) return &none_;
    if (prefix == "xml") return &xml_namespace;
    if (prefix == "xmlns") return &xmlns_namespace;
    const auto found =
        std::find_if(bindings_.rbegin(), bindings_.rend(), [&](const Binding& b) { return b.prefix == prefix; });
    return found == bindings_.rend() ? nullptr : &found->uri;
  }

  std::size_t deepest_;
  std::vector<Binding> bindings_;
  std::vector<Binding> seen_;  // attributes of the element at hand: local name and namespace
  std::string_view none_;
};

// Does the attribute declare this prefix (empty: the default namespace)?
bool declares(std::string_view attribute, std::string_view prefix) {
  constexpr std::string_view declaration = "xmlns";
  if (!attribute.starts_with(declaration)) return false;
  attribute.remove_prefix(declaration.size());
  if (prefix.empty()) return attribute.empty();
  return attribute.size() == prefix.size() + 1 && attribute.front() == ':' && attribute.substr(1) == prefix;
}

}  // namespace

bool begins_xml_name(std::uint32_t point) {
  if (point < 0x80) return (point | 0x20) - 'a' < 26U || point == '_' || point == ':';
  return is_in(beginnings, point);
}

bool continues_xml_name(std::uint32_t point) {
  if (point < 0x80) return begins_xml_name(point) || point - '0' < 10U || point == '-' || point == '.';
  return is_in(beginnings, point) || is_in(continuations, point);
}

std::size_t xml_name_length(std::string_view text, std::size_t at) {
  auto end = at;
  while (end < text.size()) {
    const auto [point, size] = point_at(text, end);
    if (end == at ? !begins_xml_name(point) : !continues_xml_name(point)) break;
    end += size;
  }
  return end - at;
}

XmlNameFault check_xml_names(const pugi::xml_node& root, std::size_t deepest) {
  Walker walker(deepest);
  auto what = walker.walk(root, 1);
  return {std::move(what), walker.at};
}

std::string_view namespace_of(const pugi::xml_node& at, std::string_view qualified) {
  const auto colon = qualified.find(':');
  const auto prefix = colon == std::string_view::npos ? std::string_view{} : qualified.substr(0, colon);
  for (auto node = at; node; node = node.parent())
    for (const auto& attribute : node.attributes())
      if (declares(attribute.name(), prefix)) return attribute.value();
  return {};
}

std::string_view namespace_of(const pugi::xml_node& element) {
  return namespace_of(element, element.name());
}

}  // namespace ketenpoort::formats
