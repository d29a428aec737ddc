// The sandbox's authorization server: its keys, how it and VDAB's simulator are started, and how the gateway asks it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"

namespace ketenpoort::cli {

// Makes what is missing in `keys`: the gateway's key as a client, and the key that signs tokens.
Status make_token_server_keys(const std::filesystem::path& keys);

// What an authorization server is told beyond where it listens.
std::vector<std::string> token_server_arguments(const std::filesystem::path& keys);
// What a partner is told that demands a token of it.
std::vector<std::string> token_demand_arguments(const std::filesystem::path& keys);
// `authorization:` of a partner file in the folder beside `keys`.
std::string authorization_yaml(std::string_view server_url);

}  // namespace ketenpoort::cli
