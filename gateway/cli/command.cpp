#include "gateway/cli/command.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace ketenpoort::cli {

int report(const Error& error) {
  for (const auto& issue : error.issues) fmt::print(stderr, "{}: error: {}\n", issue.where, issue.detail);
  if (error.issues.empty())
    fmt::print(stderr, "error: {}\n", error.message);
  else
    fmt::print(stderr, "{} problem{}: {}\n", error.issues.size(), error.issues.size() == 1 ? "" : "s", error.message);
  switch (error.code) {
    case ErrorCode::io:
    case ErrorCode::unavailable:
    case ErrorCode::crypto:
      return environment;
    default:
      return does_not_hold;
  }
}

}  // namespace ketenpoort::cli
