// Problems as the Belgif REST guide wants them: RFC 9457 documents with urn:problem-type:belgif types. The one table
// from ErrorCode to HTTP stands in problem.cpp.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/api/http/http.hpp"
#include "gateway/base/result.hpp"

namespace ketenpoort::api {

// Where the issues of an error were found: Belgif's `in`.
enum class InputPart { body, query, path, header };

// type, title and status from the error's code; detail from its message (left out for ErrorCode::io, crypto, config and
// internal: those are for the log); issues with `name` = Issue::where. `instance` is urn:uuid:<trace>.
Reply problem_reply(const Error& error, const Uuid& trace, InputPart in = InputPart::body);

// 503 with Retry-After.
Reply unavailable_reply(std::string_view detail, std::chrono::seconds retry_after, const Uuid& trace);

// 405 with Allow.
Reply method_not_allowed_reply(std::string_view allow, const Uuid& trace);

// A refusal by status alone, for what is refused before any route is known (framing, limits, deadlines); status is one
// of 400 404 406 408 411 413 414 415 417 431 500 501 503 505. `detail` is our own sentence, never bytes of the request.
Reply status_reply(int status, std::string_view detail, const Uuid& trace);

// 401 and 403 (Belgif security guide, RFC 6750).
enum class AccessFault { no_token, invalid_token, expired_token, missing_scope, missing_permission };
struct AccessFailure {
  AccessFault fault = AccessFault::no_token;
  std::string detail;                          // never a token, nor a part of one
  std::vector<std::string> required_scopes{};  // missing_scope only
};
Reply access_reply(const AccessFailure& failure, const Uuid& trace);

}  // namespace ketenpoort::api
