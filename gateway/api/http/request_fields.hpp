// Header fields that say something of the body, checked before any route: Idempotency-Key stands once and can be kept,
// and the body is the one that Content-Digest (RFC 9530) was made of.
#pragma once

#include "gateway/api/http/http.hpp"
#include "gateway/base/result.hpp"

namespace ketenpoort::api {

// ErrorCode::invalid_input with the field as place. Of a streamed body only what can be told before it comes.
Status check_request_fields(const Request& request);

// The answer to a streamed body that is not the one its Content-Digest was made of is 400: the route never hears of its
// end, so it takes nothing. As it is where there is no such field.
ReplyTo compare_digest_of_stream(const Request& request, ReplyTo reply);

}  // namespace ketenpoort::api
