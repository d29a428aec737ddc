#include "adapters/magda/simulator/security_check.hpp"

#include <xmlsec/crypto.h>
#include <xmlsec/keys.h>
#include <xmlsec/transforms.h>

#include <algorithm>
#include <vector>

#include "adapters/magda/answer.hpp"
#include "adapters/magda/xml_security.hpp"
#include "adapters/simulator/own_schema.hpp"
#include "gateway/base/bytes.hpp"

namespace ketenpoort::simulator {
namespace {

using namespace adapters::magda;

constexpr std::chrono::minutes clock_skew{5};
constexpr std::chrono::minutes longest_lifetime{10};

SecurityFault invalid(std::string reason) {
  return {"wsse:InvalidSecurity", "Security: " + std::move(reason)};
}

bool is(const xmlNode* node, std::string_view name_space, std::string_view name) {
  return node->type == XML_ELEMENT_NODE && to_text(node->name) == name && node->ns != nullptr &&
         to_text(node->ns->href) == name_space;
}

// The one child of this name; null when there is none or more than one.
xmlNode* only_child(const xmlNode* parent, std::string_view name_space, std::string_view name) {
  xmlNode* found = nullptr;
  for (auto* child = parent == nullptr ? nullptr : parent->children; child != nullptr; child = child->next) {
    if (!is(child, name_space, name)) continue;
    if (found != nullptr) return nullptr;
    found = child;
  }
  return found;
}

std::string attribute(const xmlNode* node, const char* name) {
  const std::unique_ptr<xmlChar, void (*)(void*)> value(xmlGetNoNsProp(node, to_xml(name)), xmlFree);
  return std::string(to_text(value.get()));
}

std::string id_of(const xmlNode* node) {
  const std::unique_ptr<xmlChar, void (*)(void*)> value(xmlGetNsProp(node, to_xml("Id"), to_xml(wsu_namespace.data())),
                                                        xmlFree);
  return std::string(to_text(value.get()));
}

// The parts of a header, each once.
struct Parts {
  xmlNode* body = nullptr;
  xmlNode* timestamp = nullptr;
  xmlNode* token = nullptr;
  xmlNode* signature = nullptr;
};

std::optional<Parts> find_parts(const xmlNode* envelope) {
  const auto* header = only_child(envelope, soap_namespace, "Header");
  const auto* security = only_child(header, wsse_namespace, "Security");
  const Parts parts{only_child(envelope, soap_namespace, "Body"), only_child(security, wsu_namespace, "Timestamp"),
                    only_child(security, wsse_namespace, "BinarySecurityToken"),
                    only_child(security, signature_namespace, "Signature")};
  if (parts.body == nullptr || parts.timestamp == nullptr || parts.token == nullptr || parts.signature == nullptr)
    return std::nullopt;
  return parts;
}

std::optional<SecurityFault> find_timestamp_fault(const xmlNode* timestamp, Timestamp now) {
  const auto created = parse_rfc3339(text_at(timestamp, {"Created"}));
  const auto expires = parse_rfc3339(text_at(timestamp, {"Expires"}));
  if (!created || !expires) return invalid("the Timestamp has not Created and Expires");
  if (*expires <= *created || *expires - *created > longest_lifetime)
    return invalid("the Timestamp is in force for too long, or not at all");
  if (*created > now + clock_skew || *created < now - clock_skew || *expires <= now)
    return SecurityFault{"wsu:MessageExpired", "Security: the Timestamp is too old, or lies in the future"};
  return std::nullopt;
}

std::optional<Bytes> token_bytes(const xmlNode* token) {
  if (attribute(token, "EncodingType") != base64_encoding || attribute(token, "ValueType") != x509v3_token)
    return std::nullopt;
  return from_base64(text_at(token, {}));
}

Certificate read_certificate(const Bytes& der) {
  const auto* at = der.data();
  Certificate certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  return certificate && at == der.data() + der.size() ? std::move(certificate) : nullptr;
}

bool is_in_force(const X509* certificate) {
  return X509_cmp_current_time(X509_get0_notBefore(certificate)) < 0 &&
         X509_cmp_current_time(X509_get0_notAfter(certificate)) > 0;
}

// What is signed are these three elements: a signature over anything else, or over less, proves nothing about them.
bool covers(const Parts& parts) {
  std::vector<std::string> wanted;
  for (const auto* node : {parts.body, parts.timestamp, parts.token}) wanted.push_back("#" + id_of(node));
  std::vector<std::string> signed_ones;
  const auto* info = only_child(parts.signature, signature_namespace, "SignedInfo");
  for (auto* child = info == nullptr ? nullptr : info->children; child != nullptr; child = child->next)
    if (is(child, signature_namespace, "Reference")) signed_ones.push_back(attribute(child, "URI"));
  std::ranges::sort(wanted);
  std::ranges::sort(signed_ones);
  return wanted == signed_ones && std::ranges::find(wanted, "#") == wanted.end();
}

bool names_token(const Parts& parts) {
  const auto* info = only_child(parts.signature, signature_namespace, "KeyInfo");
  const auto* reference =
      only_child(only_child(info, wsse_namespace, "SecurityTokenReference"), wsse_namespace, "Reference");
  return reference != nullptr && attribute(reference, "URI") == "#" + id_of(parts.token);
}

bool allow_only_what_is_agreed(xmlSecDSigCtx* context) {
  context->enabledReferenceUris = xmlSecTransformUriTypeSameDocument;
  return xmlSecDSigCtxEnableReferenceTransform(context, xmlSecTransformExclC14NId) >= 0 &&
         xmlSecDSigCtxEnableReferenceTransform(context, xmlSecTransformSha256Id) >= 0 &&
         xmlSecDSigCtxEnableSignatureTransform(context, xmlSecTransformExclC14NId) >= 0 &&
         xmlSecDSigCtxEnableSignatureTransform(context, xmlSecTransformRsaSha256Id) >= 0 &&
         xmlSecDSigCtxEnableSignatureTransform(context, xmlSecTransformEcdsaSha256Id) >= 0;
}

bool verifies(xmlNode* signature, X509* certificate) {
  const SignatureContext context(xmlSecDSigCtxCreate(nullptr));
  if (!context || !allow_only_what_is_agreed(context.get())) return false;
  context->signKey = adopt_key(PrivateKey(X509_get_pubkey(certificate))).release();
  return context->signKey != nullptr && xmlSecDSigCtxVerify(context.get(), signature) >= 0 &&
         context->status == xmlSecDSigStatusSucceeded;
}

std::optional<SecurityFault> find_fault(xmlDoc* envelope, const std::optional<Parts>& parts,
                                        const SecurityRules& rules) {
  if (!start_xml_security()) return invalid("cannot be checked");
  if (!parts) return invalid("one Body, Timestamp, BinarySecurityToken and Signature are wanted");
  if (!index_ids(envelope)) return invalid("an Id stands twice, or nothing in it");
  const auto der = token_bytes(parts->token);
  const auto certificate = der ? read_certificate(*der) : nullptr;
  if (!certificate) return SecurityFault{"wsse:InvalidSecurityToken", "Security: the token is no X.509 certificate"};
  if (!is_in_force(certificate.get()))
    return SecurityFault{"wsse:InvalidSecurityToken", "Security: the certificate is not in force"};
  if (rules.certificate && sha256(ByteView(*der)) != *rules.certificate)
    return SecurityFault{"wsse:FailedAuthentication", "Security: the certificate is not the caller's"};
  if (!covers(*parts)) return invalid("Body, Timestamp and token must be signed, and nothing else");
  if (!names_token(*parts)) return invalid("the KeyInfo does not name the token");
  if (!verifies(parts->signature, certificate.get()))
    return SecurityFault{"wsse:FailedCheck", "Security: the signature does not verify"};
  return find_timestamp_fault(parts->timestamp, rules.now);
}

}  // namespace

const xmlNode* body_of_envelope(const xmlNode* envelope) {
  if (envelope == nullptr || !is(envelope, soap_namespace, "Envelope")) return nullptr;
  for (const auto* child = envelope->children; child != nullptr; child = child->next)
    if (child->type == XML_ELEMENT_NODE && !is(child, soap_namespace, "Header") && !is(child, soap_namespace, "Body"))
      return nullptr;
  return only_child(envelope, soap_namespace, "Body");
}

tl::expected<const xmlNode*, SecurityFault> verify_body(xmlDoc* envelope, const SecurityRules& rules) {
  const auto parts = find_parts(xmlDocGetRootElement(envelope));
  if (auto fault = find_fault(envelope, parts, rules)) return tl::make_unexpected(std::move(*fault));
  return parts->body;
}

}  // namespace ketenpoort::simulator
