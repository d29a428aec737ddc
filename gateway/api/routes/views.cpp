// POST /records/{id}/view, /view/approve, /view/show and the same of /transfers/{id}: what is stored of a person is
// shown to whoever asked and said why, once, after a second person has approved.
#include <memory>
#include <utility>

#include "gateway/api/http/problem.hpp"
#include "gateway/api/routes/rights_call.hpp"
#include "gateway/base/utf8.hpp"
#include "gateway/exchange/rights/proposals.hpp"
#include "gateway/exchange/rights/view_payload.hpp"
#include "gateway/ledger/entry/entry.hpp"

namespace ketenpoort::api {
namespace {

using exchange::ViewTarget;
using formats::JsonWriter;
using Kind = ViewTarget::Kind;

constexpr std::size_t longest_purpose = 64;

std::string_view folder_of(Kind kind) {
  return kind == Kind::record ? "/records/" : "/transfers/";
}

// Of the index: the projection forgets records and transfers that have ended.
Result<ViewTarget> find_target(const ApiDependencies& dependencies, const Call& call, Kind kind) {
  const Error unknown{ErrorCode::not_found, kind == Kind::record ? "no record has this id" : "no transfer has this id"};
  const auto id = parse_uuid(call.parts.front());
  if (!id) return fail(unknown);
  if (auto ready = wait_for_index(dependencies); !ready) return fail(ready.error());
  std::optional<SubjectRef> subject;
  std::uint32_t attempts = 0;
  if (kind == Kind::record) {
    const auto row = dependencies.index.use([&](audit::IndexReader& reader) { return reader.record(*id); });
    if (!row) return fail(row.error());
    if (*row) subject = (*row)->subject;
  } else {
    const auto row = dependencies.index.use([&](audit::IndexReader& reader) { return reader.transfer(*id); });
    if (!row) return fail(row.error());
    if (*row) subject = (*row)->subject;
    if (*row) attempts = (*row)->attempts;
  }
  if (!subject) return fail(unknown);
  return ViewTarget{kind, *id, *subject, attempts};
}

bool is_code(std::string_view text) {
  if (text.empty() || text.size() > longest_purpose || text.front() < 'a' || text.front() > 'z') return false;
  return text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

std::string render(const exchange::Terms& terms, const std::string& base, const ViewTarget& target,
                   const exchange::PendingView& view) {
  std::string json;
  JsonWriter writer(json);
  const auto place = base + std::string(folder_of(target.kind)) + target.id.text() + "/view";
  writer.begin_object()
      .member("id", view.id.text())
      .member("subject", ledger::to_text(target.subject))
      .member("state", view.approved ? "APPROVED" : "PENDING")
      .member("purpose", view.purpose)
      .member(view.approved ? "show" : "approve", place + (view.approved ? "/show" : "/approve"))
      .member("askedAt", to_rfc3339(view.asked_at))
      .member("expiresAt", to_rfc3339(view.approved ? *view.approved + exchange::view_lifetime
                                                    : exchange::expiry_of(terms, view.asked_at)))
      .end_object();
  return json;
}

void propose(const ApiDependencies& dependencies, const Call& call, Kind kind) {
  const auto body = read_rights_body(call.request.body, {"purpose"});
  if (!body) return call.refuse(body.error());
  const std::string purpose(body->root().find("purpose").as_string().value_or(""));
  if (!is_code(purpose))
    return call.refuse(
        refuse_value("purpose", "why it must be seen: a code of small letters, digits, hyphens").value());
  const auto target = find_target(dependencies, call, kind);
  if (!target) return call.refuse(target.error(), InputPart::path);
  auto shared = std::make_shared<Call>(call);
  const auto terms = dependencies.facilities.terms.get();
  exchange::propose_view(dependencies.facilities, caller_of(call, "rights-officer"), *target, purpose,
                         [shared, terms, target = *target](const Result<exchange::PendingView>& view) {
                           if (!view) return shared->refuse(view.error(), InputPart::path);
                           shared->answer(202, render(*terms, shared->base, target, *view));
                         });
}

void approve(const ApiDependencies& dependencies, const Call& call, Kind kind) {
  const auto body = read_rights_body(call.request.body, {"id"});
  if (!body) return call.refuse(body.error());
  const auto id = read_uuid_of(body->root().find("id"), "id");
  if (!id) return call.refuse(id.error());
  const auto target = find_target(dependencies, call, kind);
  if (!target) return call.refuse(target.error(), InputPart::path);
  auto shared = std::make_shared<Call>(call);
  const auto terms = dependencies.facilities.terms.get();
  exchange::approve_view(dependencies.facilities, caller_of(call, "rights-officer"), *target, *id,
                         [shared, terms, target = *target](const Result<exchange::PendingView>& view) {
                           if (!view) return shared->refuse(view.error(), InputPart::path);
                           shared->answer(200, render(*terms, shared->base, target, *view));
                         });
}

// As text where it is; whatever else a recipient answered, in base64.
void write_answers(JsonWriter& writer, const std::vector<exchange::KeptAnswer>& answers) {
  writer.key("answers").begin_array();
  for (const auto& answer : answers) {
    writer.begin_object().member("attempt", answer.attempt);
    if (answer.status != 0) writer.member("status", answer.status);
    if (is_valid_utf8(answer.content))
      writer.member("content", answer.content);
    else
      writer.member("contentBase64", to_base64(as_bytes(answer.content)));
    if (answer.cut > 0) writer.member("cut", answer.cut);
    writer.end_object();
  }
  writer.end_array();
}

void show(const ApiDependencies& dependencies, const Call& call, Kind kind) {
  if (const auto body = read_rights_body(call.request.body, {}); !body) return call.refuse(body.error());
  const auto target = find_target(dependencies, call, kind);
  if (!target) return call.refuse(target.error(), InputPart::path);
  auto shared = std::make_shared<Call>(call);
  exchange::show_view(dependencies.facilities, caller_of(call, "rights-officer"), *target,
                      [shared, target = *target](const Result<exchange::ShownPayload>& shown) {
                        if (!shown) return shared->refuse(shown.error(), InputPart::path);
                        std::string json;
                        JsonWriter writer(json);
                        writer.begin_object()
                            .member("id", target.id.text())
                            .member("subject", ledger::to_text(target.subject))
                            .member("contentType", shown->payload.content_type)
                            .member("content", shown->payload.bytes);
                        if (target.kind == Kind::message) write_answers(writer, shown->answers);
                        writer.end_object();
                        shared->answer(200, std::move(json), {{"cache-control", "no-store"}});
                      });
}

}  // namespace

void add_view_routes(const ApiDependencies& dependencies, std::vector<Route>& routes) {
  const auto add = [&](std::string_view path, Kind kind, void (*run)(const ApiDependencies&, const Call&, Kind)) {
    routes.push_back(
        {"POST", path, Access::scope, "rights",
         on_workers(dependencies, [kind, run](const ApiDependencies& d, const Call& call) { run(d, call, kind); })});
  };
  add("/records/{id}/view", Kind::record, propose);
  add("/records/{id}/view/approve", Kind::record, approve);
  add("/records/{id}/view/show", Kind::record, show);
  add("/transfers/{id}/view", Kind::message, propose);
  add("/transfers/{id}/view/approve", Kind::message, approve);
  add("/transfers/{id}/view/show", Kind::message, show);
}

}  // namespace ketenpoort::api
