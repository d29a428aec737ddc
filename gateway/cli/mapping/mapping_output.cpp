#include "gateway/cli/mapping/mapping_output.hpp"

#include <fmt/format.h>

#include "gateway/formats/json.hpp"

namespace ketenpoort::cli {

int report_refusal(const mapping::Refusal& refusal, const std::string& place) {
  const auto field = refusal.field.empty() ? "" : ": " + refusal.field;
  fmt::print(stderr, "{}: error: {}{}: {}\n", place, to_text(refusal.reason), field, refusal.detail);
  report_if_json({ErrorCode::invalid_input,
                  std::string(to_text(refusal.reason)),
                  {{ErrorCode::invalid_input, place + field, refusal.detail}}});
  return does_not_hold;
}

void print_explanation(const std::vector<mapping::ExplainLine>& lines, bool json) {
  if (!json) {
    for (const auto& line : lines) {
      fmt::print("{}\n", line.target);
      fmt::print("    from {}  [{}]  {}\n", line.source.empty() ? "a constant" : line.source, line.category, line.at);
      if (!line.steps.empty())
        fmt::print("    steps {}{}{}\n", line.steps, line.code_list.empty() ? "" : "  code list ", line.code_list);
      if (!line.condition.empty()) fmt::print("    when {}\n", line.condition);
      if (line.left_out.empty())
        fmt::print("    = {}\n", line.value);
      else
        fmt::print("    not in the message ({}): {}\n", line.left_out, line.why);
    }
    return;
  }
  std::string out;
  formats::JsonWriter writer(out);
  writer.begin_array();
  for (const auto& line : lines) {
    writer.begin_object()
        .member("target", line.target)
        .member("source", line.source)
        .member("at", line.at)
        .member("category", line.category);
    if (!line.steps.empty()) writer.member("steps", line.steps);
    if (!line.code_list.empty()) writer.member("codeList", line.code_list);
    if (!line.condition.empty()) writer.member("condition", line.condition);
    if (line.left_out.empty())
      writer.member("value", line.value);
    else
      writer.member("leftOut", line.left_out).member("why", line.why);
    writer.end_object();
  }
  writer.end_array();
  fmt::print("{}\n", out);
}

}  // namespace ketenpoort::cli
