#include "gateway/mapping_review/coverage.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "gateway/mapping/examples.hpp"
#include "gateway/mapping/plan/plan.hpp"

namespace ketenpoort::mapping_review {
namespace {

using mapping::EmitNode;
using mapping::Footprint;
using mapping::Plan;
using mapping::Position;

std::string place(const Position& at) {
  return fmt::format("{}:{}:{}", at.file, at.line, at.column);
}

// Lines whose value the emitter writes by itself: not the constants that melted into their surroundings.
std::vector<bool> written_lines(const Plan& plan) {
  std::vector<bool> written(plan.lines.size());
  for (const auto& node : plan.nodes)
    if (node.kind == EmitNode::Kind::leaf) written[node.line] = true;
  return written;
}

class Counter {
 public:
  explicit Counter(MappingCoverage& coverage) : coverage_(coverage) {}

  void count(Share& share, bool covered, const char* kind, std::string where, std::string what) {
    ++share.all;
    if (covered)
      ++share.covered;
    else
      coverage_.uncovered.push_back({kind, std::move(where), std::move(what)});
  }

  void lines(const Plan& plan, const Footprint& footprint) {
    const auto written = written_lines(plan);
    for (std::size_t i = 0; i < plan.lines.size(); ++i)
      if (written[i])
        count(coverage_.lines, footprint.lines[i], "line", place(plan.lines[i].position), plan.lines[i].target);
  }

  void branches(const Plan& plan, const Footprint& footprint) {
    for (std::size_t i = 0; i < plan.points.size(); ++i)
      count(coverage_.branches, footprint.points[i + 1], "branch", place(plan.points[i].at), plan.points[i].what);
  }

  void codes(const Plan& plan, const std::set<const char*>& looked_up) {
    for (const auto& name : plan.used_lists) {
      const auto& list = *plan.code_lists.find(name)->second;
      for (const auto& entry : list.entries())
        count(coverage_.codes, looked_up.contains(entry.target.data()) || looked_up.contains(entry.source.data()),
              "code", fmt::format("codelists/{}.csv:{}", name, entry.line), fmt::format("{}: {}", name, entry.source));
    }
  }

 private:
  MappingCoverage& coverage_;
};

}  // namespace

std::vector<MappingCoverage> measure_coverage(const mapping::Library& library,
                                              const std::filesystem::path& mappings_dir) {
  std::vector<MappingCoverage> result;
  std::set<const char*> looked_up;
  std::vector<Footprint> footprints;
  for (const auto& m : library.mappings()) {
    auto& footprint = footprints.emplace_back();
    footprint.lines.resize(m->plan().lines.size());
    footprint.points.resize(m->plan().points.size() + 1);
    auto& coverage = result.emplace_back();
    coverage.mapping = m->name();
    coverage.version = m->version();
    coverage.examples = run_examples(*m, mappings_dir, {.footprint = &footprint, .write_missing = false}).size();
    looked_up.insert(footprint.codes.begin(), footprint.codes.end());
  }
  for (std::size_t i = 0; i < result.size(); ++i) {
    const auto& plan = library.mappings()[i]->plan();
    Counter counter(result[i]);
    counter.lines(plan, footprints[i]);
    counter.branches(plan, footprints[i]);
    counter.codes(plan, looked_up);
  }
  return result;
}

}  // namespace ketenpoort::mapping_review
