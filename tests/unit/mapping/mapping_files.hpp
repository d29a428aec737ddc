// Small mappings on disk: a source schema, a target schema and lines, and what a record becomes.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "gateway/formats/json.hpp"
#include "gateway/mapping/library.hpp"
#include "tests/support/scratch_folder.hpp"

namespace ketenpoort::mapping {

class MappingFiles {
 public:
  MappingFiles() {
    write("schemas/source.json", R"({"type":"object","additionalProperties":false,"properties":{
      "name":{"type":"string"},"nick":{"type":"string"},"ssin":{"type":"string"},"age":{"type":"integer"},"yes":{"type":"boolean"},
      "day":{"type":"string"},"sex":{"type":"integer","enum":[0,1,2]},"phone":{"type":"string"},"moment":{"type":"string"},
      "tags":{"type":"array","items":{"type":"string"}},
      "jobs":{"type":"array","items":{"type":"object","additionalProperties":false,"properties":{
        "title":{"type":"string"},"level":{"type":"integer"},"current":{"type":"boolean"},
        "skills":{"type":"array","items":{"type":"object","additionalProperties":false,"properties":{"label":{"type":"string"}}}}}}},
      "referrals":{"type":"array","items":{"type":"object","additionalProperties":false,"properties":{"id":{"type":"string"}}}}}})");
    write("schemas/any.json", R"({"type":"object"})");
    write("codelists/sex.csv", "source,target,label,from,to\n0,U,Unknown,,\n1,M,Male,,\n2,F,Female,,\n");
    write("codelists/sex.meta.yaml", "title: Sex\nversion: 1.0.0\nlicence: EUPL-1.2\n");
  }

  void write(const std::string& name, std::string_view text) {
    const auto path = folder.path() / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }

  // A mapping of the given lines (indented by two) onto a target without rules; fields not read are ignored.
  void lines(std::string_view fields, std::string_view more = "",
             std::string_view target = "{ format: json, schema: schemas/any.json }") {
    write("m.yaml", std::string("mapping: m\nversion: 1.0.0\neffective: { from: 2026-01-01 }\n"
                                "source: { format: json, schema: schemas/source.json }\ntarget: ") +
                        std::string(target) + "\nrecipient: vdab\npurposes: [work-guidance]\n" + std::string(more) +
                        "fields:\n" + std::string(fields) + "\n");
  }

  Result<Library> load(const LoadOptions& options = {}) { return Library::load(folder.path(), options); }

  // Every complaint in one text, without those about fields that the small test leaves unused.
  std::string complaints(const LoadOptions& options = {}) {
    const auto library = load(options);
    std::string all;
    if (library) return all;
    for (const auto& issue : library.error().issues)
      if (issue.detail.find("neither used nor ignored") == std::string::npos)
        all += issue.where + ": " + issue.detail + "\n";
    return all;
  }

  // Puts everything that the lines do not use under ignore, then loads.
  std::unique_ptr<Library> loaded(const LoadOptions& options = {}) {
    auto library = load(options);
    if (!library) {
      std::string ignore = "\nignore:\n";
      for (const auto& issue : library.error().issues) {
        const auto end = issue.detail.find(" is neither used");
        if (end == std::string::npos)
          ADD_FAILURE() << issue.where << ": " << issue.detail;
        else
          ignore += "  " + issue.detail.substr(0, end) + ": not needed here\n";
      }
      std::ofstream(folder.path() / "m.yaml", std::ios::app) << ignore;
      library = load(options);
      if (!library)
        for (const auto& issue : library.error().issues) ADD_FAILURE() << issue.where << ": " << issue.detail;
    }
    return library ? std::make_unique<Library>(std::move(*library)) : nullptr;
  }

  // What a record becomes, or "reason field" when it becomes nothing.
  std::string translate(std::string_view record, CategorySet allowed = CategorySet::all(), Translation* out = nullptr) {
    const auto library = loaded();
    if (!library) return "does not load";
    Context context;
    context.now = *parse_rfc3339("2026-11-24T12:00:00+01:00");
    context.allowed = allowed;
    context.allow_mock_ssin = true;
    context.purpose = "work-guidance";
    context.derived = {std::nullopt, "STATUS", 35, false};
    const auto result = library->mappings().front()->translate(record, context);
    if (!result) return std::string(to_text(result.error().reason)) + " " + result.error().field;
    if (out != nullptr) *out = *result;
    return result->bytes;
  }

  test::ScratchFolder folder;
};

}  // namespace ketenpoort::mapping
