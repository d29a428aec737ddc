// What a partner checks before it reads a message: who sends it, that it is whole and signed, and that it tells nothing
// in passing.
#pragma once

#include <optional>
#include <string>

#include "adapters/http_signature.hpp"
#include "adapters/simulator/partner_profile.hpp"
#include "gateway/api/http/http.hpp"

namespace ketenpoort::simulator {

struct TransportRules {
  const PartnerProfile* partner = nullptr;
  const adapters::VerifyingKey* gateway_key = nullptr;  // none: a signature must be there but is not verified
  bool certificate_required = false;
};

struct TransportFault {
  int status = 400;
  std::string reason;
};

// `body` is the digest of the request's body; `now` is the real clock: a signature counts for five minutes around it.
std::optional<TransportFault> find_transport_fault(const api::Request& request, const TransportRules& rules,
                                                   const Digest& body, Timestamp now);

// A national number, plain or with its usual dots and dash, outside of a UUID, a digest or a signature.
bool names_a_person(std::string_view header_value);

}  // namespace ketenpoort::simulator
