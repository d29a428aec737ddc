// What the command line says of a simulated authorization server.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <string>

#include "adapters/simulator/token_server.hpp"

namespace ketenpoort::simulator {

struct TokenServerArguments {
  std::string client_id, algorithm = "RS256", audience, scope, issuer, resource;
  std::filesystem::path client_key, signing_key, jwks;
  long life = 300;
};

void declare_token_server(CLI::App& app, TokenServerArguments& arguments);

// Makes a signing key when none is named, and writes its public half for those who are to check tokens.
Result<std::unique_ptr<TokenServer>> make_token_server(const TokenServerArguments& arguments, const std::string& mode,
                                                       std::chrono::milliseconds slow, std::uint32_t seed);

}  // namespace ketenpoort::simulator
