#include "adapters/magda/xml_security.hpp"

#include <xmlsec/crypto.h>
#include <xmlsec/errors.h>
#include <xmlsec/keys.h>
#include <xmlsec/openssl/crypto.h>
#include <xmlsec/openssl/evp.h>

#include <limits>

namespace ketenpoort::adapters::magda {
namespace {

void say_nothing(const char*, int, const char*, const char*, const char*, int, const char*) {}

bool start() {
  xmlInitParser();
  const bool started = xmlSecInit() >= 0 && xmlSecCheckVersion() == 1 && xmlSecOpenSSLInit() >= 0;
  xmlSecErrorsSetCallback(say_nothing);  // xmlSecInit set its own, which prints
  return started;
}

bool is_id(const xmlAttr& attribute) {
  if (to_text(attribute.name) != "Id") return false;
  return attribute.ns == nullptr || to_text(attribute.ns->href) == wsu_namespace;
}

bool index_ids_below(xmlDoc* document, xmlNode* node) {
  for (; node != nullptr; node = node->next) {
    if (node->type != XML_ELEMENT_NODE) continue;
    for (auto* attribute = node->properties; attribute != nullptr; attribute = attribute->next) {
      if (!is_id(*attribute) || attribute->children == nullptr) continue;
      const auto* value = attribute->children->content;
      if (value == nullptr || xmlGetID(document, value) != nullptr) return false;
      if (xmlAddID(nullptr, document, value, attribute) == nullptr) return false;
    }
    if (!index_ids_below(document, node->children)) return false;
  }
  return true;
}

}  // namespace

bool start_xml_security() {
  static const bool started = start();
  return started;
}

XmlDocument read_xml(std::string_view text) {
  if (text.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) return nullptr;
  XmlDocument document(xmlReadMemory(text.data(), static_cast<int>(text.size()), nullptr, nullptr,
                                     XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING));
  if (document && (document->intSubset != nullptr || document->extSubset != nullptr)) return nullptr;
  return document;
}

SecKey adopt_key(PrivateKey key) {
  auto* const data = xmlSecOpenSSLEvpKeyAdopt(key.get());
  if (data == nullptr) return nullptr;
  static_cast<void>(key.release());  // the data owns it now
  SecKey made(xmlSecKeyCreate());
  if (!made || xmlSecKeySetValue(made.get(), data) < 0) {
    xmlSecKeyDataDestroy(data);
    return nullptr;
  }
  return made;
}

bool index_ids(xmlDoc* document) {
  return index_ids_below(document, xmlDocGetRootElement(document));
}

}  // namespace ketenpoort::adapters::magda
