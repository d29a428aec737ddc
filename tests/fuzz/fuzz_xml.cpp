// Reading XML and checking it against a schema, with expat as the judge of what is well-formed.
#include <expat.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <pugixml.hpp>
#include <string_view>

#include "gateway/formats/xml.hpp"
#include "gateway/formats/xsd.hpp"

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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ketenpoort::formats;
  static const auto schema = XsdSchema::load("mappings/schemas/agii/kbi-dossier.xsd");
  if (!schema) std::abort();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  pugi::xml_document document;
  const auto parsed = parse_xml(text, document);
  const bool valid = schema->check(text).empty();
  if (has_letters_beyond_latin_1(text)) return 0;
  const bool well_formed = expat_takes(text);
  if (parsed && !well_formed) std::abort();
  if (!parsed && (well_formed || valid) && !is_refused_on_purpose(text, parsed.error().message)) std::abort();
  return 0;
}
