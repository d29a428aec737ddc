// Where the files that come with the program are: its configuration and its mappings.
#pragma once

#include <filesystem>
#include <string_view>

namespace ketenpoort::cli {

// "config" or "mappings": of the installation the program runs from (share/ketenpoort beside its bin), else of the
// source tree it was built from.
std::filesystem::path shipped_folder(std::string_view name);

// The program beside the running one: "ketenpoort-partner".
std::filesystem::path sibling_program(std::string_view name);

}  // namespace ketenpoort::cli
