// Which gateway a command talks to, and as whom.
#pragma once

#include <filesystem>
#include <string>

#include "gateway/base/result.hpp"
#include "gateway/net/client.hpp"

namespace ketenpoort::cli {

// As given on the command line; empty is not given. Either a sandbox's folder, or a URL with a certificate or a token.
struct TargetOptions {
  std::string sandbox;
  std::string url;  // with the base path: https://gateway.example/ketenpoort/v1
  std::string ca;
  std::string cert;
  std::string key;
  std::string token;                       // the token, or a file that holds it
  std::string sandbox_client = "fedasil";  // as whom, in a sandbox
};

struct SendTarget {
  net::ClientOptions client;
  std::string token;     // empty: the certificate says who we are
  std::string identity;  // tells this gateway from another at the same address, as far as can be known
};

// ErrorCode::invalid_input when the options do not fit together; ErrorCode::io or malformed for the sandbox's file.
Result<SendTarget> find_target(const TargetOptions& options);

}  // namespace ketenpoort::cli
