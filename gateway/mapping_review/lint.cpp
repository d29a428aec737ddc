#include "gateway/mapping_review/lint.hpp"

#include <fmt/format.h>

#include <map>

#include "gateway/mapping/plan/plan.hpp"
#include "gateway/mapping_review/coverage.hpp"
#include "gateway/mapping_review/outputs.hpp"

namespace ketenpoort::mapping_review {
namespace {

// Codes by the dozen would bury everything else: one warning for each list.
void add_uncovered(const MappingCoverage& coverage, const mapping::Mapping& mapping, std::vector<Issue>& warnings) {
  std::map<std::string, std::size_t> codes;
  for (const auto& each : coverage.uncovered) {
    if (each.kind == "code")
      ++codes[each.what.substr(0, each.what.find(':'))];
    else
      warnings.push_back({ErrorCode::config, each.where,
                          fmt::format("no example comes by this {} ({}); add one to examples/{}", each.kind, each.what,
                                      coverage.mapping)});
  }
  const auto& at = mapping.plan().definition.name_at;
  const auto place = fmt::format("{}:{}:{}", at.file, at.line, at.column);
  for (const auto& [list, count] : codes)
    warnings.push_back({ErrorCode::config, place,
                        fmt::format("{} codes of the list {} are in no example; `mapping coverage {}` names them",
                                    count, list, coverage.mapping)});
  if (!coverage.whole())
    warnings.push_back(
        {ErrorCode::config, place,
         fmt::format("the {} examples come by {} of {} lines, {} of {} branches and {} of {} codes", coverage.examples,
                     coverage.lines.covered, coverage.lines.all, coverage.branches.covered, coverage.branches.all,
                     coverage.codes.covered, coverage.codes.all)});
}

}  // namespace

LintResult lint_examples(const mapping::Library& library, const std::filesystem::path& mappings_dir) {
  LintResult result;
  result.warnings = library.warnings();
  const auto coverage = measure_coverage(library, mappings_dir);
  for (std::size_t i = 0; i < coverage.size(); ++i) add_uncovered(coverage[i], *library.mappings()[i], result.warnings);
  auto outputs = check_outputs(library, mappings_dir);
  result.errors = std::move(outputs.errors);
  result.warnings.insert(result.warnings.end(), outputs.warnings.begin(), outputs.warnings.end());
  return result;
}

}  // namespace ketenpoort::mapping_review
