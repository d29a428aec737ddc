#include "gateway/api/http/problem.hpp"

#include <array>

#include "gateway/formats/json.hpp"

namespace ketenpoort::api {
namespace {

constexpr std::string_view problem_urn = "urn:problem-type:belgif:";
constexpr std::string_view issue_urn = "urn:problem-type:belgif:input-validation:";
constexpr std::string_view own_urn = "urn:problem-type:ketenpoort:";

struct Kind {
  int status;
  bool standard;  // of the Belgif guide, else our own
  std::string_view type;
  std::string_view title;
};

constexpr Kind bad_request{400, true, "badRequest", "Bad Request"};
constexpr Kind internal_error{500, true, "internalServerError", "Internal Server Error"};
constexpr Kind service_unavailable{503, true, "serviceUnavailable", "Service Unavailable"};
constexpr Kind method_not_allowed{405, false, "methodNotAllowed", "Method Not Allowed"};

// The one table from what went wrong to what HTTP says of it.
Kind kind_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::malformed:
    case ErrorCode::schema_violation:
    case ErrorCode::unknown_input:
    case ErrorCode::invalid_input:
      return bad_request;
    case ErrorCode::too_large:
      return {413, true, "payloadTooLarge", "Payload Too Large"};
    case ErrorCode::not_found:
      return {404, true, "resourceNotFound", "Resource Not Found"};
    case ErrorCode::conflict:
      return {409, false, "conflict", "Conflict"};
    case ErrorCode::unauthenticated:
      return {401, true, "noAccessToken", "No Access Token"};
    case ErrorCode::forbidden:
      return {403, true, "missingPermission", "Missing Permission"};
    case ErrorCode::gone:
      return {410, false, "gone", "Gone"};
    case ErrorCode::unavailable:
    case ErrorCode::changed:
      return service_unavailable;
    case ErrorCode::io:
    case ErrorCode::crypto:
    case ErrorCode::config:
    case ErrorCode::internal:
      break;
  }
  return internal_error;
}

Kind kind_of(AccessFault fault) {
  switch (fault) {
    case AccessFault::no_token:
      break;
    case AccessFault::invalid_token:
      return {401, true, "invalidAccessToken", "Invalid Access Token"};
    case AccessFault::expired_token:
      return {401, true, "expiredAccessToken", "Expired Access Token"};
    case AccessFault::missing_scope:
      return {403, true, "missingScope", "Missing Scope"};
    case AccessFault::missing_permission:
      return {403, true, "missingPermission", "Missing Permission"};
  }
  return {401, true, "noAccessToken", "No Access Token"};
}

Kind kind_of_status(int status) {
  switch (status) {
    case 400:
      return bad_request;
    case 404:
      return kind_of(ErrorCode::not_found);
    case 405:
      return method_not_allowed;
    case 406:
      return {406, false, "notAcceptable", "Not Acceptable"};
    case 408:
      return {408, false, "requestTimeout", "Request Timeout"};
    case 411:
      return {411, false, "lengthRequired", "Length Required"};
    case 413:
      return kind_of(ErrorCode::too_large);
    case 414:
      return {414, false, "uriTooLong", "URI Too Long"};
    case 415:
      return {415, false, "unsupportedMediaType", "Unsupported Media Type"};
    case 417:
      return {417, false, "expectationFailed", "Expectation Failed"};
    case 431:
      return {431, false, "requestHeaderFieldsTooLarge", "Request Header Fields Too Large"};
    case 501:
      return {501, false, "notImplemented", "Not Implemented"};
    case 503:
      return service_unavailable;
    case 505:
      return {505, false, "httpVersionNotSupported", "HTTP Version Not Supported"};
    default:
      return internal_error;
  }
}

std::string_view issue_type(ErrorCode code) {
  if (code == ErrorCode::schema_violation || code == ErrorCode::malformed) return "schemaViolation";
  if (code == ErrorCode::unknown_input) return "unknownInput";
  if (code == ErrorCode::not_found) return "referencedResourceNotFound";
  return "invalidInput";
}

std::string_view text_of(InputPart part) {
  switch (part) {
    case InputPart::query:
      return "query";
    case InputPart::path:
      return "path";
    case InputPart::header:
      return "header";
    case InputPart::body:
      break;
  }
  return "body";
}

// One problem document being written; the members it always has come first.
class ProblemDocument {
 public:
  ProblemDocument(const Kind& kind, std::string_view detail, const Uuid& trace) : status_(kind.status), json_(body_) {
    json_.begin_object();
    json_.member("type", std::string(kind.standard ? problem_urn : own_urn) + std::string(kind.type));
    json_.member("title", kind.title).member("status", kind.status);
    if (!detail.empty()) json_.member("detail", detail);
    json_.member("instance", "urn:uuid:" + trace.text());
  }

  formats::JsonWriter& json() { return json_; }

  Reply reply() {
    json_.end_object();
    return {status_, "application/problem+json", std::move(body_)};
  }

 private:
  int status_;
  std::string body_;
  formats::JsonWriter json_;
};

void write_issues(formats::JsonWriter& json, const std::vector<Issue>& issues, InputPart in) {
  if (issues.empty()) return;
  json.key("issues").begin_array();
  for (const auto& issue : issues) {
    json.begin_object().member("type", std::string(issue_urn) + std::string(issue_type(issue.code)));
    json.member("in", text_of(in));
    if (!issue.where.empty()) json.member("name", issue.where);
    json.member("detail", issue.detail).end_object();
  }
  json.end_array();
}

// RFC 6750: what the challenge says about the token that was sent.
std::string challenge_of(const AccessFailure& failure) {
  std::string challenge = "Bearer realm=\"ketenpoort\"";
  switch (failure.fault) {
    case AccessFault::no_token:
      return challenge;
    case AccessFault::invalid_token:
    case AccessFault::expired_token:
      return challenge + ", error=\"invalid_token\"";
    case AccessFault::missing_scope:
    case AccessFault::missing_permission:
      break;
  }
  challenge += ", error=\"insufficient_scope\"";
  if (failure.required_scopes.empty()) return challenge;
  challenge += ", scope=\"";
  for (std::size_t i = 0; i < failure.required_scopes.size(); ++i)
    challenge += (i == 0 ? "" : " ") + failure.required_scopes[i];
  return challenge + "\"";
}

}  // namespace

Reply problem_reply(const Error& error, const Uuid& trace, InputPart in) {
  const auto kind = kind_of(error.code);
  ProblemDocument document(kind, kind.status == 500 ? "" : std::string_view(error.message), trace);
  write_issues(document.json(), error.issues, in);
  auto reply = document.reply();
  if (kind.status == 503) reply.headers.emplace_back("Retry-After", "1");
  return reply;
}

Reply unavailable_reply(std::string_view detail, std::chrono::seconds retry_after, const Uuid& trace) {
  ProblemDocument document(service_unavailable, detail, trace);
  document.json().member("retryAfterSec", retry_after.count());
  auto reply = document.reply();
  reply.headers.emplace_back("Retry-After", std::to_string(retry_after.count()));
  return reply;
}

Reply method_not_allowed_reply(std::string_view allow, const Uuid& trace) {
  ProblemDocument document(method_not_allowed, "this path takes " + std::string(allow), trace);
  auto reply = document.reply();
  reply.headers.emplace_back("Allow", allow);
  return reply;
}

Reply status_reply(int status, std::string_view detail, const Uuid& trace) {
  return ProblemDocument(kind_of_status(status), detail, trace).reply();
}

Reply access_reply(const AccessFailure& failure, const Uuid& trace) {
  ProblemDocument document(kind_of(failure.fault), failure.detail, trace);
  if (!failure.required_scopes.empty()) {
    document.json().key("requiredScopes").begin_array();
    for (const auto& scope : failure.required_scopes) document.json().value(scope);
    document.json().end_array();
  }
  auto reply = document.reply();
  reply.headers.emplace_back("WWW-Authenticate", challenge_of(failure));
  return reply;
}

}  // namespace ketenpoort::api
