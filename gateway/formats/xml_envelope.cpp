#include "gateway/formats/xml_envelope.hpp"

#include <algorithm>
#include <array>
#include <pugixml.hpp>
#include <utility>

#include "gateway/formats/json_events.hpp"
#include "gateway/formats/xml.hpp"
#include "gateway/formats/xml_names.hpp"

namespace ketenpoort::formats {
namespace {

// SOAP 1.1, chapter 4; SOAP 1.2 part 1, section 5.1.
constexpr std::array<std::string_view, 2> soap_namespaces{"http://schemas.xmlsoap.org/soap/envelope/",
                                                          "http://www.w3.org/2003/05/soap-envelope"};
constexpr std::string_view envelope_name = "Envelope";
constexpr std::string_view declaration = "xmlns";
// What is read so can be written down again as it was: white space, references and ends of lines.
constexpr unsigned as_it_stands =
    (pugi::parse_full | pugi::parse_ws_pcdata) & ~(pugi::parse_escapes | pugi::parse_eol | pugi::parse_wconv_attribute);

// Where `from` is the place behind what ends with `end`; the text's size where it never ends.
std::size_t behind(std::string_view text, std::string_view end, std::size_t from) {
  const auto at = text.find(end, from);
  return at == std::string_view::npos ? text.size() : at + end.size();
}

bool declares(const pugi::xml_attribute& attribute) {
  const std::string_view name = attribute.name();
  return name == declaration || name.starts_with("xmlns:");
}

bool is_of_soap(const pugi::xml_node& element, std::string_view name, std::string_view uri) {
  return local_name(element.name()) == name && namespace_of(element) == uri;
}

tl::unexpected<Error> no_envelope(std::string_view text, const pugi::xml_node& at, std::string what) {
  auto where = line_and_column(text, static_cast<std::size_t>(std::max<std::ptrdiff_t>(at.offset_debug(), 1)) - 1);
  return fail(ErrorCode::malformed, "not acceptable SOAP: " + what, {{ErrorCode::malformed, std::move(where), what}});
}

pugi::xml_node next_element(pugi::xml_node node) {
  while (node && node.type() != pugi::node_element) node = node.next_sibling();
  return node;
}

Result<pugi::xml_node> find_content(std::string_view text, const pugi::xml_node& envelope, std::string_view uri) {
  auto body = next_element(envelope.first_child());
  if (is_of_soap(body, "Header", uri)) body = next_element(body.next_sibling());
  if (!is_of_soap(body, "Body", uri))
    return no_envelope(text, envelope, "an Envelope without a Body; put the message into its Body");
  const auto content = next_element(body.first_child());
  if (!content || next_element(content.next_sibling()))
    return no_envelope(text, body,
                       content ? "a Body with more than one element; send a message for each"
                               : "a Body without an element; put the message into it");
  return content;
}

// What is declared around an element and not again by itself.
void bring_declarations(pugi::xml_node element) {
  for (auto around = element.parent(); around; around = around.parent())
    for (const auto& attribute : around.attributes())
      if (declares(attribute) && !element.attribute(attribute.name()))
        element.append_attribute(attribute.name()) = attribute.value();
}

// An attribute is written between quotation marks, whatever it stood between.
void write_quotes_out(pugi::xml_attribute attribute) {
  std::string value = attribute.value();
  if (value.find('"') == std::string::npos) return;
  for (auto at = value.find('"'); at != std::string::npos; at = value.find('"', at)) value.replace(at, 1, "&quot;");
  attribute = value.c_str();
}

void prepare(pugi::xml_node element, const NamespaceSynonyms& synonyms) {
  for (auto attribute : element.attributes()) {
    write_quotes_out(attribute);
    if (!declares(attribute)) continue;
    if (const auto meant = synonyms.find(std::string_view(attribute.value())); meant != synonyms.end())
      attribute = meant->second.c_str();
  }
  for (const auto child : element.children()) prepare(child, synonyms);  // no deeper than XmlLimits
}

struct Writer : pugi::xml_writer {
  std::string out;
  void write(const void* data, std::size_t size) override { out.append(static_cast<const char*>(data), size); }
};

// On the line on which it stood.
std::string write(std::string_view text, const pugi::xml_node& element) {
  const auto before = text.substr(0, static_cast<std::size_t>(std::max<std::ptrdiff_t>(element.offset_debug(), 0)));
  Writer writer;
  writer.out.assign(static_cast<std::size_t>(std::ranges::count(before, '\n')), '\n');
  element.print(writer, "", pugi::format_raw | pugi::format_no_declaration | pugi::format_no_escapes,
                pugi::encoding_utf8);
  return std::move(writer.out);
}

bool names_any(std::string_view text, const NamespaceSynonyms& synonyms) {
  return std::ranges::any_of(synonyms, [&](const auto& one) { return text.find(one.first) != std::string_view::npos; });
}

}  // namespace

std::string_view find_root_name(std::string_view xml) {
  std::size_t at = xml.find('<');
  while (at < xml.size()) {
    const auto rest = xml.substr(at);
    if (rest.starts_with("<?"))
      at = behind(xml, "?>", at);
    else if (rest.starts_with("<!--"))
      at = behind(xml, "-->", at);
    else
      break;
    at = xml.find('<', at);
  }
  if (at >= xml.size()) return {};
  auto name = xml.substr(at + 1);
  name = name.substr(0, name.find_first_of(" \t\r\n/>"));
  if (name.find_first_of("<&;='\"") != std::string_view::npos) return {};  // not a name, so not XML
  return local_name(name);
}

Result<std::string> take_out_document(std::string text, const NamespaceSynonyms& synonyms) {
  const bool may_be_wrapped = find_root_name(text) == envelope_name;
  if (!may_be_wrapped && !names_any(text, synonyms)) return text;
  pugi::xml_document document;
  if (auto parsed = parse_xml(text, document); !parsed) return fail(std::move(parsed.error()));
  document.load_buffer(text.data(), text.size(), as_it_stands, pugi::encoding_utf8);
  auto top = document.document_element();
  const auto uri = may_be_wrapped ? namespace_of(top) : std::string_view();
  if (std::ranges::find(soap_namespaces, uri) != soap_namespaces.end()) {
    const auto content = find_content(text, top, uri);
    if (!content) return fail(content.error());
    top = *content;
    bring_declarations(top);
  }
  prepare(top, synonyms);
  return write(text, top);
}

}  // namespace ketenpoort::formats
