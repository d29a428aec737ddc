#include "gateway/mapping_review/outputs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>

#include "gateway/base/files.hpp"
#include "gateway/mapping/examples.hpp"
#include "gateway/mapping/plan/plan.hpp"

namespace ketenpoort::mapping_review {
namespace {

namespace fs = std::filesystem;
using mapping::ExampleResult;
using mapping::Mapping;

constexpr std::size_t hex_size = 64;
constexpr std::size_t name_at = 2 * (hex_size + 1);

struct Recorded {
  std::string input, output;
  int line = 0;
};
using Records = std::map<std::string, Recorded>;

fs::path file_of(const Mapping& mapping, const fs::path& mappings_dir) {
  return mappings_dir / "examples" / mapping.name() / fmt::format("outputs-{}.txt", mapping.version());
}

// Nothing recorded yet reads as nothing; a line that is none is complained about.
Records read_records(const fs::path& file, std::vector<Issue>& errors) {
  Records records;
  std::error_code failed;
  if (!fs::exists(file, failed)) return records;
  const auto text = read_file(file, std::size_t{1} << 20);
  if (!text) {
    errors.push_back({ErrorCode::io, file.string() + ":1:1", text.error().message});
    return records;
  }
  int number = 0;
  std::string_view rest = *text;
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    ++number;
    const bool good = line.size() > name_at && line[hex_size] == ' ' && line[name_at - 1] == ' ';
    if (!good) {
      errors.push_back({ErrorCode::config, fmt::format("{}:{}:1", file.string(), number),
                        "a line must be two SHA-256 digests and the name of an example; record it again with `mapping "
                        "test --record`"});
      continue;
    }
    records[std::string(line.substr(name_at))] = {std::string(line.substr(0, hex_size)),
                                                  std::string(line.substr(hex_size + 1, hex_size)), number};
  }
  return records;
}

Issue changed_output(const Mapping& mapping, const fs::path& file, const std::string& example, int line) {
  return {
      ErrorCode::config, fmt::format("{}:{}:1", file.string(), line),
      fmt::format("the output of {} changed, but {} is still version {}; give the mapping a higher version, or undo "
                  "what changed it (the mapping, a fragment, a code list)",
                  example, mapping.name(), mapping.version())};
}

Issue failing(const Mapping& mapping, const fs::path& mappings_dir, const mapping::ExampleResult& example) {
  const auto folder = mappings_dir / "examples" / mapping.name();
  return {ErrorCode::config, fmt::format("{}:1:1", (folder / example.name).string()),
          "the example fails: " + example.difference};
}

void check(const Mapping& mapping, const fs::path& mappings_dir, OutputCheck& result) {
  const auto file = file_of(mapping, mappings_dir);
  const auto records = read_records(file, result.errors);
  std::size_t unrecorded = 0;
  std::size_t all = 0;
  for (const auto& example : mapping::run_examples(mapping, mappings_dir)) {
    ++all;
    const auto record = records.find(example.name);
    const bool recorded = record != records.end() && record->second.input == to_hex(example.input);
    if (!recorded) ++unrecorded;
    if (recorded && record->second.output != to_hex(example.output))
      result.errors.push_back(changed_output(mapping, file, example.name, record->second.line));
    else if (!example.passed)
      result.errors.push_back(failing(mapping, mappings_dir, example));
  }
  if (unrecorded > 0) {
    const auto& at = mapping.plan().definition.version_at;
    result.warnings.push_back(
        {ErrorCode::config, fmt::format("{}:{}:{}", at.file, at.line, at.column),
         fmt::format("{} of {} examples are not recorded for version {}; when the version is final, run `mapping test "
                     "--record {}` and commit the file",
                     unrecorded, all, mapping.version(), mapping.name())});
  }
}

}  // namespace

OutputCheck check_outputs(const mapping::Library& library, const fs::path& mappings_dir) {
  OutputCheck result;
  for (const auto& m : library.mappings()) check(*m, mappings_dir, result);
  return result;
}

Status record_outputs(const Mapping& mapping, const fs::path& mappings_dir) {
  const auto file = file_of(mapping, mappings_dir);
  std::vector<Issue> wrong;
  const auto records = read_records(file, wrong);
  std::string text;
  for (const auto& example : mapping::run_examples(mapping, mappings_dir)) {
    const auto record = records.find(example.name);
    if (record != records.end() && record->second.input == to_hex(example.input) &&
        record->second.output != to_hex(example.output))
      wrong.push_back(changed_output(mapping, file, example.name, record->second.line));
    text += fmt::format("{} {} {}\n", to_hex(example.input), to_hex(example.output), example.name);
  }
  if (!wrong.empty())
    return fail(ErrorCode::conflict, fmt::format("nothing was recorded for {}", mapping.name()), std::move(wrong));
  std::ofstream stream(file, std::ios::binary);
  stream << text;
  stream.close();
  if (!stream) return fail(ErrorCode::io, fmt::format("cannot write {}", file.string()));
  return {};
}

}  // namespace ketenpoort::mapping_review
