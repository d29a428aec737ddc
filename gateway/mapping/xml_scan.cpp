// An XML document read into slots in one walk, which refuses what formats::parse_xml refuses. What the mapping reads is
// taken as source_syntax.cpp takes it: by local name and namespace, an element that may stand once the first time only.
#include <algorithm>
#include <bit>
#include <cstring>

#include "gateway/base/byte_block.hpp"
#include "gateway/base/utf8.hpp"
#include "gateway/formats/xml.hpp"
#include "gateway/mapping/source_reader.hpp"
#include "gateway/mapping/xml_pieces.hpp"

namespace ketenpoort::mapping {
namespace {

constexpr formats::XmlLimits limits;
constexpr std::string_view usual_declaration = R"(<?xml version="1.0" encoding="UTF-8"?>)";

bool has_forbidden(const char* at, const char* end) {
  return std::any_of(at, end, is_forbidden_in_xml);
}

}  // namespace

class XmlScan {
 public:
  XmlScan(const SourcePlan& plan, SourceReader& reader)
      : plan_(plan), nodes_(plan.nodes_.data()), xml_nodes_(plan.xml_nodes_.data()), reader_(reader) {}

  bool scan(char* at, const char* end) {
    end_ = end;
    const std::string_view text(at, static_cast<std::size_t>(end - at));
    const auto greatest = greatest_byte(text.data(), text.size());
    nfc_ = greatest < 0xCC;
    if (greatest >= 0x80 && (!is_valid_utf8(text) || has_non_character(text))) return false;
    if (text.starts_with("\xEF\xBB\xBF")) at += 3;
    at = declaration(at);
    at = between(at);
    if (at == nullptr || *at != '<') return false;
    at = element(at + 1, nullptr, 0, nullptr, 1);
    at = between(at);
    return at == end;
  }

  // Something stands there, not wrong in itself, that only the strict reader judges.
  [[nodiscard]] bool unsure() const { return unsure_; }

 private:
  using XmlNode = SourcePlan::XmlNode;
  using Node = SourcePlan::Node;
  enum class Space { none, ours, other };
  struct Content {  // the text of an element, as far as it has been read
    char* begin = nullptr;
    char* end = nullptr;
    bool children = false;
    bool wanted = false;
    bool changed = false;  // it is not as it stood
  };

  static bool has_non_character(std::string_view text) {
    for (auto at = text.find('\xEF'); at != std::string_view::npos; at = text.find('\xEF', at + 1))
      if (text.substr(at, 3) == "\xEF\xBF\xBE" || text.substr(at, 3) == "\xEF\xBF\xBF") return true;
    return false;
  }

  // The XML declaration, which few write otherwise.
  char* declaration(char* at) const {
    const std::string_view text(at, static_cast<std::size_t>(end_ - at));
    if (text.starts_with(usual_declaration)) return at + usual_declaration.size();
    if (!text.starts_with("<?xml")) return at;
    const auto close = text.find("?>");
    if (close == std::string_view::npos) return nullptr;
    pugi::xml_document ignored;
    const std::string alone = std::string(text.substr(0, close + 2)) + "<a/>";
    return formats::parse_xml(alone, ignored) ? at + close + 2 : nullptr;
  }

  // White space and comments around the root element.
  static char* between(char* at) {
    while (at != nullptr) {
      at = skip_xml_space(at);
      if (at[0] != '<' || at[1] != '!') return at;
      at = comment(at);
    }
    return nullptr;
  }

  static char* comment(char* at) {
    if (std::memcmp(at, "<!--", 4) != 0) return nullptr;
    char* const begin = at + 4;
    for (at = begin; *at != '\0'; ++at)
      if (at[0] == '-' && at[1] == '-') return at[2] == '>' && !has_forbidden(begin, at) ? at + 3 : nullptr;
    return nullptr;
  }

  // `at` is behind the '<' of a start tag. `parent` reads it into its row; null: nobody (or it is the root). `seen`:
  // the keys of the parent that were there.
  char* element(char* at, const XmlNode* parent, std::uint32_t row, std::uint64_t* seen, unsigned depth) {
    if (depth > limits.depth || !begins_xml_name(*at)) return nullptr;
    Name name;
    at = take_element_name(at, name);
    if (name.high) unsure_ = true;
    const auto bindings = reader_.bindings_.size();
    bool empty = false;
    const bool alone = *at == '>';  // no attributes
    at = alone ? at + 1 : rest_of_tag(at, empty);
    if (at == nullptr) return nullptr;
    Space space{};
    if (!resolve(name, space)) return nullptr;
    const auto local = name.whole().substr(name.local_at());
    std::int32_t node = SourcePlan::none;
    if (depth == 1) {
      if (local != plan_.xml_root_ || space != (plan_.xml_uri_.empty() ? Space::none : Space::ours)) return nullptr;
      node = 0;
    } else if (parent != nullptr) {
      node = child_of(*parent, local, space, row, *seen);
    }
    const XmlNode* reads = node == SourcePlan::none ? nullptr : &xml_nodes_[node];
    if (reads != nullptr && !(alone && reads->is_text)) begin_node(node, *reads, row, !alone);
    if (empty) {
      if (reads != nullptr) keep_text(node, *reads, row, {}, false);
    } else {
      char* const end = plain_text(at, name, node, reads, row);
      at = end != nullptr ? end : content(at, name, node, reads, row, depth);
    }
    if (!alone) reader_.bindings_.resize(bindings);
    return at;
  }

  // Most names have the prefix that was declared last.
  [[gnu::always_inline]] char* take_element_name(char* at, Name& name) const {
    if (!reader_.bindings_.empty()) {
      const auto& last = reader_.bindings_.back();
      if (last.size > 0 && end_ - at > static_cast<std::ptrdiff_t>(last.size) && at[last.size] == ':' &&
          same_text(last.prefix, at, last.size))
        return take_name_after(at, last.size, name);
    }
    return take_name(at, name);
  }

  // Most elements hold text alone, as it is. Gives where the end tag ends; null: this one must be looked at closely.
  [[gnu::always_inline]] char* plain_text(char* const begin, const Name& name, std::int32_t node, const XmlNode* reads,
                                          std::uint32_t row) {
    if (static_cast<unsigned char>(*begin) <= ' ' || *begin == '<') return nullptr;
    char* at = begin;
    while (true) {
      const auto specials = ByteBlock(at).xml_specials();
      if (specials != 0) {
        at += std::countr_zero(specials);
        break;
      }
      at += ByteBlock::size;
    }
    if (at[0] != '<' || at[1] != '/' || end_ - at < static_cast<std::ptrdiff_t>(name.size) + 3) return nullptr;
    if (!same_text(at + 2, name.text, name.size) || at[name.size + 2] != '>') return nullptr;
    if (reads != nullptr) keep_text(node, *reads, row, {begin, static_cast<std::size_t>(at - begin)}, false);
    return at + name.size + 3;
  }

  // Which node reads an element, and into which row.
  [[gnu::always_inline]] std::int32_t child_of(const XmlNode& parent, std::string_view local, Space space,
                                               std::uint32_t& row, std::uint64_t& seen) {
    const auto* key = SourcePlan::find(parent.elements, local.data(), static_cast<std::uint32_t>(local.size()));
    if (key == nullptr) return SourcePlan::none;
    const auto& reads = xml_nodes_[key->node];
    const bool is_meant = plan_.xml_prefixless_ || (space == Space::ours) == reads.qualified;
    if (space == Space::other || !is_meant) return SourcePlan::none;
    const auto& node = nodes_[key->node];
    if (node.rows != SourcePlan::none) {
      auto& array = reader_.slots_.data()[row + static_cast<std::uint32_t>(node.slot)];
      const auto scope = static_cast<std::size_t>(node.rows);
      if (array.kind == ValueKind::absent) {
        array.kind = ValueKind::array;
        array.first = reader_.rows_[scope].size();
      }
      ++array.size;
      row = reader_.new_row(scope, plan_.row_sizes_[scope]);
      return node.element;
    }
    const bool again = (seen & key->bit) != 0;
    seen |= key->bit;
    return again ? SourcePlan::none : key->node;
  }

  // What is known of an element by its start tag.
  void begin_node(std::int32_t index, const XmlNode& reads, std::uint32_t row, bool has_attributes) {
    const auto& node = nodes_[index];
    if (node.slot != SourcePlan::none && !reads.is_text)
      reader_.slots_.data()[row + static_cast<std::uint32_t>(node.slot)].kind = ValueKind::object;
    if (reads.attributes.keys == nullptr || !has_attributes) return;
    for (const auto& attribute : reader_.attributes_) {
      const auto* key =
          SourcePlan::find(reads.attributes, attribute.name.data(), static_cast<std::uint32_t>(attribute.name.size()));
      if (key != nullptr) keep(key->node, row, attribute.value, true);
    }
  }

  [[gnu::always_inline]] void keep(std::int32_t index, std::uint32_t row, std::string_view text, bool changed) {
    const auto& node = nodes_[index];
    if (node.slot == SourcePlan::none) return;
    auto& slot = reader_.slots_.data()[row + static_cast<std::uint32_t>(node.slot)];
    slot.data = text.data();
    slot.size = static_cast<std::uint32_t>(text.size());
    slot.kind = ValueKind::string;
    slot.nfc = (nfc_ && !changed) || is_surely_nfc(text);
  }

  [[gnu::always_inline]] void keep_text(std::int32_t index, const XmlNode& reads, std::uint32_t row,
                                        std::string_view text, bool changed) {
    if (text.data() == nullptr) text = {reader_.buffer_.data(), 0};
    if (reads.is_text) keep(index, row, text, changed);
    if (reads.text != SourcePlan::none) keep(reads.text, row, text, changed);
  }

  // Attributes and the end of a start tag.
  char* rest_of_tag(char* at, bool& empty) {
    auto& attributes = reader_.attributes_;
    attributes.clear();
    while (true) {
      const bool spaced = is_xml_space(*at);
      at = skip_xml_space(at);
      if (*at == '>') break;
      if (*at == '/') {
        if (*++at != '>') return nullptr;
        empty = true;
        break;
      }
      if (!spaced || !begins_xml_name(*at)) return nullptr;
      if (attributes.size() == limits.attributes) return nullptr;
      Name name;
      at = take_name(at, name);
      if (name.high) unsure_ = true;
      const auto whole = name.whole();
      at = skip_xml_space(at);
      if (*at != '=') return nullptr;
      at = skip_xml_space(at + 1);
      std::string_view value;
      at = attribute_value(at, value);
      if (at == nullptr) return nullptr;
      for (const auto& other : attributes)
        if (other.name == whole) return nullptr;
      attributes.push_back({whole, value});
      bind(whole, value);
      if (reader_.bindings_.size() > limits.declarations) return nullptr;
    }
    for (const auto& attribute : attributes) {
      if (attribute.name.find(':') == std::string_view::npos) continue;
      Name name;
      Space space{};
      take_name(const_cast<char*>(attribute.name.data()), name);
      if (name.wrong) return nullptr;
      if (attribute.name.starts_with("xmlns:")) continue;
      unsure_ = true;  // two prefixes may stand for one namespace
      if (!resolve(name, space)) return nullptr;
    }
    return at + 1;
  }

  void bind(std::string_view name, std::string_view uri) {
    if (!name.starts_with("xmlns")) return;
    const bool is_usual = !uri.empty() && !uri.starts_with("http://www.w3.org/") && !name.starts_with("xmlns:xml");
    if (!is_usual) unsure_ = true;  // XML keeps some prefixes and namespaces for itself
    if (name.size() == 5)
      reader_.bindings_.push_back({name.data(), 0, uri == plan_.xml_uri_, uri.empty()});
    else if (name[5] == ':')
      reader_.bindings_.push_back(
          {name.data() + 6, static_cast<std::uint32_t>(name.size() - 6), uri == plan_.xml_uri_, uri.empty()});
  }

  // The namespace; false when the prefix was not declared.
  [[gnu::always_inline]] bool resolve(const Name& name, Space& space) const {
    if (name.wrong) return false;
    if (!reader_.bindings_.empty() && names(reader_.bindings_.back(), name)) {
      space = space_of(reader_.bindings_.back());
      return true;
    }
    return resolve_further(name, space);
  }

  static bool names(const SourceReader::Binding& binding, const Name& name) {
    return binding.size == name.prefix && same_text(binding.prefix, name.text, name.prefix);
  }
  static Space space_of(const SourceReader::Binding& binding) {
    return binding.is_none ? Space::none : binding.is_ours ? Space::ours : Space::other;
  }

  bool resolve_further(const Name& name, Space& space) const {
    const auto found = std::find_if(reader_.bindings_.rbegin(), reader_.bindings_.rend(),
                                    [&](const auto& binding) { return names(binding, name); });
    if (found != reader_.bindings_.rend()) {
      space = space_of(*found);
      return true;
    }
    space = name.prefix > 0 ? Space::other : Space::none;
    const auto prefix = name.whole().substr(0, name.prefix);
    return prefix.empty() || prefix == "xml";
  }

  char* attribute_value(char* at, std::string_view& value) const {
    const char quote = *at;
    if (quote != '"' && quote != '\'') return nullptr;
    char* const begin = ++at;
    bool changes = false;
    while (*at != quote) {
      if (*at == '<' || is_forbidden_in_xml(*at)) return nullptr;
      if (*at == '&' || is_xml_space(*at)) changes = true;
      ++at;
    }
    value = {begin, static_cast<std::size_t>(at - begin)};
    if (!changes) return at + 1;
    char* out = begin;
    if (!decode(begin, at, out, true)) return nullptr;
    value = {begin, static_cast<std::size_t>(out - begin)};
    return at + 1;
  }

  // Replaces references and line ends where they stand; in attributes all white space becomes a space.
  bool decode(const char* at, const char* end, char*& out, bool attribute) const {
    while (at < end) {
      if (*at == '&') {
        if (!take_reference(at, end_, out) || at > end) return false;
      } else if (*at == '\r') {
        at += at[1] == '\n' && at + 1 < end ? 2 : 1;
        *out++ = attribute ? ' ' : '\n';
      } else {
        *out++ = attribute && is_xml_space(*at) ? ' ' : *at;
        ++at;
      }
    }
    return true;
  }

  // What stands between the tags of an element, and its end tag.
  char* content(char* at, const Name& name, std::int32_t node, const XmlNode* reads, std::uint32_t row,
                unsigned depth) {
    Content text;
    text.wanted = reads != nullptr && (reads->is_text || reads->text != SourcePlan::none);
    std::uint64_t seen = 0;
    while (true) {
      if (*at != '<') {
        at = character_data(at, text);
      } else if (at[1] == '/') {
        if (text.wanted)
          keep_text(node, *reads, row, {text.begin, static_cast<std::size_t>(text.end - text.begin)}, text.changed);
        return end_tag(at + 2, name);
      } else if (at[1] == '!') {
        at = at[2] == '[' ? cdata(at, text) : comment(at);
      } else {
        if (text.wanted && text.begin != nullptr)
          return nullptr;  // text on both sides of an element is no single value
        text.children = true;
        at = element(at + 1, reads, row, &seen, depth + 1);
      }
      if (at == nullptr) return nullptr;
    }
  }

  char* end_tag(char* at, const Name& name) const {
    if (end_ - at < static_cast<std::ptrdiff_t>(name.size)) return nullptr;
    if (!same_text(at, name.text, name.size)) return nullptr;
    at += name.size;
    if (*at != '>') at = skip_xml_space(at);
    return *at == '>' ? at + 1 : nullptr;
  }

  // Text up to the next '<'.
  char* character_data(char* at, Content& text) const {
    char* const begin = at;
    at = skip_xml_space(at);
    if (*at == '<') {  // white space alone counts when nothing else is there
      if (at[1] != '/' || text.begin != nullptr || text.children) return at;
      return add(begin, at, text, std::find(begin, at, '\r') != at) ? at : nullptr;
    }
    bool changes = std::find(begin, at, '\r') != at;
    while (true) {
      const auto specials = ByteBlock(at).xml_specials();
      if (specials == 0) {
        at += ByteBlock::size;
        continue;
      }
      at += std::countr_zero(specials);
      if (*at == '<') break;
      if (*at == '&' || *at == '\r')
        changes = true;
      else if (*at == '>' && at - begin >= 2 && at[-1] == ']' && at[-2] == ']')
        return nullptr;
      else if (*at != '>' && !is_xml_space(*at))
        return nullptr;
      ++at;
    }
    return add(begin, at, text, changes) ? at : nullptr;
  }

  char* cdata(char* at, Content& text) const {
    if (std::memcmp(at, "<![CDATA[", 9) != 0) return nullptr;
    char* const begin = at + 9;
    const std::string_view rest(begin, static_cast<std::size_t>(end_ - begin));
    const auto size = rest.find("]]>");
    if (size == std::string_view::npos || has_forbidden(begin, begin + size)) return nullptr;
    char* out = begin;
    for (char* from = begin; from < begin + size; ++from) {  // line ends alone change here
      if (*from == '\r' && from + 1 < begin + size && from[1] == '\n') continue;
      *out++ = *from == '\r' ? '\n' : *from;
    }
    if (!add(begin, out, text, false)) return nullptr;
    return begin + size + 3;
  }

  // One more piece of text, moved behind those before it.
  bool add(char* begin, const char* end, Content& text, bool changes) const {
    char* out = text.begin == nullptr ? begin : text.end;
    if (!text.wanted) {
      if (!changes) return true;
      text.begin = nullptr;
      out = begin;
      return decode(begin, end, out, false);
    }
    if (text.children) return false;
    if (text.begin == nullptr) text.begin = begin;
    if (changes) {
      text.changed = true;
      if (!decode(begin, end, out, false)) return false;
    } else {
      const auto size = static_cast<std::size_t>(end - begin);
      if (out != begin) std::memmove(out, begin, size);
      out += size;
    }
    text.end = out;
    return true;
  }

  const SourcePlan& plan_;
  const Node* nodes_;  // the plan's, without the bounds' checks of a vector
  const XmlNode* xml_nodes_;
  SourceReader& reader_;
  const char* end_ = nullptr;
  bool unsure_ = false;
  bool nfc_ = false;  // of the whole document, as it stands
};

const char* SourceReader::read_xml(const SourcePlan& plan, std::string_view text) {
  fault_.clear();
  take(text);
  clear(plan);
  bindings_.clear();
  XmlScan scan(plan, *this);
  const bool good = text.size() <= limits.bytes && scan.scan(buffer_.data(), buffer_.data() + text.size());
  if (good && !scan.unsure()) return nullptr;
  pugi::xml_document document;
  const auto parsed = formats::parse_xml(text, document);
  if (good && parsed) return nullptr;
  fault_ = parsed ? "the document's root, or text between its elements, is not what the source's schema allows"
                  : parsed.error().message;
  return fault_.c_str();
}

}  // namespace ketenpoort::mapping
