// An XML document read into slots in one walk, which refuses what formats::parse_xml refuses. What the mapping reads is
// taken as source_syntax.cpp takes it: by local name and namespace, an element that may stand once the first time only.
#include <algorithm>
#include <cstring>

#include "gateway/base/utf8.hpp"
#include "gateway/formats/xml.hpp"
#include "gateway/mapping/source/source_reader.hpp"
#include "gateway/mapping/source/xml_pieces.hpp"

namespace ketenpoort::mapping {
namespace {

constexpr formats::XmlLimits limits;
constexpr std::string_view usual_declaration = R"(<?xml version="1.0" encoding="UTF-8"?>)";

}  // namespace

// Tags without attributes, and elements with nothing but text as it is, are most of any document: the `usual_`
// functions read those by the marks, and where anything else stands give null and leave it to the others.
class XmlScan {
 public:
  XmlScan(const SourcePlan& plan, SourceReader& reader)
      : plan_(plan), nodes_(plan.nodes_.data()), xml_nodes_(plan.xml_nodes_.data()), reader_(reader) {
    if (reader.open_.empty()) reader.open_.resize(limits.depth + 1);
    document_ = innermost_ = reader.open_.data();
    deepest_ = document_ + limits.depth;
  }

  bool scan(char* at, const char* end) {
    end_ = end;
    const std::string_view text(at, static_cast<std::size_t>(end - at));
    const auto greatest = reader_.marks_.mark(at, text.size());
    nfc_ = greatest < 0xCC;
    if (greatest >= 0x80 && !is_valid_utf8(text)) return false;
    if (greatest >= 0xEF && has_non_character(text)) return false;
    if (text.starts_with("\xEF\xBB\xBF")) at += 3;
    at = declaration(at);
    at = between(at);
    if (at == nullptr || *at != '<') return false;
    at = root(at);
    at = between(at);
    return at == end;
  }

  // Something stands there, not wrong in itself, that only the strict reader judges.
  [[nodiscard]] bool is_unsure() const { return unsure_; }

 private:
  using XmlNode = SourcePlan::XmlNode;
  using Key = SourcePlan::Key;
  using Element = SourceReader::OpenElement;
  enum class Space { none, ours, other };

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
      at = skip_xml_comment(at);
    }
    return nullptr;
  }

  char* root(char* at) {
    *document_ = {};
    at = start_tag(at + 1);
    if (at == nullptr) return nullptr;
    XmlMarks::Cursor marks(reader_.marks_, at);
    while (innermost_ != document_) {
      char* const behind = usual_piece(at, marks);
      if (behind != nullptr) {
        at = behind;
        continue;
      }
      at = piece(at);
      if (at == nullptr) return nullptr;
      marks = XmlMarks::Cursor(reader_.marks_, at);
    }
    return at;
  }

  // --- as most documents have it ---

  // White space, and a tag without attributes.
  [[gnu::always_inline]] char* usual_piece(char* at, XmlMarks::Cursor& marks) {
    char* mark = marks.take();
    if (mark != at || *mark != '<') {
      while (is_xml_space(*mark)) mark = marks.take();
      if (*mark != '<' || !is_all_xml_space(at, mark)) return nullptr;
      const bool is_all_there_is = mark[1] == '/' && innermost_->text == nullptr && !innermost_->has_children;
      if (is_all_there_is) return nullptr;  // then it is the element's text
      at = mark;
    }
    return at[1] == '/' ? usual_end(at, marks) : usual_start(at, marks);
  }

  [[gnu::always_inline]] char* usual_end(char* at, XmlMarks::Cursor& marks) {
    char* const close = marks.take();
    const auto size = close - at - 2;
    if (*close != '>' || size != static_cast<std::ptrdiff_t>(innermost_->name_size)) return nullptr;
    if (!same_text(at + 2, innermost_->name, static_cast<std::size_t>(size))) return nullptr;
    end_element();
    return close + 1;
  }

  // A start tag, with the text and the end tag behind it when that is all there is in the element.
  [[gnu::always_inline]] char* usual_start(char* at, XmlMarks::Cursor& marks) {
    auto& parent = *innermost_;
    char* const name = at + 1;
    std::uint64_t head = 0;
    std::memcpy(&head, name, sizeof head);
    if ((head & usual_.mask) != usual_.head) return nullptr;
    char* const close = marks.take();
    if (*close != '>' || innermost_ == deepest_ || parent.text != nullptr) return nullptr;
    char* const local = name + usual_.size;
    if (local >= close) return nullptr;
    const auto size = static_cast<std::uint32_t>(close - local);
    const Key* key = parent.reads == nullptr ? nullptr : SourcePlan::find(parent.reads->elements, local, size);
    if ((key == nullptr || !key->is_usual_name) && !is_readable_usual_xml_name(local, size)) return nullptr;

    parent.has_children = true;
    auto row = parent.row;
    const XmlNode* reads = nullptr;
    if (key != nullptr && is_meant(*key, usual_.space)) reads = child_of(*key, parent, row);
    if (reads != nullptr) note_element(*reads, row);
    const auto name_size = static_cast<std::uint32_t>(close - name);
    if (static_cast<unsigned char>(close[1]) > ' ' && close[1] != '<') {
      char* const text_end = marks.take();
      if (text_end[0] == '<' && text_end[1] == '/') {
        char* const end = marks.take();
        // The names are compared with the '>' behind them.
        if (end - text_end - 2 == close - name && same_text(text_end + 2, name, name_size + 1)) {
          if (reads != nullptr)
            keep(reads->text, row, {close + 1, static_cast<std::size_t>(text_end - close - 1)}, false);
          return end + 1;
        }
      }
      marks = XmlMarks::Cursor(reader_.marks_, close + 1);
    }
    begin_element(name, name_size, reads, row);
    return close + 1;
  }

  // --- whatever may stand in an element ---

  char* piece(char* at) {
    if (*at != '<') return character_data(at);
    if (at[1] == '/') {
      at = end_tag(at + 2);
      if (at != nullptr) end_element();
      return at;
    }
    if (at[1] == '!') return at[2] == '[' ? cdata(at) : skip_xml_comment(at);
    if (innermost_->text != nullptr) return nullptr;  // text on both sides of an element is no single value
    innermost_->has_children = true;
    return start_tag(at + 1);
  }

  // `at` is behind the '<'.
  char* start_tag(char* at) {
    if (innermost_ == deepest_ || !begins_xml_name(*at)) return nullptr;
    Name name;
    at = take_name(at, name);
    if (name.high) unsure_ = true;
    const auto bindings = reader_.bindings_.size();
    bool empty = false;
    const bool alone = *at == '>';  // no attributes
    at = alone ? at + 1 : rest_of_tag(at, empty);
    if (at == nullptr) return nullptr;
    Space space{};
    if (!resolve(name, space)) return nullptr;
    const auto local = name.whole().substr(name.local_at());
    auto row = innermost_->row;
    const XmlNode* reads = nullptr;
    if (innermost_ == document_) {
      if (local != plan_.xml_root_ || space != (plan_.xml_uri_.empty() ? Space::none : Space::ours)) return nullptr;
      reads = xml_nodes_;
    } else if (innermost_->reads != nullptr) {
      const auto* key =
          SourcePlan::find(innermost_->reads->elements, local.data(), static_cast<std::uint32_t>(local.size()));
      if (key != nullptr && is_meant(*key, space)) reads = child_of(*key, *innermost_, row);
    }
    begin_element(name.text, name.size, reads, row);
    innermost_->has_attributes = !alone;
    innermost_->bindings = bindings;
    if (!alone) note_usual();
    if (reads != nullptr) note_element(*reads, row);
    if (reads != nullptr && !alone) keep_attributes(*reads, row);
    if (empty) end_element();
    return at;
  }

  void begin_element(const char* name, std::uint32_t size, const XmlNode* reads, std::uint32_t row) {
    auto& element = *++innermost_;
    element.name = name;
    element.name_size = size;
    element.row = row;
    element.reads = reads;
    element.has_attributes = false;
    element.has_children = false;
    element.text_changed = false;
    element.seen = 0;
    element.text = element.text_end = nullptr;
  }

  [[gnu::always_inline]] void end_element() {
    const auto& element = *innermost_--;
    if (wants_text(element)) {
      const auto size = static_cast<std::size_t>(element.text_end - element.text);
      const char* const text = element.text == nullptr ? reader_.buffer_.data() : element.text;
      keep(element.reads->text, element.row, {text, size}, element.text_changed);
    }
    if (!element.has_attributes) return;
    reader_.bindings_.resize(element.bindings);
    note_usual();
  }

  static bool wants_text(const Element& element) {
    return element.reads != nullptr && element.reads->text != SourcePlan::none;
  }

  [[nodiscard]] bool is_meant(const Key& key, Space space) const {
    return space != Space::other && (plan_.xml_prefixless_ || (space == Space::ours) == key.is_qualified);
  }

  // What reads an element, and into which row.
  [[gnu::always_inline]] const XmlNode* child_of(const Key& key, Element& parent, std::uint32_t& row) {
    const auto& node = xml_nodes_[key.node];
    if (node.rows != SourcePlan::none) {
      auto& array = slot_of(node.slot, row);
      const auto scope = static_cast<std::size_t>(node.rows);
      if (array.kind == ValueKind::absent) {
        array.kind = ValueKind::array;
        array.first = reader_.rows_.data()[scope].size();
      }
      ++array.size;
      row = reader_.new_row(scope, plan_.row_sizes_.data()[scope]);
      return xml_nodes_ + node.element;
    }
    const bool again = (parent.seen & key.bit) != 0;
    parent.seen |= key.bit;
    return again ? nullptr : &node;
  }

  Slot& slot_of(std::int32_t slot, std::uint32_t row) {
    return reader_.slots_.data()[row + static_cast<std::uint32_t>(slot)];
  }

  void note_element(const XmlNode& node, std::uint32_t row) {
    if (node.slot != SourcePlan::none) slot_of(node.slot, row).kind = ValueKind::object;
  }

  void keep_attributes(const XmlNode& reads, std::uint32_t row) {
    if (reads.attributes.keys == nullptr) return;
    for (const auto& attribute : reader_.attributes_) {
      const auto* key =
          SourcePlan::find(reads.attributes, attribute.name.data(), static_cast<std::uint32_t>(attribute.name.size()));
      if (key != nullptr) keep(nodes_[key->node].slot, row, attribute.value, true);
    }
  }

  [[gnu::always_inline]] void keep(std::int32_t index, std::uint32_t row, std::string_view text, bool changed) {
    if (index == SourcePlan::none) return;
    auto& slot = slot_of(index, row);
    slot.data = text.data();
    slot.size = static_cast<std::uint32_t>(text.size());
    slot.kind = ValueKind::string;
    slot.nfc = (nfc_ && !changed) || is_surely_nfc(text);
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
      at = take_attribute_value(at, end_, value);
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

  // What the names of most elements begin with: the prefix that was declared last.
  void note_usual() {
    usual_ = {};
    if (reader_.bindings_.empty()) return;
    const auto& last = reader_.bindings_.back();
    usual_.space = space_of(last);
    if (last.size == 0) return;
    char head[sizeof usual_.head] = {};
    if (last.size >= sizeof head) {
      usual_.head = 1;  // too long: nothing is usual
      return;
    }
    std::memcpy(head, last.prefix, last.size);
    head[last.size] = ':';
    usual_.size = last.size + 1;
    std::memcpy(&usual_.head, head, sizeof head);
    std::memset(head, 0xFF, usual_.size);
    std::memset(head + usual_.size, 0, sizeof head - usual_.size);
    std::memcpy(&usual_.mask, head, sizeof head);
  }

  // The namespace; false when the prefix was not declared.
  bool resolve(const Name& name, Space& space) const {
    if (name.wrong) return false;
    const auto found = std::find_if(reader_.bindings_.rbegin(), reader_.bindings_.rend(), [&](const auto& binding) {
      return binding.size == name.prefix && same_text(binding.prefix, name.text, name.prefix);
    });
    if (found != reader_.bindings_.rend()) {
      space = space_of(*found);
      return true;
    }
    space = name.prefix > 0 ? Space::other : Space::none;
    const auto prefix = name.whole().substr(0, name.prefix);
    return prefix.empty() || prefix == "xml";
  }

  static Space space_of(const SourceReader::Binding& binding) {
    return binding.is_none ? Space::none : binding.is_ours ? Space::ours : Space::other;
  }

  char* end_tag(char* at) const {
    const auto size = innermost_->name_size;
    if (end_ - at < static_cast<std::ptrdiff_t>(size) || !same_text(at, innermost_->name, size)) return nullptr;
    at = skip_xml_space(at + size);
    return *at == '>' ? at + 1 : nullptr;
  }

  // Text up to the next '<'.
  char* character_data(char* at) {
    char* const begin = at;
    at = skip_xml_space(at);
    if (*at == '<') {  // white space alone counts when nothing else is there
      if (at[1] != '/' || innermost_->text != nullptr || innermost_->has_children) return at;
      return add_text(begin, at, std::find(begin, at, '\r') != at) ? at : nullptr;
    }
    bool changes = std::find(begin, at, '\r') != at;
    for (XmlMarks::Cursor marks(reader_.marks_, at);;) {
      at = marks.take();
      if (*at == '<') break;
      if (*at == '&' || *at == '\r')
        changes = true;
      else if (*at == '>' && at - begin >= 2 && at[-1] == ']' && at[-2] == ']')
        return nullptr;
      else if (*at != '>' && !is_xml_space(*at))
        return nullptr;
    }
    return add_text(begin, at, changes) ? at : nullptr;
  }

  char* cdata(char* at) {
    char* begin = nullptr;
    char* end = nullptr;
    at = take_cdata(at, end_, begin, end);
    return at != nullptr && add_text(begin, end, false) ? at : nullptr;
  }

  // One more piece of text, moved behind those before it.
  bool add_text(char* begin, const char* end, bool changes) {
    auto& element = *innermost_;
    char* out = begin;
    if (!wants_text(element)) return !changes || decode_xml(begin, end, end_, out, false);
    if (element.has_children) return false;
    if (element.text == nullptr) element.text = element.text_end = begin;
    out = element.text_end;
    if (changes) {
      element.text_changed = true;
      if (!decode_xml(begin, end, end_, out, false)) return false;
    } else {
      const auto size = static_cast<std::size_t>(end - begin);
      if (out != begin) std::memmove(out, begin, size);
      out += size;
    }
    element.text_end = out;
    return true;
  }

  struct Usual {
    std::uint64_t head = 0, mask = 0;  // the prefix with its colon; zeros for none
    std::uint32_t size = 0;
    Space space = Space::none;
  };

  const SourcePlan& plan_;
  const SourcePlan::Node* nodes_;  // the plan's, without the bounds' checks of a vector
  const XmlNode* xml_nodes_;
  SourceReader& reader_;
  Element* document_;  // what the root stands in
  const Element* deepest_;
  Element* innermost_;  // that is open
  Usual usual_;
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
  if (good && !scan.is_unsure()) return nullptr;
  pugi::xml_document document;
  const auto parsed = formats::parse_xml(text, document);
  if (good && parsed) return nullptr;
  fault_ = parsed ? "the document's root, or text between its elements, is not what the source's schema allows"
                  : parsed.error().message;
  return fault_.c_str();
}

}  // namespace ketenpoort::mapping
