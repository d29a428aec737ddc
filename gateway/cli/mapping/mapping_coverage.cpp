#include "gateway/cli/mapping/mapping_coverage.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "gateway/cli/command.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/mapping_review/coverage.hpp"

namespace ketenpoort::cli {
namespace {

using mapping_review::MappingCoverage;
using mapping_review::Share;

std::string in_words(const Share& share) {
  const auto percent = share.all == 0 ? 100 : share.covered * 100 / share.all;
  return fmt::format("{}/{} {}%", share.covered, share.all, percent);
}

void print_table(const std::vector<MappingCoverage>& all) {
  std::size_t widest = 7;
  for (const auto& c : all) widest = std::max(widest, c.mapping.size() + c.version.size() + 1);
  fmt::print("{:{}}  {:>8}  {:>13}  {:>13}  {:>13}\n", "mapping", widest, "examples", "lines", "branches", "codes");
  for (const auto& c : all)
    fmt::print("{:{}}  {:>8}  {:>13}  {:>13}  {:>13}\n", c.mapping + " " + c.version, widest, c.examples,
               in_words(c.lines), in_words(c.branches), in_words(c.codes));
  for (const auto& c : all)
    for (const auto& u : c.uncovered)
      fmt::print(stderr, "{}: {} without an example in {}: {}\n", u.where, u.kind, c.mapping, u.what);
}

void write_share(formats::JsonWriter& writer, std::string_view name, const Share& share) {
  writer.key(name).begin_object().member("covered", share.covered).member("all", share.all).end_object();
}

std::string as_json(const std::vector<MappingCoverage>& all, bool whole) {
  std::string out;
  formats::JsonWriter writer(out);
  writer.begin_object().member("whole", whole).key("mappings").begin_array();
  for (const auto& c : all) {
    writer.begin_object().member("mapping", c.mapping).member("version", c.version).member("examples", c.examples);
    write_share(writer, "lines", c.lines);
    write_share(writer, "branches", c.branches);
    write_share(writer, "codes", c.codes);
    writer.key("uncovered").begin_array();
    for (const auto& u : c.uncovered)
      writer.begin_object().member("kind", u.kind).member("where", u.where).member("what", u.what).end_object();
    writer.end_array().end_object();
  }
  writer.end_array().end_object();
  return out;
}

}  // namespace

int mapping_coverage(const MappingOptions& options) {
  const auto files = load_mapping_files(options.folders);
  if (!files) return report(files.error());
  if (const int wrong = check_names(options, files->library); wrong != done) return wrong;
  auto all = mapping_review::measure_coverage(files->library, options.folders.mappings);
  std::erase_if(all, [&](const auto& c) {
    const auto* m = files->library.find_version(c.mapping, c.version);
    return m == nullptr || !options.wants(*m);
  });
  const bool whole = std::all_of(all.begin(), all.end(), [](const auto& c) { return c.whole(); });
  if (options.json)
    fmt::print("{}\n", as_json(all, whole));
  else
    print_table(all);
  return whole ? done : does_not_hold;
}

}  // namespace ketenpoort::cli
