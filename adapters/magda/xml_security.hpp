// libxml2 and xmlsec as owners, and the names that WS-Security gives things.
#pragma once

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <xmlsec/xmldsig.h>
#include <xmlsec/xmlsec.h>

#include <string_view>

#include "gateway/base/owned.hpp"

namespace ketenpoort::adapters::magda {

using XmlDocument = Owned<xmlDoc, xmlFreeDoc>;
using SignatureContext = Owned<xmlSecDSigCtx, xmlSecDSigCtxDestroy>;
using SecKey = Owned<xmlSecKey, xmlSecKeyDestroy>;
using Certificate = Owned<X509, X509_free>;
using PrivateKey = Owned<EVP_PKEY, EVP_PKEY_free>;

inline constexpr std::string_view wsse_namespace =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
inline constexpr std::string_view wsu_namespace =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
inline constexpr std::string_view signature_namespace = "http://www.w3.org/2000/09/xmldsig#";
inline constexpr std::string_view exclusive_c14n = "http://www.w3.org/2001/10/xml-exc-c14n#";
inline constexpr std::string_view sha256_digest = "http://www.w3.org/2001/04/xmlenc#sha256";
inline constexpr std::string_view rsa_sha256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
inline constexpr std::string_view ecdsa_sha256 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";
inline constexpr std::string_view x509v3_token =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3";
inline constexpr std::string_view base64_encoding =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary";

// xmlsec, once per process; silent, since what it would print may quote a message. False when it cannot start.
bool start_xml_security();

// Read without network, entities or a word on stderr; null when it is not XML.
XmlDocument read_xml(std::string_view text);

// A key that xmlsec can use; null when it cannot.
SecKey adopt_key(PrivateKey key);

// wsu:Id and Id as what references point to. False when one stands twice.
bool index_ids(xmlDoc* document);

inline const xmlChar* to_xml(const char* text) {
  return reinterpret_cast<const xmlChar*>(text);
}
inline std::string_view to_text(const xmlChar* text) {
  return text == nullptr ? std::string_view{} : reinterpret_cast<const char*>(text);
}

}  // namespace ketenpoort::adapters::magda
