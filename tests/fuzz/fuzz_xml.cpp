// Reading XML and checking it against a schema, with expat as the judge of what is well-formed.
#include <expat.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <pugixml.hpp>
#include <string>
#include <string_view>

#include "gateway/formats/xml.hpp"
#include "gateway/formats/xml_envelope.hpp"
#include "gateway/formats/xsd.hpp"

using ketenpoort::Status;
using ketenpoort::formats::parse_xml;
using ketenpoort::formats::take_out_document;
using ketenpoort::formats::XsdSchema;

namespace {

// The separator must be a character that stands in no namespace: expat refuses one that holds it.
bool expat_takes(std::string_view text) {
  const std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser(XML_ParserCreateNS(nullptr, '\f'),
                                                                            XML_ParserFree);
  return XML_Parse(parser.get(), text.data(), static_cast<int>(text.size()), 1) == XML_STATUS_OK;
}

// Expat knows the letters of an older edition of XML; up to Latin-1 they are the same.
bool has_letters_beyond_latin_1(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) > 0xC3; });
}

// What we refuse on purpose though it is well-formed: declarations and processing instructions, other encodings,
// references longer than any character needs, and what costs too much.
bool is_refused_on_purpose(std::string_view text, std::string_view why) {
  const auto holds = [&](std::string_view what) { return text.find(what) != std::string_view::npos; };
  return holds("<!D") || holds("<?") || holds("&#0") || holds("&#x0") || text.find('\0') != std::string_view::npos ||
         why.find("deeply") != std::string_view::npos || why.find("more than") != std::string_view::npos;
}

bool is_beyond_limits(std::string_view why) {
  const auto says = [&](std::string_view what) { return why.find(what) != std::string_view::npos; };
  return says("deeply") || says("more than") || says("at most");
}

// What is taken out of an envelope is what was put into it.
void check_envelope(std::string_view text, bool valid, const XsdSchema& schema) {
  if (text.find("<?xml") != std::string_view::npos || text.starts_with("\xEF\xBB\xBF")) return;
  const auto out = take_out_document("<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>" +
                                     std::string(text) + "</s:Body></s:Envelope>");
  pugi::xml_document again;
  const Status parsed = out ? parse_xml(*out, again) : Status(tl::unexpected(out.error()));
  if (!parsed && !is_beyond_limits(parsed.error().message)) std::abort();
  if (parsed && schema.check(*out).empty() != valid) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto schema = XsdSchema::load("mappings/schemas/agii/kbi-dossier.xsd");
  if (!schema) std::abort();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  pugi::xml_document document;
  const auto parsed = parse_xml(text, document);
  const bool valid = schema->check(text).empty();
  if (parsed) check_envelope(text, valid, *schema);
  if (has_letters_beyond_latin_1(text)) return 0;
  const bool well_formed = expat_takes(text);
  if (parsed && !well_formed) std::abort();
  if (!parsed && (well_formed || valid) && !is_refused_on_purpose(text, parsed.error().message)) std::abort();
  return 0;
}
