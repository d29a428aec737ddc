#include "gateway/exchange/intake/batch_task.hpp"

#include <algorithm>
#include <charconv>

#include "gateway/exchange/intake/issue_urns.hpp"
#include "gateway/formats/json_text.hpp"

namespace ketenpoort::exchange {
namespace {

using formats::JsonView;
using formats::JsonWriter;

constexpr std::size_t most_issues_of_a_row = 10;
constexpr std::size_t most_task_bytes = std::size_t{8} << 20;

std::string type_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::malformed:
    case ErrorCode::schema_violation:
      return std::string(belgif_issue_urn) + "schemaViolation";
    case ErrorCode::unknown_input:
      return std::string(belgif_issue_urn) + "unknownInput";
    case ErrorCode::not_found:
      return std::string(belgif_issue_urn) + "referencedResourceNotFound";
    case ErrorCode::conflict:
      return std::string(own_issue_urn) + "conflict";
    case ErrorCode::gone:
      return std::string(own_issue_urn) + "gone";
    case ErrorCode::too_large:
      return "urn:problem-type:belgif:payloadTooLarge";
    default:
      return std::string(belgif_issue_urn) + "invalidInput";
  }
}

// "1:17" or "line 1, column 17", of a row that is one line: which one is said already.
std::string name_of(const std::string& where) {
  if (where.starts_with("1:") || where.starts_with("2:")) return "column " + where.substr(2);
  return where == "$" ? std::string() : where;
}

// The line that "line 12, Person/Name" begins with, and takes it away.
std::optional<std::uint64_t> take_line(std::string& where) {
  constexpr std::string_view begin = "line ";
  if (!where.starts_with(begin)) return std::nullopt;
  std::uint64_t line = 0;
  const auto [end, error] = std::from_chars(where.data() + begin.size(), where.data() + where.size(), line);
  if (error != std::errc{}) return std::nullopt;
  const std::string_view rest(end, static_cast<std::size_t>(where.data() + where.size() - end));
  where = std::string(rest.starts_with(", ") ? rest.substr(2) : rest);
  return line;
}

void write_issue(JsonWriter& writer, const BatchIssue& issue) {
  writer.begin_object()
      .member("line", issue.line)
      .member("type", issue.type)
      .member("name", issue.name)
      .member("detail", issue.detail)
      .member("warning", issue.warning)
      .end_object();
}

std::uint64_t number_of(JsonView view) {
  const auto number = view.as_int();
  return number && *number >= 0 ? static_cast<std::uint64_t>(*number) : 0;
}

std::optional<Digest> digest_of(JsonView view) {
  const auto raw = from_hex(view.as_string().value_or(""));
  Digest digest{};
  if (!raw || raw->size() != digest.size()) return std::nullopt;
  std::ranges::copy(*raw, digest.begin());
  return digest;
}

std::optional<Timestamp> time_of(JsonView view) {
  return parse_rfc3339(view.as_string().value_or(""));
}

}  // namespace

std::string_view to_text(BatchState state) {
  if (state == BatchState::running) return "RUNNING";
  return state == BatchState::done ? "DONE" : "FAILED";
}

void BatchTask::add_issue(BatchIssue issue) {
  warnings += issue.warning ? 1 : 0;
  if (issues.size() < most_issues) return issues.push_back(std::move(issue));
  ++issues_left_out;
  if (issue.warning) return;
  // Whoever puts the file right needs what was refused more than what was only remarked on.
  const auto remark = std::ranges::find_if(issues, &BatchIssue::warning);
  if (remark == issues.end()) return;
  issues.erase(remark);
  issues.push_back(std::move(issue));
}

std::string encode_task(const BatchTask& task) {
  std::string json;
  JsonWriter writer(json);
  writer.begin_object()
      .member("id", task.id.text())
      .member("client", task.client)
      .member("organisation", task.organisation)
      .member("trace", task.trace.text())
      .member("base", task.base)
      .member("mediaType", task.media_type)
      .member("mapping", task.mapping)
      .member("digest", to_hex(task.digest))
      .member("bytes", task.bytes)
      .member("received", to_rfc3339(task.received))
      .member("state", to_text(task.state))
      .member("completed", task.completed)
      .member("accepted", task.accepted)
      .member("rejected", task.rejected)
      .member("warnings", task.warnings)
      .member("issuesLeftOut", task.issues_left_out)
      .member("problem", task.problem);
  if (!task.charset.empty()) writer.member("charset", task.charset);
  if (task.key) writer.member("key", to_hex(*task.key));
  if (task.ended) writer.member("ended", to_rfc3339(*task.ended));
  writer.key("issues").begin_array();
  for (const auto& issue : task.issues) write_issue(writer, issue);
  writer.end_array().end_object();
  return json;
}

Result<BatchTask> decode_task(std::string_view json) {
  const auto document = formats::parse_json(json, {.bytes = most_task_bytes});
  if (!document) return fail(document.error());
  const auto root = document->root();
  const auto id = parse_uuid(text_of(root.find("id")));
  const auto trace = parse_uuid(text_of(root.find("trace")));
  const auto digest = digest_of(root.find("digest"));
  const auto received = time_of(root.find("received"));
  if (!id || !trace || !digest || !received) return fail(ErrorCode::malformed, "this is no batch's task");
  BatchTask task;
  task.id = *id;
  task.client = text_of(root.find("client"));
  task.organisation = text_of(root.find("organisation"));
  task.trace = *trace;
  task.base = text_of(root.find("base"));
  task.media_type = text_of(root.find("mediaType"));
  task.mapping = text_of(root.find("mapping"));
  task.charset = text_of(root.find("charset"));
  task.key = digest_of(root.find("key"));
  task.digest = *digest;
  task.bytes = number_of(root.find("bytes"));
  task.received = *received;
  const auto state = text_of(root.find("state"));
  task.state = state == "RUNNING" ? BatchState::running : state == "DONE" ? BatchState::done : BatchState::failed;
  task.ended = time_of(root.find("ended"));
  task.completed = number_of(root.find("completed"));
  task.accepted = number_of(root.find("accepted"));
  task.rejected = number_of(root.find("rejected"));
  task.warnings = number_of(root.find("warnings"));
  task.issues_left_out = number_of(root.find("issuesLeftOut"));
  task.problem = text_of(root.find("problem"));
  for (const auto issue : root.find("issues").elements())
    task.issues.push_back({number_of(issue.find("line")), text_of(issue.find("type")), text_of(issue.find("name")),
                           text_of(issue.find("detail")), issue.find("warning").as_bool().value_or(false)});
  return task;
}

void write_issues(JsonWriter& writer, const BatchTask& task) {
  writer.key("issues").begin_array();
  for (const auto& issue : task.issues) {
    writer.begin_object();
    if (issue.line > 0) writer.member("line", issue.line);
    writer.member("severity", issue.warning ? "WARNING" : "ERROR").member("type", issue.type);
    if (!issue.name.empty()) writer.member("name", issue.name);
    writer.member("detail", issue.detail).end_object();
  }
  writer.end_array();
  if (task.issues_left_out > 0) writer.member("issuesLeftOut", task.issues_left_out);
}

std::vector<BatchIssue> issues_of(const Error& error, std::uint64_t line, bool is_document) {
  // What went wrong inside is for the log.
  const bool ours = error.code == ErrorCode::io || error.code == ErrorCode::crypto || error.code == ErrorCode::config ||
                    error.code == ErrorCode::internal;
  if (ours)
    return {{line, std::string(own_issue_urn) + "notTaken", {}, "the gateway could not take this row; send it again"}};
  if (error.issues.empty()) return {{line, type_of(error.code), {}, error.message}};
  std::vector<BatchIssue> out;
  for (const auto& issue : error.issues) {
    if (out.size() == most_issues_of_a_row) break;
    auto where = issue.where;
    const auto at = is_document ? take_line(where).value_or(line) : line;
    out.push_back({at, type_of(issue.code), name_of(where), issue.detail});
  }
  return out;
}

}  // namespace ketenpoort::exchange
