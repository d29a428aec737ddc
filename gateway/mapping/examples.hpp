// Examples beside a mapping: examples/<mapping>/NN-what.in.json with .out.json, .out.xml, .out.csv or .error.json.
// Sources of another syntax have the input as it is, .in.xml, .in.csv or .in.txt (fixed width), with .out.json for a
// document and .out.ndjson for a file of many records: a line for each, its message or { error, where, field }. A
// .context.json beside it may say { at, categories?, known? }; without one it is the first day the mapping is in force.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "gateway/formats/json.hpp"
#include "gateway/mapping/translate/mapping.hpp"

namespace ketenpoort::mapping {

struct ExampleResult {
  std::string mapping;
  std::string name;  // "01-full-record"
  bool passed = false;
  std::string difference;  // the first difference, in a sentence or two lines
  Digest input{};          // of the input file
  Digest output{};         // of what came out: the messages of all its rows, or the reasons and fields of refusals
};

struct ExampleOptions {
  Footprint* footprint = nullptr;  // notes which lines and branches the examples came by
  bool write_missing = false;      // an example without an expected output gets the one that comes out, to be read
};

// Runs the examples of one mapping whose day (`at`) the version is in force on. An input holds { record, derived?,
// transfer?, referral?, categories?, known?, purpose, at, each? }; `categories` stands for what is allowed, by default
// everything the mapping can send. Mock SSINs are allowed: examples hold no others. `each` is a table from text to
// text: the example runs once per row, with "{each}" in the input standing for the left side ("{each#}": as a number)
// and "{each}" in the expected output for the right one.
std::vector<ExampleResult> run_examples(const Mapping& mapping, const std::filesystem::path& mappings_dir,
                                        const ExampleOptions& options = {});

// What one example, or one record of it, asks to translate. The context points into the document.
struct ExampleInput {
  std::string record;
  Context context;
  std::shared_ptr<const formats::JsonDocument> document;
};

// The inputs of the mapping's examples (tables left out), for who wants to translate them another way.
std::vector<ExampleInput> example_inputs(const Mapping& mapping, const std::filesystem::path& mappings_dir);

}  // namespace ketenpoort::mapping
