#include "gateway/formats/xml_place.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "gateway/formats/xml.hpp"
#include "gateway/formats/xml_names.hpp"

namespace ketenpoort::formats {
namespace {

// The n-th child of that name, from 1.
pugi::xml_node child(pugi::xml_node parent, std::string_view name, std::size_t n) {
  for (const auto one : parent.children())
    if (one.type() == pugi::node_element && local_name(one.name()) == name && --n == 0) return one;
  return {};
}

pugi::xml_node step(pugi::xml_node parent, std::string_view text) {
  std::size_t n = 1;
  const auto bracket = text.find('[');
  if (bracket != std::string_view::npos) {
    const auto digits = text.substr(bracket + 1);
    const bool is_number = std::from_chars(digits.data(), digits.data() + digits.size(), n).ec == std::errc{};
    if (!is_number || n == 0) n = 1;
    text = text.substr(0, bracket);
  }
  return child(parent, text, n);
}

}  // namespace

XmlPlaces::XmlPlaces(std::string document) : document_(std::move(document)) {
  if (!parse_xml(document_, tree_)) tree_.reset();
}

std::optional<std::size_t> XmlPlaces::line_of(std::string_view path) const {
  auto node = tree_.document_element();
  if (!node) return std::nullopt;
  while (!path.empty()) {
    const auto end = path.find('/');
    const auto next = step(node, path.substr(0, end));
    if (!next) break;
    node = next;
    path = end == std::string_view::npos ? std::string_view() : path.substr(end + 1);
  }
  const auto offset = node.offset_debug();
  if (offset < 0) return std::nullopt;
  const auto before = std::string_view(document_).substr(0, static_cast<std::size_t>(offset));
  return static_cast<std::size_t>(std::ranges::count(before, '\n')) + 1;
}

}  // namespace ketenpoort::formats
