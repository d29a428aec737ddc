#include "gateway/formats/xml.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "gateway/base/ascii.hpp"
#include "gateway/base/utf8.hpp"
#include "gateway/formats/json_events.hpp"
#include "gateway/formats/xml_names.hpp"

namespace ketenpoort::formats {
namespace {

struct Fault {
  std::string what;
  std::size_t offset = 0;
};

bool is_forbidden_character(std::uint32_t c) {
  if (c < 0x20) return c != '\t' && c != '\n' && c != '\r';
  return (c >= 0xD800 && c <= 0xDFFF) || c == 0xFFFE || c == 0xFFFF || c > 0x10FFFF;
}

// The reference that begins at `at` (an ampersand): its length, or 0 when it is none of ours.
std::size_t reference_length(std::string_view text, std::size_t at) {
  constexpr std::size_t longest = 12;
  const auto end = text.substr(at, longest).find(';');
  if (end == std::string_view::npos) return 0;
  const auto name = text.substr(at + 1, end - 1);
  for (const auto* known : {"lt", "gt", "amp", "quot", "apos"})
    if (name == known) return end + 1;
  if (name.size() < 2 || name[0] != '#') return 0;
  const bool hex = name[1] == 'x';
  std::uint32_t point = 0;
  const auto digits = name.substr(hex ? 2 : 1);
  for (const char c : digits) {
    const bool decimal = c >= '0' && c <= '9';
    const bool letter = hex && (c | 0x20) >= 'a' && (c | 0x20) <= 'f';
    if (!decimal && !letter) return 0;
    point = point * (hex ? 16U : 10U) + static_cast<std::uint32_t>(decimal ? c - '0' : (c | 0x20) - 'a' + 10);
    if (point > 0x10FFFF) return 0;
  }
  return digits.empty() || is_forbidden_character(point) ? 0 : end + 1;
}

// Walks the markup once and finds what pugixml would not mind.
class Scanner {
 public:
  Scanner(std::string_view text, const XmlLimits& limits) : text_(text), limits_(limits) {}

  Fault scan() {
    if (const auto bad = find_invalid_utf8(text_); bad != text_.size())
      return {"text that is not UTF-8, whatever its declaration says; send it in UTF-8", bad};
    for (std::size_t i = 0; i < text_.size(); ++i) {
      const auto c = static_cast<unsigned char>(text_[i]);
      const bool non_character =
          c == 0xEF && (text_.substr(i, 3) == "\xEF\xBF\xBE" || text_.substr(i, 3) == "\xEF\xBF\xBF");
      if ((c < 0x20 && is_forbidden_character(c)) || non_character) return {"a character that XML forbids", i};
    }
    if (text_.starts_with("\xEF\xBB\xBF")) begin_ = at_ = 3;
    while (at_ < text_.size()) {
      if (auto fault = text_[at_] == '<' ? markup() : character_data(); !fault.what.empty()) return fault;
    }
    return {};
  }

 private:
  [[nodiscard]] bool looking_at(std::string_view what) const { return text_.substr(at_).starts_with(what); }

  Fault skip_to(std::string_view end, const char* what) {
    const auto found = text_.find(end, at_);
    if (found == std::string_view::npos) return {fmt::format("{} that is not closed", what), at_};
    at_ = found + end.size();
    return {};
  }

  Fault markup() {
    const auto start = at_;
    if (looking_at("<!--")) {
      at_ += 4;
      const auto dashes = text_.find("--", at_);
      if (dashes == std::string_view::npos || dashes + 2 >= text_.size() || text_[dashes + 2] != '>')
        return {"a comment with -- inside or without an end", start};
      at_ = dashes + 3;
      return {};
    }
    if (looking_at("<![CDATA["))
      return open_.empty() ? Fault{"text outside the root element", start} : skip_to("]]>", "CDATA");
    if (looking_at("<!")) return {"a DOCTYPE or other declaration; send the document without it", start};
    if (looking_at("<?")) return processing_instruction();
    return tag();
  }

  Fault processing_instruction() {
    const auto start = at_;
    const auto target = text_.substr(at_ + 2, text_.find_first_of(" \t\r\n?", at_ + 2) - at_ - 2);
    const bool is_xml =
        target.size() == 3 && (target[0] | 0x20) == 'x' && (target[1] | 0x20) == 'm' && (target[2] | 0x20) == 'l';
    if (is_xml && (start != begin_ || target != "xml"))
      return {"an XML declaration that is not at the beginning", start};
    if (!is_xml) return {"a processing instruction; send the document without it", start};
    return declaration();
  }

  Fault declaration() {
    const auto start = at_;
    at_ += 5;  // <?xml
    std::string_view value;
    if (!pseudo_attribute("version", value) || value != "1.0") return {"an XML version other than 1.0", start};
    if (pseudo_attribute("encoding", value) && !is_utf8(value)) return {"an encoding other than UTF-8", start};
    if (pseudo_attribute("standalone", value) && value != "yes" && value != "no")
      return {"standalone is yes or no", start};
    spaces();
    if (!looking_at("?>")) return {"an XML declaration that is not well-formed", start};
    at_ += 2;
    return {};
  }

  static bool is_utf8(std::string_view encoding) { return same_ignoring_case(encoding, "utf-8"); }

  // One part of an XML declaration; when another stands there, nothing is taken.
  bool pseudo_attribute(std::string_view wanted, std::string_view& value) {
    const auto start = at_;
    const auto give_back = [&] {
      at_ = start;
      return false;
    };
    if (!spaces() || !looking_at(wanted)) return give_back();
    at_ += wanted.size();
    spaces();
    if (!take('=')) return give_back();
    spaces();
    if (at_ >= text_.size() || (text_[at_] != '"' && text_[at_] != '\'')) return give_back();
    const auto end = text_.find(text_[at_], at_ + 1);
    if (end == std::string_view::npos) return give_back();
    value = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    return true;
  }

  static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

  bool name() {
    const auto length = xml_name_length(text_, at_);
    at_ += length;
    return length > 0;
  }
  bool spaces() {
    const auto start = at_;
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
    return at_ != start;
  }
  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  Fault tag() {
    const auto start = at_++;
    const bool closing = take('/');
    if (!name()) return {"a < that begins no tag", start};
    if (closing) {
      spaces();
      if (!take('>')) return {"an end tag that is not closed", start};
      if (open_.empty()) return {"an end tag without its start", start};
      open_.pop_back();
      return {};
    }
    if (open_.empty() && roots_++ > 0) return {"a second root element", start};
    auto declarations = open_.empty() ? 0 : open_.back();
    for (std::size_t attributes = 0;; ++attributes) {
      const bool spaced = spaces();
      if (take('>')) {
        open_.push_back(declarations);
        return {};
      }
      if (take('/')) return take('>') ? Fault{} : Fault{"a tag that is not closed", start};
      const auto attribute = at_;
      if (!spaced || !name()) return {"a tag that is not well-formed", start};
      if (attributes == limits_.attributes)
        return {fmt::format("more than {} attributes on one element", limits_.attributes), attribute};
      if (declares_namespace(text_.substr(attribute, at_ - attribute)) && ++declarations > limits_.declarations)
        return {fmt::format("more than {} namespace declarations in force", limits_.declarations), attribute};
      spaces();
      if (!take('=')) return {"an attribute without a value", at_};
      spaces();
      if (auto fault = attribute_value(); !fault.what.empty()) return fault;
    }
  }

  static bool declares_namespace(std::string_view attribute) {
    return attribute == "xmlns" || attribute.starts_with("xmlns:");
  }

  Fault attribute_value() {
    if (at_ >= text_.size() || (text_[at_] != '"' && text_[at_] != '\''))
      return {"an attribute value without quotes", at_};
    const char quote = text_[at_++];
    while (at_ < text_.size() && text_[at_] != quote) {
      if (text_[at_] == '<') return {"a < in an attribute", at_};
      if (auto fault = character(); !fault.what.empty()) return fault;
    }
    return take(quote) ? Fault{} : Fault{"an attribute that is not closed", at_};
  }

  Fault character() {
    if (text_[at_] != '&') {
      ++at_;
      return {};
    }
    const auto length = reference_length(text_, at_);
    if (length == 0) return {"an entity or character reference that is not one of XML's own", at_};
    at_ += length;
    return {};
  }

  Fault character_data() {
    if (open_.empty() && !is_space(text_[at_])) return {"text outside the root element", at_};
    if (text_[at_] == ']' && looking_at("]]>")) return {"]]> in text", at_};
    return character();
  }

  std::string_view text_;
  const XmlLimits& limits_;
  std::size_t begin_ = 0;  // after a byte order mark
  std::size_t at_ = 0;
  std::vector<std::size_t> open_;  // for each open element: the namespace declarations in force in it
  std::size_t roots_ = 0;
};

}  // namespace

Result<void> parse_xml(std::string_view text, pugi::xml_document& document, const XmlLimits& limits) {
  if (text.size() > limits.bytes)
    return fail(ErrorCode::too_large, fmt::format("XML of {} bytes; at most {} are taken", text.size(), limits.bytes));
  const auto refuse = [](const std::string& what, std::string where) {
    return fail(ErrorCode::malformed, fmt::format("not acceptable XML: {} (at {})", what, where),
                {{ErrorCode::malformed, where, what}});
  };
  if (auto fault = Scanner(text, limits).scan(); !fault.what.empty())
    return refuse(fault.what, line_and_column(text, fault.offset));
  const auto result = document.load_buffer(text.data(), text.size(), pugi::parse_default | pugi::parse_ws_pcdata_single,
                                           pugi::encoding_utf8);
  if (!result) return refuse(result.description(), line_and_column(text, static_cast<std::size_t>(result.offset)));
  const auto root = document.document_element();
  if (!root) return refuse("there is no root element", "1:1");
  if (auto fault = check_xml_names(root, limits.depth); !fault.what.empty())
    return refuse(fault.what, line_and_column(text, fault.at));
  return {};
}

bool is_xml_text(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x20 && is_forbidden_character(c)) return false;
    if (c == 0xEF && (text.substr(i, 3) == "\xEF\xBF\xBE" || text.substr(i, 3) == "\xEF\xBF\xBF")) return false;
  }
  return true;
}

namespace {

// Appends stretches whole, and what `written` gives for the characters between them.
template <class Written>
void append_with(std::string& out, std::string_view text, Written written) {
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char* const instead = written(text[i]);
    if (instead == nullptr) continue;
    out.append(text, begin, i - begin);
    out += instead;
    begin = i + 1;
  }
  out.append(text, begin);
}

}  // namespace

void append_xml_text(std::string& out, std::string_view text) {
  append_with(out, text, [](char c) -> const char* {
    switch (c) {
      case '&':
        return "&amp;";
      case '<':
        return "&lt;";
      case '>':
        return "&gt;";
      case '\r':
        return "&#13;";
      default:
        return nullptr;
    }
  });
}

void append_xml_attribute(std::string& out, std::string_view text) {
  append_with(out, text, [](char c) -> const char* {
    switch (c) {
      case '&':
        return "&amp;";
      case '<':
        return "&lt;";
      case '>':
        return "&gt;";
      case '"':
        return "&quot;";
      case '\t':
        return "&#9;";
      case '\n':
        return "&#10;";
      case '\r':
        return "&#13;";
      default:
        return nullptr;
    }
  });
}

}  // namespace ketenpoort::formats
