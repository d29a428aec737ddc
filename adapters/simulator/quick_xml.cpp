#include "adapters/simulator/quick_xml.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <stdexcept>

#include "gateway/base/utf8.hpp"

namespace ketenpoort::simulator {
namespace {

using formats::XsdElement;
using formats::XsdType;

constexpr std::size_t deepest = 32;
constexpr std::size_t most_attributes = 64;
constexpr std::string_view declaration = R"(<?xml version="1.0" encoding="UTF-8"?>)";

bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

// XML has no U+FFFE and U+FFFF, and a byte order mark is none of its characters either.
bool has_only_characters(std::string_view document) {
  return is_valid_utf8(document) && document.find("\xEF\xBF") == std::string_view::npos &&
         document.find("\xEF\xBB\xBF") == std::string_view::npos;
}

// Neither references nor what a reader would change or refuse.
bool is_literal(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '&' || c == '<' || c == ']'; });
}

bool is_plain_name(std::string_view name) {
  return !name.empty() && name.front() != 'x' && name.front() != 'X' &&  // names that begin with xml have a meaning
         std::all_of(name.begin(), name.end(), [](char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; });
}

}  // namespace

class QuickXml::Reader {
 public:
  Reader(const QuickXml& schema, std::string_view document, std::vector<std::string_view>& texts)
      : schema_(schema), rest_(document), texts_(texts) {}

  bool read() {
    if (take(declaration)) skip_space();
    if (!take("<") || !take_root()) return false;
    while (depth_ > 0)
      if (!take_part()) return false;
    skip_space();
    return rest_.empty();
  }

 private:
  struct Open {
    const XsdElement* element = nullptr;
    std::size_t at = 0;     // in the type's children
    std::size_t count = 0;  // of that child
  };

  bool take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }
  void skip_space() {
    while (!rest_.empty() && is_space(rest_.front())) rest_.remove_prefix(1);
  }
  std::string_view take_name() {
    const auto end = std::find_if(rest_.begin(), rest_.end(),
                                  [](char c) { return is_space(c) || c == '>' || c == '/' || c == '='; });
    const auto name = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
    rest_.remove_prefix(name.size());
    return name;
  }
  std::optional<std::string_view> take_value() {
    if (!take("=\"")) return std::nullopt;
    const auto end = rest_.find('"');
    if (end == std::string_view::npos) return std::nullopt;
    const auto value = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return is_literal(value) ? std::optional(value) : std::nullopt;
  }

  // <p:Root xmlns:p="..."> and nothing else.
  bool take_root() {
    root_name_ = take_name();
    const auto colon = root_name_.find(':');
    if (colon == std::string_view::npos || root_name_.substr(colon + 1) != schema_.root_->name) return false;
    const auto prefix = root_name_.substr(0, colon);
    if (!is_plain_name(prefix) || !take(" xmlns:") || take_name() != prefix) return false;
    return take_value() == schema_.schema_.target_namespace() && take(">") && open(*schema_.root_);
  }

  bool open(const XsdElement& element) {
    if (depth_ == deepest) return false;
    open_[depth_++] = {&element, 0, 0};
    return true;
  }

  // Inside an element: its text, or white space and then a tag.
  bool take_part() {
    const auto& inner = open_[depth_ - 1];
    const auto tag = rest_.find('<');
    if (tag == std::string_view::npos) return false;
    const auto before = rest_.substr(0, tag);
    if (inner.element->type->has_text) {
      rest_.remove_prefix(tag);
      return take_text(*inner.element, before) && take_end();
    }
    if (!std::all_of(before.begin(), before.end(), is_space)) return false;
    rest_.remove_prefix(tag);
    return rest_.starts_with("</") ? take_end() : take_element();
  }

  bool take_text(const XsdElement& element, std::string_view text) {
    if (!is_literal(text) || !fits(element, text)) return false;
    for (std::size_t i = 0; i < schema_.wanted_.size(); ++i)
      if (schema_.wanted_[i] == &element) texts_[i] = text;
    return true;
  }

  bool fits(const XsdElement& element, std::string_view text) const {
    if (element.type->text) return element.type->text->surely_fits(text);
    const auto judge = std::ranges::find(schema_.judges_, element.name, &Judge::element);
    return judge != schema_.judges_.end() && judge->surely_fits(text);
  }

  bool take_element() {
    if (!take("<")) return false;
    const auto* element = next_child(take_name());
    bool empty = false;
    return element != nullptr && take_attributes(*element->type, empty) && !empty && open(*element);
  }

  // The child of that name, when it may stand here: a sequence, each as often as it may.
  const XsdElement* next_child(std::string_view name) {
    auto& inner = open_[depth_ - 1];
    const auto& children = inner.element->type->children;
    for (; inner.at < children.size(); ++inner.at, inner.count = 0) {
      const auto& child = children[inner.at];
      if (child.name == name) return inner.count++ < child.most && !child.qualified ? &child : nullptr;
      if (inner.count < child.least) return nullptr;
    }
    return nullptr;
  }

  // An empty tag is for libxml2: messages say nothing instead.
  bool take_attributes(const XsdType& type, bool& empty) {
    std::uint64_t seen = 0;
    while (!take(">")) {
      empty = rest_.starts_with("/");
      if (empty || !take(" ")) return empty;
      const auto name = take_name();
      const auto found = std::ranges::find(type.attributes, name, &XsdType::Attribute::name);
      const auto index = static_cast<std::size_t>(found - type.attributes.begin());
      if (found == type.attributes.end() || index >= most_attributes || ((seen >> index) & 1U) != 0) return false;
      seen |= std::uint64_t{1} << index;
      const auto value = take_value();
      if (!value || found->type == nullptr || !found->type->text || !found->type->text->surely_fits(*value))
        return false;
    }
    for (std::size_t i = 0; i < type.attributes.size(); ++i)
      if (type.attributes[i].required && ((seen >> std::min(i, most_attributes - 1)) & 1U) == 0) return false;
    return true;
  }

  bool take_end() {
    const auto& inner = open_[depth_ - 1];
    if (!take("</") || !take(depth_ == 1 ? root_name_ : std::string_view(inner.element->name)) || !take(">"))
      return false;
    const auto& children = inner.element->type->children;
    for (auto at = inner.at; at < children.size(); ++at)
      if ((at == inner.at ? inner.count : 0) < children[at].least) return false;
    --depth_;
    return true;
  }

  const QuickXml& schema_;
  std::string_view rest_;
  std::vector<std::string_view>& texts_;
  std::string_view root_name_;
  std::array<Open, deepest> open_;
  std::size_t depth_ = 0;
};

QuickXml::QuickXml(std::string_view xsd, std::string_view root, std::initializer_list<Path> wanted,
                   std::vector<Judge> judges)
    : schema_([&] {
        auto schema = formats::XsdSchema::parse(xsd, "own schema");
        if (!schema || !schema->is_understood()) throw std::logic_error("the simulator's own schema is not understood");
        return std::move(*schema);
      }()),
      root_(schema_.root(root)),
      judges_(std::move(judges)) {
  if (root_ == nullptr) throw std::logic_error("the simulator's own schema has another root");
  for (const auto& path : wanted) wanted_.push_back(&element_at(path));
}

const formats::XsdElement& QuickXml::element_at(const Path& path) const {
  const auto* element = root_;
  for (const auto name : path) {
    element = element->type->find(name);
    if (element == nullptr || element->repeats)
      throw std::logic_error("the simulator's own schema has no such element, or many");
  }
  return *element;
}

std::optional<std::vector<std::string_view>> QuickXml::read(std::string_view document) const {
  std::vector<std::string_view> texts(wanted_.size());
  if (!has_only_characters(document) || !Reader(*this, document, texts).read()) return std::nullopt;
  return texts;
}

}  // namespace ketenpoort::simulator
