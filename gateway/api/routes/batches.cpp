// POST /batches, GET /batches/{id}: many records in one body, taken row by row.
#include <memory>
#include <utility>

#include "gateway/api/api.hpp"
#include "gateway/api/http/content_type.hpp"
#include "gateway/api/http/problem.hpp"
#include "gateway/exchange/intake/batches.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::api {
namespace {

using exchange::Batches;
using exchange::BatchState;
using exchange::BatchTask;
using formats::JsonWriter;

constexpr std::chrono::seconds retry_after{5};
constexpr std::string_view ndjson_type = "application/x-ndjson";

std::string render(const std::string& base, const BatchTask& task) {
  std::string json;
  JsonWriter writer(json);
  writer.begin_object()
      .member("self", base + "/batches/" + task.id.text())
      .member("id", task.id.text())
      .member("state", to_text(task.state));
  if (task.state == BatchState::running) writer.member("pollAfter", 1);
  writer.member("completed", task.completed)
      .member("accepted", task.accepted)
      .member("rejected", task.rejected)
      .member("warnings", task.warnings);
  if (!task.problem.empty()) writer.member("problem", task.problem);
  write_issues(writer, task);
  writer.end_object();
  return json;
}

// As every answer to the same key must be, however far the batch is by then.
std::string render_accepted(const BatchTask& task) {
  BatchTask begun;
  begun.id = task.id;
  return render(task.base, begun);
}

Reply refusal(const Error& error, const Uuid& trace) {
  if (error.code == ErrorCode::unavailable) return unavailable_reply(error.message, retry_after, trace);
  return problem_reply(error, trace);
}

// One body on its way to the disk. Whatever touches the disk happens on the workers, the giving up included.
class Upload {
 public:
  Upload(Batches& batches, Workers& workers, std::shared_ptr<Batches::Arrival> arrival, const Call& call)
      : batches_(batches),
        workers_(workers),
        arrival_(std::move(arrival)),
        trace_(call.request.trace),
        client_(call.identity.client) {}
  ~Upload() {
    (void)workers_.post([arrival = std::move(arrival_)]() mutable { arrival.reset(); }, client_);
  }
  Upload(const Upload&) = delete;
  Upload& operator=(const Upload&) = delete;

  static void take(const std::shared_ptr<Upload>& upload, std::string piece, ReplyTo reply) {
    auto shared = std::make_shared<ReplyTo>(std::move(reply));
    const bool posted = upload->workers_.post(
        [upload, piece = std::move(piece), shared] { (*shared)(upload->answer(piece)); }, upload->client_);
    if (!posted) (*shared)(unavailable_reply("the gateway is busy", retry_after, upload->trace_));
  }

 private:
  [[nodiscard]] Reply answer(const std::string& piece) const {
    if (piece.empty()) return accept();
    if (auto appended = arrival_->append(piece); !appended) return refusal(appended.error(), trace_);
    Reply more;
    more.status = 100;
    return more;
  }

  [[nodiscard]] Reply accept() const {
    const auto task = batches_.accept(*arrival_);
    if (!task) return refusal(task.error(), trace_);
    Reply reply;
    reply.status = 202;
    reply.body = render_accepted(*task);
    reply.headers.emplace_back("Location", task->base + "/batches/" + task->id.text());
    if (arrival_->is_repetition()) reply.headers.emplace_back("Idempotency-Replayed", "true");
    return reply;
  }

  Batches& batches_;
  Workers& workers_;
  std::shared_ptr<Batches::Arrival> arrival_;
  Uuid trace_;
  std::string client_;
};

void receive(Batches& batches, Workers& workers, const Call& call) {
  const auto type = parse_content_type(call.request.header("content-type"));
  const Batches::Request request{call.identity.client,
                                 call.identity.organisation,
                                 call.request.trace,
                                 call.base,
                                 type->media_type,
                                 std::string(type->parameter("mapping")),
                                 std::string(call.request.header("idempotency-key")),
                                 std::string(type->parameter("charset"))};
  auto arrival = batches.begin(request);
  if (!arrival && arrival.error().code == ErrorCode::not_found)
    return call.reply(status_reply(415, arrival.error().message, call.request.trace));
  if (!arrival) return call.reply(refusal(arrival.error(), call.request.trace));
  auto upload = std::make_shared<Upload>(batches, workers, std::move(*arrival), call);
  Reply reply;
  reply.status = 100;
  reply.take = [upload](std::string piece, ReplyTo reply_to) {
    Upload::take(upload, std::move(piece), std::move(reply_to));
  };
  call.reply(std::move(reply));
}

void show(const Batches& batches, const Call& call) {
  const auto id = parse_uuid(call.parts.front());
  const auto task = id ? batches.find(*id, call.identity.client) : std::nullopt;
  if (!task) return call.refuse({ErrorCode::not_found, "no batch of yours has this id"}, InputPart::path);
  call.answer(200, render(call.base, *task));
}

}  // namespace

void add_batch_routes(const ApiDependencies& dependencies, std::vector<Route>& routes) {
  auto* batches = dependencies.batches;
  auto& workers = dependencies.workers;
  routes.push_back({.method = "POST",
                    .path = "/batches",
                    .access = Access::scope,
                    .scope = "records",
                    .run =
                        [batches, &workers](Call call) {
                          run_on_workers(workers, std::move(call),
                                         [batches, &workers](const Call& c) { receive(*batches, workers, c); });
                        },
                    .media_types = {ndjson_type, csv_type, fixed_type},
                    .streamed = true});
  routes.push_back({"GET", "/batches/{id}", Access::scope, "records", [batches, &workers](Call call) {
                      run_on_workers(workers, std::move(call), [batches](const Call& c) { show(*batches, c); });
                    }});
}

}  // namespace ketenpoort::api
