// Expected failures: what every function that can fail for reasons outside the program returns.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace ketenpoort {

// What went wrong, coarsely enough to choose an exit code, an HTTP problem or a retry by. api/problem.cpp holds the one
// table to HTTP.
enum class ErrorCode {
  malformed,         // not the syntax it claims to be
  schema_violation,  // well-formed, but a value the schema does not allow, or a required one is absent
  unknown_input,     // a property or parameter that the schema or the call does not have
  invalid_input,     // allowed by the schema, wrong by a rule (check digit, date order, unknown code)
  too_large,
  not_found,
  conflict,
  unauthenticated,
  forbidden,
  gone,
  unavailable,  // try again later: full, shutting down, partner down
  changed,      // what a decision relied on changed meanwhile: decide again
  io,           // file, socket, database
  crypto,
  config,    // a configuration, mapping or policy file is wrong
  internal,  // a broken invariant of ours
};

// One complaint about one place of an input. `where` is a JSON Pointer-like path into what was sent
// ("resident.birth.date", "referrals[0].reason") or "file:line:column". Neither text ever carries the offending value
// of a personal field.
struct Issue {
  ErrorCode code = ErrorCode::invalid_input;
  std::string where;
  std::string detail;  // what stood there (its kind, not its value) and how to fix it
};

// A failure: its kind, a sentence for the person who must act, and the places it concerns.
struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;
  std::vector<Issue> issues{};
};

template <class T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

inline tl::unexpected<Error> fail(ErrorCode code, std::string message, std::vector<Issue> issues = {}) {
  return tl::make_unexpected(Error{code, std::move(message), std::move(issues)});
}
inline tl::unexpected<Error> fail(Error error) {
  return tl::make_unexpected(std::move(error));
}

}  // namespace ketenpoort
