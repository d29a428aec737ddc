#include "gateway/base/error_text.hpp"

namespace ketenpoort {

std::string_view to_text(ErrorCode code) {
  switch (code) {
    case ErrorCode::malformed:
      return "malformed";
    case ErrorCode::schema_violation:
      return "schema-violation";
    case ErrorCode::unknown_input:
      return "unknown-input";
    case ErrorCode::invalid_input:
      return "invalid-input";
    case ErrorCode::too_large:
      return "too-large";
    case ErrorCode::not_found:
      return "not-found";
    case ErrorCode::conflict:
      return "conflict";
    case ErrorCode::unauthenticated:
      return "unauthenticated";
    case ErrorCode::forbidden:
      return "forbidden";
    case ErrorCode::gone:
      return "gone";
    case ErrorCode::unavailable:
      return "unavailable";
    case ErrorCode::changed:
      return "changed";
    case ErrorCode::io:
      return "io";
    case ErrorCode::crypto:
      return "crypto";
    case ErrorCode::config:
      return "config";
    case ErrorCode::internal:
      break;
  }
  return "internal";
}

}  // namespace ketenpoort
