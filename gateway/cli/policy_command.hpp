// `ketenpoort policy sign`: a policy owner signs agreements, purposes, categories, rules, notices and retention.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "gateway/cli/command.hpp"

namespace ketenpoort::cli {

// The lines of a FILE.sig (config/owners.hpp) with this owner's signature in them once, the others' as they were.
std::string put_signature(std::string_view lines, std::string_view owner, std::string_view signature);

void add_policy(CLI::App& app, Action& chosen);

}  // namespace ketenpoort::cli
