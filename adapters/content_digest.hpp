// Content-Digest (RFC 9530), SHA-256: what a message's body must hash to, so that a partner notices any change on the
// way.
#pragma once

#include <string>
#include <string_view>

#include "gateway/base/digest.hpp"
#include "gateway/base/result.hpp"

namespace ketenpoort::adapters {

// The header's value: "sha-256=:<base64>:".
std::string content_digest(std::string_view body);

// Malformed when the header carries no readable sha-256, invalid_input when it is not the body's.
Status check_content_digest(std::string_view header, std::string_view body);
Status check_content_digest(std::string_view header, const Digest& of_body);  // for who needs the digest anyway

}  // namespace ketenpoort::adapters
