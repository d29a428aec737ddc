#include "adapters/magda/answer.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "adapters/magda/xml_reading.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/base/trim.hpp"
#include "gateway/base/uuid.hpp"
#include "gateway/formats/xml.hpp"
#include "gateway/formats/xml_encoding.hpp"

namespace ketenpoort::adapters::magda {
namespace {

constexpr std::size_t most_uitzonderingen = 100;  // of one answer; nobody reads more
constexpr std::size_t longest_code = 10;          // UitzonderingIdentificatieType
constexpr std::size_t longest_origin = 5;         // UitzonderingOorsprongType
constexpr std::size_t largest_answer = std::size_t{256} << 10;
constexpr std::size_t deepest_answer = 32;

tl::unexpected<Error> malformed(std::string what) {
  return fail(ErrorCode::malformed, "MAGDA's answer: " + std::move(what));
}

bool is_origin_character(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

std::optional<Gravity> parse_gravity(std::string_view text) {
  if (text == "FOUT") return Gravity::fault;
  if (text == "WAARSCHUWING") return Gravity::warning;
  if (text == "INFORMATIE") return Gravity::information;
  return std::nullopt;
}

// The words beside the code (Diagnose, Omstandigheid, Annotaties) may name a person: they are not read.
Result<Uitzondering> read_uitzondering(const pugi::xml_node& node, int level) {
  Sequence parts(node);
  const auto identification = parts.take("Identificatie");
  const auto code = text_of(identification);
  const auto origin = text_of(parts.take("Oorsprong"));
  const auto gravity = parse_gravity(text_of(parts.take("Type")).value_or(""));
  parts.take("Tijdstip");
  const auto diagnosis = parts.take("Diagnose");
  for (const auto* optional : {"Omstandigheid", "Annotaties", "ElementReferenties"}) parts.take(optional);
  if (!identification || !code || code->size() > longest_code || !std::ranges::all_of(*code, is_digit))
    return malformed("Uitzondering/Identificatie is no number of up to ten digits");
  if (!origin || origin->empty() || origin->size() > longest_origin ||
      !std::ranges::all_of(*origin, is_origin_character))
    return malformed("Uitzondering/Oorsprong is no name of one to five letters");
  if (!gravity) return malformed("Uitzondering/Type is none of FOUT, WAARSCHUWING, INFORMATIE");
  if (!diagnosis || !parts.at_end() || !parts.is_clean()) return malformed("Uitzondering is not as published");
  return Uitzondering{level, *code, *origin, *gravity};
}

Status read_uitzonderingen(const pugi::xml_node& list, int level, std::vector<Uitzondering>& into) {
  Sequence items(list);
  while (const auto item = items.take("Uitzondering")) {
    auto read = read_uitzondering(item, level);
    if (!read) return fail(std::move(read.error()));
    if (into.size() == most_uitzonderingen) return malformed("more Uitzonderingen than anybody reads");
    into.push_back(std::move(*read));
  }
  if (!items.at_end() || !items.is_clean() || !list.first_child())
    return malformed("Uitzonderingen is not as published");
  return {};
}

FaultKind kind_of(std::string_view name_space, std::string_view name) {
  if (name_space != soap_namespace) {
    // WS-Security's codes, whatever the prefix or the version of its namespace.
    if (name == "MessageExpired") return FaultKind::expired;
    constexpr std::array security = {"UnsupportedSecurityToken", "UnsupportedAlgorithm", "InvalidSecurity",
                                     "InvalidSecurityToken",     "FailedAuthentication", "FailedCheck",
                                     "SecurityTokenUnavailable"};
    return std::ranges::find(security, name) == security.end() ? FaultKind::other : FaultKind::security;
  }
  // Dots make a code more particular: Client.Authentication is a Client.
  const auto general = name.substr(0, name.find('.'));
  if (general == "Client") return FaultKind::client;
  if (general == "Server") return FaultKind::server;
  if (general == "VersionMismatch" || general == "MustUnderstand") return FaultKind::version;
  return FaultKind::other;
}

Result<SoapAnswer> read_fault(const pugi::xml_node& fault) {
  Sequence parts(fault);
  const auto code_node = parts.take("faultcode");
  const auto content = text_of(code_node);
  // A QName: white space around it means nothing (XML Schema part 2, 4.3.6), and some toolkits indent it.
  const auto code = trim(content ? std::string_view(*content) : std::string_view{}, is_space);
  if (code.empty()) return malformed("the SOAP fault has no faultcode");
  if (!parts.take("faultstring")) return malformed("the SOAP fault has no faultstring");
  parts.take("faultactor");
  const auto detail = parts.take("detail");
  if (!parts.at_end() || !parts.is_clean()) return malformed("the SOAP fault is not as SOAP 1.1 wants it");
  SoapAnswer answer;
  answer.fault = kind_of(namespace_of(code_node, code), local_name(code));
  // The detail is the application's own: what is not MAGDA's list is passed over.
  for (const auto& entry : detail.children())
    if (local_name(entry.name()) == "Uitzonderingen")
      if (auto read = read_uitzonderingen(entry, 1, answer.uitzonderingen); !read) return fail(std::move(read.error()));
  return answer;
}

// The receiver's Referte is ours again, where it is given.
Status check_context(const pugi::xml_node& context, std::string_view asked) {
  if (!context) return malformed("the Repliek has no Context");
  const auto message = context.child("Bericht");
  const std::string_view type = message.child_value("Type");
  if (type != "ANTWOORD" && type != "VOORLOPIG_ANTWOORD" && type != "BEVESTIGING" && type != "UITZONDERING")
    return malformed("Context/Bericht/Type is no kind of answer");
  const auto referte = message.child("Ontvanger").child("Referte");
  if (referte && text_of(referte) != asked)
    return fail(ErrorCode::conflict, "MAGDA's answer: Context/Bericht/Ontvanger/Referte is not that of our question");
  return {};
}

Status read_antwoord(const pugi::xml_node& node, std::string_view asked, SoapAnswer& into) {
  Sequence parts(node);
  const auto referte = parts.take("Referte");
  if (!referte) return malformed("the Antwoord has no Referte");
  if (text_of(referte) != asked)
    return fail(ErrorCode::conflict, "MAGDA's answer: Antwoord/Referte is not that of our question");
  if (const auto content = parts.take("Inhoud")) {
    Sequence inside(content);
    const auto id = text_of(inside.take("Id"));
    if (!id || !parse_uuid(*id) || !inside.at_end() || !inside.is_clean())
      return malformed("Antwoord/Inhoud/Id is no UUID");
    into.reference = *id;
  }
  if (const auto list = parts.take("Uitzonderingen"))
    if (auto read = read_uitzonderingen(list, 3, into.uitzonderingen); !read) return read;
  if (!parts.at_end() || !parts.is_clean()) return malformed("the Antwoord is not as published");
  into.has_answer = true;
  return {};
}

Result<SoapAnswer> read_response(const pugi::xml_node& response, std::string_view asked) {
  Sequence root(response);
  const auto repliek = root.take("Repliek");
  if (!repliek || !root.at_end() || !root.is_clean()) return malformed("the response is no Repliek");
  Sequence parts(repliek);
  if (auto checked = check_context(parts.take("Context"), asked); !checked) return fail(std::move(checked.error()));
  SoapAnswer answer;
  if (const auto answers = parts.take("Antwoorden")) {
    Sequence one(answers);
    const auto antwoord = one.take("Antwoord");
    if (!antwoord || !one.at_end() || !one.is_clean()) return malformed("Antwoorden is not one Antwoord");
    if (auto read = read_antwoord(antwoord, asked, answer); !read) return fail(std::move(read.error()));
  }
  if (const auto list = parts.take("Uitzonderingen"))
    if (auto read = read_uitzonderingen(list, 2, answer.uitzonderingen); !read) return fail(std::move(read.error()));
  if (!parts.at_end() || !parts.is_clean()) return malformed("the Repliek is not as published");
  if (!answer.has_answer && answer.uitzonderingen.empty()) return malformed("neither Antwoord nor Uitzonderingen");
  return answer;
}

}  // namespace

Result<SoapAnswer> read_answer(std::string_view body, std::string_view asked) {
  pugi::xml_document document;
  formats::XmlLimits limits;
  limits.bytes = largest_answer;
  limits.depth = deepest_answer;
  const auto text = formats::xml_in_utf8(body);  // UTF-16 too: WS-I Basic Profile 1.1, R4003
  if (!text || !formats::parse_xml(*text, document, limits)) return malformed("no XML that we read");
  const auto root = document.document_element();
  if (local_name(root.name()) != "Envelope" || namespace_of(root) != soap_namespace)
    return malformed("no SOAP 1.1 envelope");
  Sequence envelope(root);
  envelope.take(soap_namespace, "Header");  // what stands there is for intermediaries
  const auto soap_body = envelope.take(soap_namespace, "Body");
  if (!soap_body || !envelope.at_end() || !envelope.is_clean()) return malformed("the envelope has not one Body");
  Sequence inside(soap_body);
  const auto fault = inside.take(soap_namespace, "Fault");
  const auto response = fault ? fault : inside.take(service_namespace, "RegistreerToeleidingResponse");
  if (!response || !inside.at_end() || !inside.is_clean())
    return malformed("the Body is neither a fault nor a RegistreerToeleidingResponse");
  return fault ? read_fault(fault) : read_response(response, asked);
}

}  // namespace ketenpoort::adapters::magda
