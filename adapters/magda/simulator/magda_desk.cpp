#include "adapters/magda/simulator/magda_desk.hpp"

#include <fmt/format.h>
#include <libxml/c14n.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "adapters/magda/simulator/toeleiding_schema.hpp"
#include "adapters/simulator/own_schema.hpp"
#include "gateway/base/bytes.hpp"
#include "gateway/base/uuid.hpp"
#include "gateway/domain/ssin.hpp"

namespace ketenpoort::simulator {
namespace {

constexpr std::string_view soap = "http://schemas.xmlsoap.org/soap/envelope/";
constexpr std::string_view service = "http://inburgering.be/types/RegistreerToeleidingService/V01";
constexpr int fault_status = 500;

const OwnSchema& compiled_schema() {
  static const OwnSchema schema(toeleiding_schema);
  return schema;
}

MagdaException refused(int level, std::string code, std::string reason) {
  return {.level = level, .code = std::move(code), .reason = std::move(reason)};
}

std::string_view name_of(const xmlNode* node) {
  return reinterpret_cast<const char*>(node->name);
}

bool is_in(const xmlNode* node, std::string_view name_space) {
  return node->ns != nullptr && name_space == reinterpret_cast<const char*>(node->ns->href);
}

// The Body's one element.
const xmlNode* message_in(const xmlNode* body) {
  const xmlNode* found = nullptr;
  for (const auto* child = body->children; child != nullptr; child = child->next) {
    if (child->type != XML_ELEMENT_NODE) continue;
    if (found != nullptr) return nullptr;
    found = child;
  }
  return found;
}

// An element as a document of its own, with the namespaces it uses.
Document document_of(const xmlNode* node) {
  Document document(xmlNewDoc(nullptr));
  auto* const copy = xmlDocCopyNode(const_cast<xmlNode*>(node), document.get(), 1);  // libxml2 does not change it
  if (copy == nullptr) return nullptr;
  xmlDocSetRootElement(document.get(), copy);
  return document;
}

std::string canonical(xmlDoc* document) {
  xmlChar* text = nullptr;
  const int size = xmlC14NDocDumpMemory(document, nullptr, XML_C14N_EXCLUSIVE_1_0, nullptr, 0, &text);
  const std::unique_ptr<xmlChar, void (*)(void*)> owner(text, xmlFree);
  return size <= 0 ? std::string() : std::string(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
}

std::string moment_at(const xmlNode* node, std::string_view name) {
  const auto* moment = node_at(node, {name});
  return text_at(moment, {"Datum"}) + "T" + text_at(moment, {"Tijd"});
}

// What the schema cannot say.
std::optional<MagdaException> find_content_fault(const xmlNode* request, std::string_view transfer_id,
                                                 std::string_view partner_type) {
  const auto* question = node_at(request, {"Vragen", "Vraag"});
  const auto* referral = node_at(question, {"Inhoud", "Toeleiding"});
  for (const auto& [where, stands] :
       {std::pair{"Context/Bericht/Afzender/Referte", text_at(request, {"Context", "Bericht", "Afzender", "Referte"})},
        std::pair{"Vraag/Referte", text_at(question, {"Referte"})},
        std::pair{"Toeleiding/Id", text_at(referral, {"Id"})}})
    if (stands != transfer_id)
      return refused(3, "50000", fmt::format("{}: not the transfer that the Idempotency-Key names", where));
  const auto today = date_in_brussels(Clock{}.now());
  if (!check_ssin(text_at(question, {"Inhoud", "Personalia", "INSZ"}), true, today).ssin)
    return refused(3, "20002", "Personalia/INSZ: not a national number, the check digits do not fit");
  for (const auto* party : {"Van", "Naar"}) {
    const auto number = text_at(referral, {party, "KboNummer"});
    if (!number.empty() && !is_kbo_number(number))
      return refused(3, "20007", fmt::format("Toeleiding/{}/KboNummer: not an enterprise number", party));
  }
  if (text_at(referral, {"Naar", "TypePartner"}) != partner_type)
    return refused(3, "50000", "Toeleiding/Naar/TypePartner: not this partner");
  const auto* appointment = node_at(referral, {"AfspraakMoment"});
  if (appointment != nullptr && moment_at(appointment, "StartTijd") >= moment_at(appointment, "EindTijd"))
    return refused(3, "20004", "AfspraakMoment: it ends before it begins");
  return std::nullopt;
}

std::string exception_text(const MagdaException& exception) {
  return fmt::format(
      "<Uitzonderingen><Uitzondering><Identificatie>{}</Identificatie><Oorsprong>{}</Oorsprong><Type>{}</Type>"
      "<Diagnose>{}</Diagnose></Uitzondering></Uitzonderingen>",
      exception.code, exception.origin, exception.type, escape(exception.reason));
}

std::string enveloped(std::string_view body) {
  return fmt::format(R"(<?xml version="1.0" encoding="UTF-8"?>
<s:Envelope xmlns:s="{}"><s:Body>{}</s:Body></s:Envelope>)",
                     soap, body);
}

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// SOAP's own codes stand in its namespace, WS-Security's in theirs.
std::string fault_code(std::string_view code) {
  if (is_number(code)) return "s:Server";
  return code.find(':') == std::string_view::npos ? fmt::format("s:{}", code) : std::string(code);
}

api::Reply fault_reply(const MagdaException& exception) {
  constexpr std::string_view security =
      R"( xmlns:wsse="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd")"
      R"( xmlns:wsu="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd")";
  const auto detail = is_number(exception.code) ? "<detail>" + exception_text(exception) + "</detail>" : std::string();
  return {.status = fault_status,
          .content_type = "text/xml; charset=utf-8",
          .body = enveloped(fmt::format("<s:Fault{}><faultcode>{}</faultcode><faultstring>{}</faultstring>{}</s:Fault>",
                                        security, fault_code(exception.code), escape(exception.reason), detail))};
}

// Tijdstip is the question's, so that the same question has the same answer.
std::string context_text(const xmlNode* context, std::string_view reference, bool has_answer) {
  const auto* asked = node_at(context, {"Bericht"});
  return fmt::format(
      "<Context><Naam>RegistreerToeleiding</Naam><Versie>01.00.0000</Versie><Bericht><Type>{}</Type>"
      "<Tijdstip><Datum>{}</Datum><Tijd>{}</Tijd></Tijdstip><Afzender><Identificatie>{}</Identificatie>"
      "<Referte>{}</Referte></Afzender><Ontvanger><Identificatie>{}</Identificatie><Referte>{}</Referte></Ontvanger>"
      "</Bericht></Context>",
      has_answer ? "ANTWOORD" : "UITZONDERING", text_at(asked, {"Tijdstip", "Datum"}),
      text_at(asked, {"Tijdstip", "Tijd"}), escape(text_at(asked, {"Ontvanger", "Identificatie"})), reference,
      escape(text_at(asked, {"Afzender", "Identificatie"})), escape(text_at(asked, {"Afzender", "Referte"})));
}

}  // namespace

Result<ProvokedException> parse_provoked(std::string_view text) {
  const auto wrong = [] {
    return fail(ErrorCode::invalid_input,
                "an Uitzondering is told as LEVEL:CODE[:TYPE[:TIMES]], for example 2:99996, 1:Server, "
                "3:30004:WAARSCHUWING or 2:99996:FOUT:3");
  };
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find(':', at), text.size());
    parts.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  if (parts.size() < 2 || parts.size() > 4 || parts[0].size() != 1 || parts[0][0] < '1' || parts[0][0] > '3')
    return wrong();
  ProvokedException provoked{refused(parts[0][0] - '0', parts[1], "this simulator was told to"), 0};
  constexpr std::array fault_codes = {"Client", "Server", "MustUnderstand", "VersionMismatch"};
  const bool is_fault = provoked.exception.level == 1 && std::ranges::find(fault_codes, parts[1]) != fault_codes.end();
  if (!is_fault && (!is_number(parts[1]) || parts[1].size() > 10)) return wrong();
  if (parts.size() > 2) provoked.exception.type = parts[2];
  constexpr std::array types = {"FOUT", "WAARSCHUWING", "INFORMATIE"};
  if (std::ranges::find(types, provoked.exception.type) == types.end()) return wrong();
  if (parts.size() > 3) {
    const auto [end, error] = std::from_chars(parts[3].data(), parts[3].data() + parts[3].size(), provoked.times);
    if (error != std::errc{} || end != parts[3].data() + parts[3].size() || provoked.times == 0) return wrong();
  }
  return provoked;
}

MagdaReading read_magda(std::string_view body, std::string_view transfer_id, const MagdaRules& rules) {
  const auto envelope = read_document(body);
  if (!envelope) return {.refusal = refused(1, "Client", "the body is not XML"), .bound = {}};
  if (envelope->intSubset != nullptr)
    return {.refusal = refused(1, "Client", "the body has a document type, which is not taken"), .bound = {}};
  if (body_of_envelope(xmlDocGetRootElement(envelope.get())) == nullptr)
    return {.refusal = refused(1, "VersionMismatch", "not a SOAP 1.1 envelope of a Header and one Body"), .bound = {}};
  auto signed_body = verify_body(envelope.get(), rules.security);
  if (!signed_body)
    return {.refusal = refused(1, std::move(signed_body.error().code), std::move(signed_body.error().reason)),
            .bound = {}};
  MagdaReading reading{.refusal = {}, .is_authentic = true, .bound = canonical(document_of(*signed_body).get())};
  const auto* message = message_in(*signed_body);
  if (message == nullptr || name_of(message) != "RegistreerToeleiding" || !is_in(message, service)) {
    reading.refusal = refused(1, "Client", "the Body is not one RegistreerToeleiding");
    return reading;
  }
  const auto document = document_of(message);
  if (auto fault = compiled_schema().find_fault(document.get()))
    reading.refusal = refused(2, "50000", std::move(*fault));
  else
    reading.refusal = find_content_fault(node_at(message, {"Verzoek"}), transfer_id, rules.partner_type);
  return reading;
}

std::string bound_by_key(std::string_view path, std::string_view body) {
  if (path != magda_path) return std::string(body);
  const auto envelope = read_document(body);
  const auto* soap_body = envelope ? body_of_envelope(xmlDocGetRootElement(envelope.get())) : nullptr;
  return soap_body == nullptr ? std::string(body) : canonical(document_of(soap_body).get());
}

std::string magda_reference(std::string_view partner, std::string_view key) {
  const auto digest = sha256({as_bytes(partner), as_bytes("\nmagda\n"), as_bytes(key)});
  Uuid uuid;
  std::copy_n(digest.begin(), uuid.bytes.size(), uuid.bytes.begin());
  uuid.bytes[6] = static_cast<std::uint8_t>((uuid.bytes[6] & 0x0F) | 0x80);  // version 8: of our own making (RFC 9562)
  uuid.bytes[8] = static_cast<std::uint8_t>((uuid.bytes[8] & 0x3F) | 0x80);
  return uuid.text();
}

api::Reply magda_reply(std::string_view question, std::string_view reference,
                       const std::optional<MagdaException>& exception) {
  if (exception && exception->level == 1) return fault_reply(*exception);
  const auto envelope = read_document(question);
  const auto* request =
      node_at(body_of_envelope(xmlDocGetRootElement(envelope.get())), {"RegistreerToeleiding", "Verzoek"});
  const bool taken = !exception || !exception->refuses();
  const auto asked = escape(text_at(request, {"Vragen", "Vraag", "Referte"}));
  const auto content = taken ? fmt::format("<Inhoud><Id>{}</Id></Inhoud>", reference) : std::string();
  const auto beside = [&](int level) {
    return exception && exception->level == level ? exception_text(*exception) : std::string();
  };
  const bool has_answer = taken || exception->level == 3;
  const auto answers = has_answer
                           ? fmt::format("<Antwoorden><Antwoord><Referte>{}</Referte>{}{}</Antwoord></Antwoorden>",
                                         asked, content, beside(3))
                           : std::string();
  return {
      .status = 200,
      .content_type = "text/xml; charset=utf-8",
      .body = enveloped(fmt::format(
          R"(<r:RegistreerToeleidingResponse xmlns:r="{}"><Repliek>{}{}{}</Repliek></r:RegistreerToeleidingResponse>)",
          service, context_text(node_at(request, {"Context"}), reference, has_answer), answers, beside(2)))};
}

}  // namespace ketenpoort::simulator
