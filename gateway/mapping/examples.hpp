// Examples beside a mapping: examples/<mapping>/NN-what.in.json with .out.json, .out.xml or .error.json.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "gateway/mapping/mapping.hpp"

namespace ketenpoort::mapping {

struct ExampleResult {
  std::string mapping;
  std::string name;  // "01-full-record"
  bool passed = false;
  std::string difference;  // the first difference, in a sentence or two lines
};

// Runs every example of one mapping. An input holds { record, derived?, transfer?, referral?, categories?, purpose, at
// }; `categories` stands for what is allowed, by default everything the mapping can send. Mock SSINs are allowed:
// examples hold no others.
std::vector<ExampleResult> run_examples(const Mapping& mapping, const std::filesystem::path& mappings_dir);

}  // namespace ketenpoort::mapping
