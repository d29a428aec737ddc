// The simulated MAGDA's reading of a message's WS-Security header: who signed it, what, and when.
#pragma once

#include <libxml/tree.h>

#include <optional>
#include <string>
#include <tl/expected.hpp>

#include "gateway/base/digest.hpp"
#include "gateway/base/time.hpp"

namespace ketenpoort::simulator {

struct SecurityRules {
  std::optional<Digest> certificate;  // SHA-256 of the certificate that must have signed; none: whichever it names
  Timestamp now{};                    // by the real clock
};

struct SecurityFault {
  std::string code;  // of WS-Security 1.1.1, chapter 12, with its prefix: "wsse:FailedCheck"
  std::string reason;
};

// Of a SOAP envelope: the Body, the Timestamp and the token, and nothing else, must be signed by the key of the token's
// certificate (exclusive c14n, SHA-256, RSA or ECDSA), and the Timestamp be in force. Gives the Body that was verified:
// what is read must be that one.
tl::expected<const xmlNode*, SecurityFault> verify_body(xmlDoc* envelope, const SecurityRules& rules);

// An envelope is a Header, at most, and one Body, and no other element beside them; its Body, or null.
const xmlNode* body_of_envelope(const xmlNode* envelope);

}  // namespace ketenpoort::simulator
