#include "gateway/exchange/terms/check_formats.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "gateway/mapping/examples.hpp"
#include "gateway/mapping/plan/plan.hpp"
#include "gateway/mapping_review/outputs.hpp"

namespace ketenpoort::exchange {
namespace {

namespace fs = std::filesystem;
using mapping::Mapping;

std::string place_of(const mapping::Position& at) {
  return fmt::format("{}:{}:{}", at.file, at.line, at.column);
}

class FormatsCheck {
 public:
  FormatsCheck(const MessageFormats& next, const MessageFormats& running, const Terms& terms, fs::path folder,
               Date today)
      : next_(next), running_(running), terms_(terms), folder_(std::move(folder)), today_(today) {}

  std::vector<Issue> run() {
    for (const auto& one : next_.mappings.mappings()) {
      run_examples_of(*one);
      compare_with_running(*one);
    }
    auto outputs = mapping_review::check_outputs(next_.mappings, folder_);
    faults_.insert(faults_.end(), outputs.errors.begin(), outputs.errors.end());
    for (const auto& [id, recipient] : terms_.recipients)
      for (const auto& [purpose, routes] : recipient.routes)
        for (const auto& route : routes) check_route(id, purpose, route);
    for (const auto& [id, recipient] : terms_.recipients)
      for (const auto& name : recipient.outcomes) check_reader(id, name);
    return std::move(faults_);
  }

 private:
  void complain(std::string where, std::string detail) {
    faults_.push_back({ErrorCode::config, std::move(where), std::move(detail)});
  }

  void run_examples_of(const Mapping& one) {
    for (const auto& example : mapping::run_examples(one, folder_)) {
      if (example.passed) continue;
      complain(place_of(one.plan().definition.name_at),
               fmt::format("the example {} of {} {} does not come out as it should: {}", example.name, one.name(),
                           one.version(), example.difference));
    }
  }

  // The same version with other content is another version once it says something else.
  void compare_with_running(const Mapping& one) {
    const auto* runs = running_.mappings.find_version(one.name(), one.version());
    if (runs == nullptr || runs->hash() == one.hash()) return;
    for (const auto& input : mapping::example_inputs(one, folder_)) {
      const auto before = runs->translate(input.record, input.context);
      const auto after = one.translate(input.record, input.context);
      const bool same = before.has_value() == after.has_value() && (!before || before->bytes == after->bytes);
      if (same) continue;
      return complain(place_of(one.plan().definition.version_at),
                      fmt::format("{} {} runs with another output for one of its examples; give the mapping a higher "
                                  "version and keep the old file beside it",
                                  one.name(), one.version()));
    }
  }

  void check_reader(const std::string& recipient, const std::string& name) {
    for (const auto& one : next_.mappings.mappings())
      if (one->name() == name) return;
    complain(folder_.string() + ":1:1",
             fmt::format("the mapping {} is gone, and partners/{}.yaml reads reports with it", name, recipient));
  }

  void check_route(const std::string& recipient, const std::string& purpose, const Route& route) {
    bool found = false;
    for (const auto& one : next_.mappings.mappings()) {
      if (one->name() != route.mapping) continue;
      found = true;
      const auto& definition = one->plan().definition;
      if (one->recipient() != recipient)
        complain(place_of(definition.name_at),
                 fmt::format("partners/{}.yaml sends {} with it, but its recipient is `{}`", recipient, route.message,
                             one->recipient()));
      if (std::ranges::find(one->purposes(), purpose) == one->purposes().end())
        complain(place_of(definition.name_at), fmt::format("partners/{}.yaml sends {} with it for {}, which is not "
                                                           "among its purposes",
                                                           recipient, route.message, purpose));
    }
    if (!found)
      return complain(folder_.string() + ":1:1",
                      fmt::format("the mapping {} is gone, and partners/{}.yaml sends {} with it", route.mapping,
                                  recipient, route.message));
    if (running_.mappings.find(route.mapping, today_) != nullptr &&
        next_.mappings.find(route.mapping, today_) == nullptr)
      complain(folder_.string() + ":1:1",
               fmt::format("no version of {} is in force on {} any more; let one begin (effective: from) before the "
                           "other ends",
                           route.mapping, to_iso(today_)));
  }

  const MessageFormats& next_;
  const MessageFormats& running_;
  const Terms& terms_;
  fs::path folder_;
  Date today_;
  std::vector<Issue> faults_;
};

}  // namespace

std::vector<Issue> find_faults(const MessageFormats& next, const MessageFormats& running, const Terms& terms,
                               const fs::path& folder, Date today) {
  return FormatsCheck(next, running, terms, folder, today).run();
}

}  // namespace ketenpoort::exchange
