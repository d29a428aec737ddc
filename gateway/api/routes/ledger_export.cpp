// GET /ledger/export: entries with what connects them to the signed checkpoint, as one file that is checked alone
// (docs/ledger-format.md, "Export"). Noted in the log before the first byte; made piece by piece while it is sent.
#include <memory>
#include <optional>
#include <utility>

#include "gateway/api/api.hpp"
#include "gateway/api/http/problem.hpp"
#include "gateway/api/routes/audit_note.hpp"
#include "gateway/api/routes/export_places.hpp"
#include "gateway/ledger/entry/bodies.hpp"
#include "gateway/ledger/published/export.hpp"
#include "gateway/observability/log.hpp"

namespace ketenpoort::api {
namespace {

constexpr std::chrono::seconds ask_later{10};
constexpr std::string_view export_type = "application/x-ndjson";

struct ExportRequest {
  std::uint64_t from = 0;
  std::uint64_t to = ledger::to_the_end;
  std::string purpose{supervision};
};

Result<ExportRequest> read_request(const Query& query) {
  ExportRequest out;
  for (const auto& [name, value] : query) {
    if (name == "purpose") {
      if (!ledger::is_code(value))
        return refuse_parameter(name, "a code of small letters, digits and hyphens that says what for");
      out.purpose = value;
      continue;
    }
    const auto position = parse_number(value);
    if (!position) return refuse_parameter(name, "the position of an entry in the log, counted from 0");
    (name == "from" ? out.from : out.to) = *position;
  }
  return out;
}

// One export on its way out. Only one piece is asked for at a time.
struct Sending {
  ledger::ExportReader reader;
  std::shared_ptr<ExportPlaces::Place> place;
  Uuid trace;
};

void send_piece(Sending& sending, const ReplyTo& reply) {
  auto piece = sending.reader.next();
  if (!piece || piece->empty()) sending.place->give_back();
  if (piece) return reply({.body = std::move(*piece)});
  log::error("export_broken_off", log::field("trace", sending.trace), log::field("entries", sending.reader.done()));
  reply(problem_reply({ErrorCode::internal, "the export was broken off"}, sending.trace));
}

Reply begin_reply(Workers& workers, const ledger::ExportHeader& header, std::shared_ptr<Sending> sending) {
  Reply reply;
  reply.content_type = export_type;
  reply.headers.emplace_back("Cache-Control", "no-store");
  reply.headers.emplace_back("Content-Disposition", "attachment; filename=\"ledger-" + std::to_string(header.from) +
                                                        '-' + std::to_string(header.to) + ".export\"");
  reply.rest = [&workers, sending = std::move(sending)](ReplyTo take) {
    auto shared = std::make_shared<ReplyTo>(std::move(take));
    if (!workers.post([sending, shared] { send_piece(*sending, *shared); }))
      (*shared)(unavailable_reply("the gateway is stopping", ask_later, sending->trace));
  };
  return reply;
}

Reply refuse_place(ExportPlaces::Refusal refusal, const Uuid& trace) {
  const bool own = refusal == ExportPlaces::Refusal::client_has_one;
  return unavailable_reply(own ? "another export of this client is under way: one at a time"
                               : "as many exports are under way as may be at once",
                           ask_later, trace);
}

void export_entries(const ApiDependencies& dependencies, const Call& call, std::shared_ptr<ExportPlaces::Place> place) {
  const auto refuse = [&](const Error& error, InputPart in) {
    place->give_back();
    call.refuse(error, in);
  };
  const auto given = parse_query(call.request.query, {"from", "to", "purpose"});
  if (!given) return refuse(given.error(), InputPart::query);
  const auto request = read_request(*given);
  if (!request) return refuse(request.error(), InputPart::query);
  const auto& sequencer = dependencies.facilities.sequencer;
  auto prepared = ledger::prepare_export(sequencer.folder(), sequencer.keys(), request->from, request->to);
  if (!prepared) {
    const bool asked_wrong = prepared.error().code == ErrorCode::invalid_input;
    if (asked_wrong) return refuse(prepared.error(), InputPart::query);
    return refuse({ErrorCode::internal, "the ledger folder does not hold what was signed"}, InputPart::query);
  }
  const auto header = prepared->header;
  auto sending = std::make_shared<Sending>(
      Sending{ledger::ExportReader(sequencer.folder(), std::move(*prepared)), std::move(place), call.request.trace});
  note_and_then(dependencies.facilities, call,
                draft_exported(call, *given, "ketenpoort-export", request->purpose, sending->reader.total()),
                [&workers = dependencies.exports, header, sending](const Call& c) {
                  c.reply(begin_reply(workers, header, sending));
                });
}

}  // namespace

void add_export_routes(const ApiDependencies& dependencies, std::vector<Route>& routes) {
  const auto places = std::make_shared<ExportPlaces>();
  routes.push_back({.method = "GET",
                    .path = "/ledger/export",
                    .scope = "audit",
                    .run =
                        [dependencies, places](Call call) {
                          auto [place, refusal] = places->take(call.identity.client);
                          if (!place) return call.reply(refuse_place(refusal, call.request.trace));
                          run_on_workers(dependencies.exports, std::move(call),
                                         [dependencies, place = std::move(place)](const Call& c) {
                                           export_entries(dependencies, c, place);
                                         });
                        },
                    .takes_query = true,
                    .produces = {export_type},
                    .hands_over = true});
}

}  // namespace ketenpoort::api
