// POST /retention/runs, GET /retention/runs/{id}: what `ketenpoort shrink` calls.
#include <utility>

#include "gateway/api/api.hpp"
#include "gateway/api/http/problem.hpp"
#include "gateway/api/http/unknown_input.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::api {
namespace {

using exchange::RetentionRuns;
using formats::JsonWriter;

std::string_view to_text(RetentionRuns::State state) {
  switch (state) {
    case RetentionRuns::State::running:
      return "RUNNING";
    case RetentionRuns::State::done:
      return "DONE";
    case RetentionRuns::State::failed:
      break;
  }
  return "FAILED";
}

void write_count(JsonWriter& writer, std::string_view data, const exchange::RetentionCount& count) {
  writer.key(data).begin_object().member("rows", count.rows).member("bytes", count.bytes).end_object();
}

std::string render(const std::string& base, const RetentionRuns::Run& run) {
  std::string json;
  JsonWriter writer(json);
  writer.begin_object()
      .member("self", base + "/retention/runs/" + run.id.text())
      .member("id", run.id.text())
      .member("state", to_text(run.state))
      .member("dryRun", run.dry_run)
      .member("completed", run.completed)
      .member("total", run.total);
  if (run.state == RetentionRuns::State::running) writer.member("pollAfter", 1);
  if (run.state == RetentionRuns::State::failed) writer.member("problem", run.problem);
  if (run.state == RetentionRuns::State::done) {
    const auto& report = run.report;
    writer.member("subjects", report.subjects).member("waiting", report.waiting).member("retired", report.retired);
    write_count(writer, "record", report.record);
    write_count(writer, "payload", report.payload);
    write_count(writer, "proof", report.proof);
    write_count(writer, "directory", report.directory);
    writer.member("bytesBefore", report.bytes_before).member("bytesAfter", report.bytes_after);
  }
  writer.end_object();
  return json;
}

Result<bool> read_dry_run(std::string_view body) {
  if (body.empty()) return false;
  const auto document = formats::parse_json(body);
  if (!document) return fail(document.error());
  bool dry_run = false;
  for (const auto& [key, value] : document->root().members()) {
    if (key != "dryRun") return refuse_property(key, {"dryRun"});
    const auto flag = value.as_bool();
    if (!flag)
      return fail(ErrorCode::schema_violation, "this call takes dryRun or nothing",
                  {{ErrorCode::schema_violation, std::string(key), "send {} or {\"dryRun\":true}"}});
    dry_run = *flag;
  }
  if (document->root().is(formats::JsonKind::object)) return dry_run;
  return fail(ErrorCode::schema_violation, "this call takes an object",
              {{ErrorCode::schema_violation, "$", "send {} or {\"dryRun\":true}"}});
}

void start(RetentionRuns& runs, const Call& call) {
  const auto dry_run = read_dry_run(call.request.body);
  if (!dry_run) return call.refuse(dry_run.error());
  const auto run = runs.start(*dry_run);
  if (!run) return call.refuse(run.error());
  call.answer(202, render(call.base, *run));
}

void show(const RetentionRuns& runs, const Call& call) {
  const auto id = parse_uuid(call.parts.front());
  const auto run = id ? runs.find(*id) : std::nullopt;
  if (!run) return call.refuse({ErrorCode::not_found, "no run has this id since the gateway started"}, InputPart::path);
  call.answer(200, render(call.base, *run));
}

}  // namespace

void add_retention_routes(const ApiDependencies& dependencies, std::vector<Route>& routes) {
  auto& runs = dependencies.retention;
  routes.push_back(
      {"POST", "/retention/runs", Access::scope, "operator", [&runs](const Call& call) { start(runs, call); }});
  routes.push_back(
      {"GET", "/retention/runs/{id}", Access::scope, "operator", [&runs](const Call& call) { show(runs, call); }});
}

}  // namespace ketenpoort::api
