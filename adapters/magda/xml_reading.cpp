#include "adapters/magda/xml_reading.hpp"

namespace ketenpoort::adapters::magda {
namespace {

bool is_text(const pugi::xml_node& node) {
  return node.type() == pugi::node_pcdata || node.type() == pugi::node_cdata;
}

}  // namespace

std::optional<std::string> text_of(const pugi::xml_node& node) {
  std::string text;
  for (const auto& child : node.children()) {
    if (child.type() == pugi::node_element) return std::nullopt;
    if (is_text(child)) text += child.value();
  }
  return text;
}

Sequence::Sequence(const pugi::xml_node& parent) {
  for (const auto& child : parent.children())
    if (is_text(child)) clean_ = false;
  advance(parent.first_child());
}

void Sequence::advance(pugi::xml_node from) {
  while (from && from.type() != pugi::node_element) from = from.next_sibling();
  next_ = from;
}

pugi::xml_node Sequence::take(std::string_view name_space, std::string_view name) {
  if (!next_ || local_name(next_.name()) != name || namespace_of(next_) != name_space) return {};
  const auto taken = next_;
  skip();
  return taken;
}

void Sequence::skip() {
  advance(next_.next_sibling());
}

}  // namespace ketenpoort::adapters::magda
