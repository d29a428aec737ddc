#include "gateway/exchange/rights/view_payload.hpp"

#include <memory>
#include <utility>

#include "gateway/exchange/delivery/message_file.hpp"
#include "gateway/exchange/facilities/person_entry.hpp"
#include "gateway/exchange/rights/proposals.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/ledger/entry/bodies.hpp"
#include "gateway/ledger/entry/canonical.hpp"
#include "gateway/ledger/history/history.hpp"

namespace ketenpoort::exchange {
namespace {

using ledger::History;
using ledger::Transaction;

std::string_view name_of(ViewTarget::Kind kind) {
  return kind == ViewTarget::Kind::record ? "record" : "transfer";
}

std::string proposal_kind(const ViewTarget& target) {
  return std::string(view_proposal) + ' ' + std::string(name_of(target.kind)) + ' ' + target.id.text();
}

std::string to_details(const PendingView& view) {
  std::string json;
  formats::JsonWriter writer(json);
  writer.begin_object().member("purpose", view.purpose);
  if (view.approved) writer.member("approved", to_rfc3339(*view.approved));
  writer.end_object();
  return json;
}

PendingView to_view(const Proposal& proposal) {
  PendingView out{.id = proposal.id, .asked_at = proposal.asked_at, .purpose = {}};
  const auto document = formats::parse_json(proposal.details);
  if (!document) return out;
  out.purpose = document->root().find("purpose").as_string().value_or("");
  if (const auto approved = document->root().find("approved"))
    out.approved = parse_rfc3339(approved.as_string().value_or(""));
  return out;
}

Result<Payload> read_target(const Vault& vault, const ViewTarget& target) {
  if (target.kind == ViewTarget::Kind::record) {
    auto json = vault.find_record(target.id);
    if (!json) return fail(std::move(json.error()));
    return Payload{"application/json", std::move(*json)};
  }
  auto packed = vault.find_payload(target.id);
  if (!packed) return packed;
  return Payload{packed->content_type, std::string(unpack_message(packed->bytes).message)};
}

// What was asked, without who asked.
Digest query_of(const ViewTarget& target) {
  return sha256(as_bytes(ledger::ObjectWriter().string(name_of(target.kind), target.id.text()).take()));
}

struct Showing {
  Caller caller;
  ViewTarget target;
  ShownPayload shown;
  std::vector<Digest> claimed;
};

Result<Proposal> find_usable(const Vault& vault, const Showing& showing, Timestamp now) {
  auto proposal = find_proposal(vault, showing.target.subject, proposal_kind(showing.target));
  if (!proposal) return fail(ErrorCode::not_found, "no view of this waits to be shown: ask for one");
  const auto view = to_view(*proposal);
  if (proposal->asked_by != showing.caller.client)
    return fail(ErrorCode::forbidden, "it is shown to whoever asked for it");
  if (!view.approved) return fail(ErrorCode::forbidden, "a second person has not approved it yet");
  if (now - *view.approved > view_lifetime)
    return fail(ErrorCode::gone, "it was approved more than a day ago: ask for it again");
  return std::move(*proposal);
}

}  // namespace

void propose_view(Facilities& facilities, const Caller& caller, const ViewTarget& target, const std::string& purpose,
                  std::function<void(Result<PendingView>)> done) {
  if (const auto there = read_target(facilities.vault, target); !there) return done(fail(there.error()));
  auto proposal = std::make_shared<Proposal>(Proposal{
      .id = new_uuid_v4(), .subject = target.subject, .kind = proposal_kind(target), .asked_by = caller.client});
  facilities.sequencer.submit(
      [proposal, purpose, &facilities](const History&, std::uint64_t, Timestamp now) -> Result<Transaction> {
        proposal->asked_at = now;
        proposal->details = to_details({proposal->id, now, purpose, {}});
        Transaction transaction;
        transaction.changes = replace_proposals(facilities.vault, *proposal);
        return transaction;
      },
      [proposal, done = std::move(done)](const Result<ledger::Committed>& committed) {
        if (!committed) return done(fail(committed.error()));
        done(to_view(*proposal));
      });
}

void approve_view(Facilities& facilities, const Caller& caller, const ViewTarget& target, std::optional<Uuid> id,
                  std::function<void(Result<PendingView>)> done) {
  auto approved = std::make_shared<Proposal>();
  facilities.sequencer.submit(
      [approved, caller, target, id, &facilities](const History&, std::uint64_t, Timestamp now) -> Result<Transaction> {
        auto proposal = find_approvable(facilities, target.subject, proposal_kind(target), id, caller.client, now);
        if (!proposal) return fail(proposal.error());
        auto view = to_view(*proposal);
        if (view.approved) return fail(ErrorCode::conflict, "it was approved before");
        view.approved = now;
        *approved = std::move(*proposal);
        approved->details = to_details(view);
        Transaction transaction;
        transaction.changes.push_back(facilities.vault.add_decision(to_decision(*approved)));
        return transaction;
      },
      [approved, done = std::move(done)](const Result<ledger::Committed>& committed) {
        if (!committed) return done(fail(committed.error()));
        done(to_view(*approved));
      });
}

void show_view(Facilities& facilities, const Caller& caller, const ViewTarget& target,
               std::function<void(Result<ShownPayload>)> done) {
  auto showing = std::make_shared<Showing>(Showing{caller, target, {}, {}});
  auto payload = read_target(facilities.vault, target);
  if (!payload) return done(fail(payload.error()));
  showing->shown.payload = std::move(*payload);
  if (target.kind == ViewTarget::Kind::message)
    showing->shown.answers = find_answers(facilities.vault, target.id, target.attempts);
  facilities.sequencer.submit(
      [showing, &facilities](const History& history, std::uint64_t, Timestamp now) -> Result<Transaction> {
        const auto proposal = find_usable(facilities.vault, *showing, now);
        if (!proposal) return fail(proposal.error());
        if (history.erased_classes(showing->target.subject).contains(KeyClass::payload))
          return fail(ErrorCode::gone, "the data of this subject were erased");
        // Once: another call may have used it in this batch.
        std::vector claims{sha256(as_bytes(proposal->id.text()))};
        if (!facilities.pending.claim(claims)) return fail(ErrorCode::not_found, "it is being shown already");
        showing->claimed = std::move(claims);
        Transaction transaction;
        transaction.entries.push_back(
            draft_by_person(showing->caller, showing->target.subject,
                            ledger::AuditQueried{to_view(*proposal).purpose, query_of(showing->target), 1}));
        transaction.changes.push_back(facilities.vault.drop_decision(proposal->id));
        return transaction;
      },
      [showing, &facilities, done = std::move(done)](const Result<ledger::Committed>& committed) {
        facilities.pending.release(showing->claimed);
        if (!committed) return done(fail(committed.error()));
        done(std::move(showing->shown));
      });
}

}  // namespace ketenpoort::exchange
