// What MAGDA answers to RegistreerToeleiding, read strictly.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/magda/uitzondering.hpp"
#include "gateway/base/result.hpp"

namespace ketenpoort::adapters::magda {

inline constexpr std::string_view soap_namespace = "http://schemas.xmlsoap.org/soap/envelope/";
inline constexpr std::string_view service_namespace = "http://inburgering.be/types/RegistreerToeleidingService/V01";

// Why a SOAP fault was given, as far as it matters: SOAP 1.1, section 4.4.1, and WS-Security 1.1.1, chapter 12.
enum class FaultKind : unsigned char { client, server, security, expired, version, other };

struct SoapAnswer {
  std::optional<FaultKind> fault;            // a SOAP fault: nothing of what follows but Uitzonderingen of its detail
  bool has_answer = false;                   // an Antwoord stands there
  std::string reference;                     // its Inhoud/Id, a UUID; empty when it has none
  std::vector<Uitzondering> uitzonderingen;  // of every level
};

// `asked`: what the Referte of our question was. ErrorCode::malformed when it is no SOAP 1.1 envelope with a fault or a
// RegistreerToeleidingResponse as published; ErrorCode::conflict when it answers another question.
Result<SoapAnswer> read_answer(std::string_view body, std::string_view asked);

}  // namespace ketenpoort::adapters::magda
