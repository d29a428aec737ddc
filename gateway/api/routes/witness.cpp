// What witnesses and those who rely on them call: cosignatures brought by a witness that cannot be reached, our own
// witness of other logs, and the checkpoint that witnesses signed.
#include "gateway/ledger/published/witness.hpp"
#include "gateway/api/api.hpp"
#include "gateway/api/http/problem.hpp"
#include "gateway/exchange/anchoring.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::api {
namespace {

constexpr std::string_view note_type = "text/plain; charset=utf-8";

// C2SP tlog-witness add-checkpoint, answered as that says.
void witness_other_log(ledger::Witness* witness, const Call& call) {
  if (witness == nullptr) {
    const bool well_formed = ledger::parse_add_checkpoint(call.request.body).has_value();
    return call.reply({well_formed ? 404 : 400, std::string(note_type),
                       well_formed ? "this witness does not know the log\n" : "not an add-checkpoint request\n"});
  }
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  auto answer = witness->add_checkpoint(call.request.body, now);
  call.reply({answer.status, std::move(answer.content_type), std::move(answer.body)});
}

void take_cosignatures(exchange::Anchoring* anchoring, const Call& call) {
  if (anchoring == nullptr) return call.refuse({ErrorCode::forbidden, "no witness of this log is configured"});
  const auto seq = anchoring->accept_cosignatures(call.request.body, caller_of(call, "witness").actor());
  if (!seq) return call.refuse(seq.error());
  std::string json;
  formats::JsonWriter(json).begin_object().key("ledger").begin_array().value(*seq).end_array().end_object();
  call.answer(200, std::move(json));
}

void show_cosigned(const ledger::Sequencer& sequencer, const Call& call) {
  auto note = sequencer.cosigned_checkpoint();
  if (!note) return call.refuse(note.error(), InputPart::path);
  call.reply({200, std::string(note_type), std::move(*note), {{"cache-control", "no-cache"}}});
}

}  // namespace

void add_witness_routes(const ledger::Sequencer& sequencer, Workers& workers, exchange::Anchoring* anchoring,
                        ledger::Witness* witness, std::vector<Route>& routes) {
  routes.push_back({.method = "POST",
                    .path = "/ledger/witness",
                    .scope = "witness",
                    .run =
                        [&workers, anchoring, witness](Call call) {
                          run_on_workers(workers, std::move(call), [anchoring, witness](const Call& mine) {
                            if (mine.request.body.starts_with("old ")) return witness_other_log(witness, mine);
                            take_cosignatures(anchoring, mine);
                          });
                        },
                    .media_types = {},
                    .produces = {}});
  routes.push_back({.method = "GET",
                    .path = "/ledger/checkpoint.cosigned",
                    .scope = "ledger",
                    .run =
                        [&sequencer, &workers](Call call) {
                          run_on_workers(workers, std::move(call),
                                         [&sequencer](const Call& mine) { show_cosigned(sequencer, mine); });
                        },
                    .or_scope = "audit",
                    .produces = {note_type}});
}

}  // namespace ketenpoort::api
