// The MAGDA side of a simulated partner: takes a RegistreerToeleiding, or says at which level it does not.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "adapters/magda/simulator/security_check.hpp"
#include "gateway/api/http/http.hpp"
#include "gateway/base/result.hpp"

namespace ketenpoort::simulator {

inline constexpr std::string_view magda_path = "/magda/Inburgering.RegistreerToeleidingDienst-01.00/soap/WebService";
inline constexpr std::string_view magda_content_type = "text/xml";

// An Uitzondering to answer with. At level 1 the code may be a faultcode of SOAP or WS-Security instead.
struct MagdaException {
  int level = 3;
  std::string code = "50000";
  std::string type = "FOUT";
  std::string origin = "MAGDA";
  std::string reason{};  // Diagnose; no value of the message
  [[nodiscard]] bool refuses() const { return type == "FOUT" || level == 1; }
};

// "2:99996", "1:Server", "3:30004:WAARSCHUWING", "2:99996:FOUT:3": for the next three messages that are in order
// (without a number: for all). ErrorCode::invalid_input otherwise.
struct ProvokedException {
  MagdaException exception;
  unsigned times = 0;  // 0: always
};
Result<ProvokedException> parse_provoked(std::string_view text);

struct MagdaRules {
  std::string_view partner_type;  // of Naar/TypePartner
  SecurityRules security;
};

// One message, read.
struct MagdaReading {
  std::optional<MagdaException> refusal;
  bool is_authentic = false;  // the signature holds: what it says is the sender's
  std::string bound;          // what an idempotency key stands for: the SOAP Body in its canonical form
};
MagdaReading read_magda(std::string_view body, std::string_view transfer_id, const MagdaRules& rules);

// The SOAP Body of a message in its canonical form; the message itself when it has none.
std::string bound_by_key(std::string_view path, std::string_view body);

// A UUID of the partner's own for what came under this key; always the same.
std::string magda_reference(std::string_view partner, std::string_view key);

// The same for the same question, whenever it is asked. `reference`: a UUID, of what was taken.
api::Reply magda_reply(std::string_view question, std::string_view reference,
                       const std::optional<MagdaException>& exception);

}  // namespace ketenpoort::simulator
