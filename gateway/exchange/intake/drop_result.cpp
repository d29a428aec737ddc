#include "gateway/exchange/intake/drop_result.hpp"

#include "gateway/formats/json.hpp"

namespace ketenpoort::exchange {
namespace {

using formats::JsonWriter;

// What whoever sent the file does next.
std::string_view advice(const BatchTask& task, bool has_problem) {
  if (has_problem || task.state == BatchState::failed)
    return "put right what `problem` says and drop the file again under another name; records that were taken are "
           "known "
           "by their messageId and not taken twice";
  if (task.rejected > 0)
    return "correct the rows under `issues` with severity ERROR and drop those alone, in a new file; the others were "
           "taken";
  if (task.accepted == 0) return "nothing: the file has no rows";
  return "nothing: every row was taken";
}

}  // namespace

std::string render_drop_result(const std::string& file, const BatchTask& task, const std::string& problem) {
  const auto& said = problem.empty() ? task.problem : problem;
  std::string json;
  JsonWriter writer(json);
  writer.begin_object()
      .member("file", file)
      .member("batch", task.id.text())
      .member("state", problem.empty() ? to_text(task.state) : to_text(BatchState::failed))
      .member("bytes", task.bytes)
      .member("sha256", to_hex(task.digest))
      .member("received", to_rfc3339(task.received));
  if (task.ended) writer.member("ended", to_rfc3339(*task.ended));
  writer.member("completed", task.completed)
      .member("accepted", task.accepted)
      .member("rejected", task.rejected)
      .member("warnings", task.warnings);
  if (!said.empty()) writer.member("problem", said);
  writer.member("next", advice(task, !said.empty()));
  write_issues(writer, task);
  writer.end_object();
  return json + "\n";
}

std::string render_drop_refusal(const std::string& file, const Error& error, Timestamp at) {
  BatchTask none;
  none.state = BatchState::failed;
  std::string json;
  JsonWriter writer(json);
  writer.begin_object()
      .member("file", file)
      .member("state", to_text(none.state))
      .member("ended", to_rfc3339(at))
      .member("completed", none.completed)
      .member("accepted", none.accepted)
      .member("rejected", none.rejected)
      .member("warnings", none.warnings)
      .member("problem", error.message)
      .member("next", advice(none, true));
  write_issues(writer, none);
  writer.end_object();
  return json + "\n";
}

}  // namespace ketenpoort::exchange
