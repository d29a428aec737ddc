// AgII as a receiver of civic-integration files.
#include <fmt/format.h>
#include <libxml/parser.h>
#include <libxml/xmlschemas.h>

#include <limits>
#include <memory>
#include <stdexcept>

#include "adapters/agii/simulator/dossier_schema.hpp"
#include "adapters/simulator/partner_profile.hpp"
#include "gateway/domain/ssin.hpp"

namespace ketenpoort::simulator {
namespace {

template <auto free_function>
struct XmlDeleter {
  template <class T>
  void operator()(T* thing) const noexcept {
    free_function(thing);
  }
};
using Document = std::unique_ptr<xmlDoc, XmlDeleter<xmlFreeDoc>>;
using ParserContext = std::unique_ptr<xmlSchemaParserCtxt, XmlDeleter<xmlSchemaFreeParserCtxt>>;
using Schema = std::unique_ptr<xmlSchema, XmlDeleter<xmlSchemaFree>>;
using ValidContext = std::unique_ptr<xmlSchemaValidCtxt, XmlDeleter<xmlSchemaFreeValidCtxt>>;

// Compiled once; reading it is safe from several threads.
const Schema& compiled_schema() {
  static const Schema schema = [] {
    const ParserContext context(
        xmlSchemaNewMemParserCtxt(dossier_schema.data(), static_cast<int>(dossier_schema.size())));
    Schema parsed(context ? xmlSchemaParse(context.get()) : nullptr);
    if (!parsed) throw std::logic_error("the simulator's own schema does not compile");
    return parsed;
  }();
  return schema;
}

// libxml2's messages quote values: only the element and the line are kept.
void keep_first(void* first, xmlErrorPtr error) {
  auto& text = *static_cast<std::string*>(first);
  if (!text.empty()) return;
  const auto* node = static_cast<const xmlNode*>(error->node);
  const auto* name = node != nullptr && node->name != nullptr ? reinterpret_cast<const char*>(node->name) : "document";
  text = fmt::format("{}: not as the schema wants it (line {}, libxml2 error {})", name, error->line, error->code);
}

std::optional<std::string> find_schema_fault(xmlDoc* document) {
  const ValidContext context(xmlSchemaNewValidCtxt(compiled_schema().get()));
  if (!context) return "the schema could not be applied";
  std::string first;
  xmlSchemaSetValidStructuredErrors(context.get(), keep_first, &first);
  if (xmlSchemaValidateDoc(context.get(), document) == 0) return std::nullopt;
  return first.empty() ? "not as the schema wants it" : first;
}

// The text of an element by its path below the root; the schema has already said that it is where it should be.
std::string text_at(const xmlDoc* document, std::initializer_list<std::string_view> path) {
  const xmlNode* node = xmlDocGetRootElement(document);
  for (const auto name : path) {
    node = node == nullptr ? nullptr : node->children;
    while (node != nullptr && (node->type != XML_ELEMENT_NODE || name != reinterpret_cast<const char*>(node->name)))
      node = node->next;
  }
  if (node == nullptr) return {};
  const std::unique_ptr<xmlChar, void (*)(void*)> content(xmlNodeGetContent(node), xmlFree);
  return reinterpret_cast<const char*>(content.get());
}

std::optional<std::string> find_business_fault(const xmlDoc* document, std::string_view transfer_id) {
  const auto today = date_in_brussels(Clock{}.now());
  if (!check_ssin(text_at(document, {"Personalia", "INSZ"}), true, today).ssin)
    return "Personalia/INSZ: not a national number, the check digits do not fit";
  if (!is_kbo_number(text_at(document, {"ToeleidingenPartner", "ToeleidingPartner", "Van", "ExternID"})))
    return "ToeleidingPartner/Van/ExternID: not an enterprise number";
  if (text_at(document, {"ToeleidingenPartner", "ToeleidingPartner", "ExterneID"}) != transfer_id)
    return "ToeleidingPartner/ExterneID: not the transfer that the Idempotency-Key names";
  return std::nullopt;
}

std::optional<std::string> find_fault(std::string_view body, std::string_view transfer_id) {
  if (body.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) return "the body is too large";
  const Document document(xmlReadMemory(body.data(), static_cast<int>(body.size()), nullptr, nullptr,
                                        XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING));
  if (!document) return "the body is not XML";
  if (document->intSubset != nullptr) return "the body has a document type, which is not taken";
  if (auto fault = find_schema_fault(document.get())) return fault;
  return find_business_fault(document.get(), transfer_id);
}

std::string receipt(std::string_view reference) {
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<kp:Ontvangstbevestiging "
      "xmlns:kp=\"urn:ketenpoort:kbi-push:1\"><Ontvangstnummer>{}</Ontvangstnummer></kp:Ontvangstbevestiging>",
      reference);
}

std::string escape(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '<')
      escaped += "&lt;";
    else if (c == '&')
      escaped += "&amp;";
    else
      escaped += c;
  }
  return escaped;
}

std::string refusal(std::string_view reason) {
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<kp:Weigering xmlns:kp=\"urn:ketenpoort:kbi-push:1\"><Reden>{}</Reden></kp:Weigering>",
      escape(reason));
}

}  // namespace

const PartnerProfile& agii() {
  static constexpr PartnerProfile partner = {.name = "agii",
                                             .path = "/kbi/dossiers",
                                             .content_type = "application/xml",
                                             .uuid_header = {},
                                             .find_fault = find_fault,
                                             .answer_type = "application/xml",
                                             .receipt = receipt,
                                             .refusal = refusal};
  return partner;
}

}  // namespace ketenpoort::simulator
