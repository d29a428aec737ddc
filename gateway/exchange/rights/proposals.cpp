#include "gateway/exchange/rights/proposals.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "gateway/formats/json_text.hpp"

namespace ketenpoort::exchange {
namespace {

Proposal read_proposal(const PendingDecision& stored) {
  Proposal out{.id = stored.id, .subject = stored.subject};
  const auto document = formats::parse_json(stored.json);
  const auto root = document ? document->root() : formats::JsonView();
  out.kind = root.find("kind") ? text_of(root.find("kind")) : erasure_proposal;
  out.asked_by = text_of(root.find("askedBy"));
  out.asked_at = parse_rfc3339(text_of(root.find("askedAt"))).value_or(Timestamp{});
  out.request = parse_uuid(text_of(root.find("request")));
  out.details = root.find("details") ? text_of(root.find("details")) : stored.json;
  return out;
}

}  // namespace

PendingDecision to_decision(const Proposal& proposal) {
  PendingDecision out{.id = proposal.id, .subject = proposal.subject, .json = {}};
  formats::JsonWriter writer(out.json);
  writer.begin_object()
      .member("kind", proposal.kind)
      .member("askedBy", proposal.asked_by)
      .member("askedAt", to_rfc3339(proposal.asked_at))
      .member("details", proposal.details);
  if (proposal.request) writer.member("request", proposal.request->text());
  writer.end_object();
  return out;
}

std::vector<Proposal> find_proposals(const Vault& vault, const SubjectRef& subject) {
  std::vector<Proposal> out;
  for (const auto& stored : vault.find_decisions(subject)) out.push_back(read_proposal(stored));
  std::ranges::sort(out, {}, [](const Proposal& one) { return std::pair(one.asked_at, one.id); });
  return out;
}

std::optional<Proposal> find_proposal(const Vault& vault, const SubjectRef& subject, std::string_view kind) {
  const auto all = find_proposals(vault, subject);
  const auto last = std::find_if(all.rbegin(), all.rend(), [&](const Proposal& one) { return one.kind == kind; });
  return last == all.rend() ? std::nullopt : std::optional(*last);
}

Timestamp expiry_of(const Terms& terms, Timestamp asked_at) {
  return asked_at + terms.proposal_life;
}

Result<Proposal> find_approvable(const Facilities& facilities, const SubjectRef& subject, std::string_view kind,
                                 const std::optional<Uuid>& id, std::string_view approver, Timestamp now) {
  auto proposal = find_proposal(facilities.vault, subject, kind);
  if (!proposal)
    return fail(ErrorCode::not_found, fmt::format("no proposal of this kind ({}) waits for approval", kind));
  if (id && *id != proposal->id)
    return fail(ErrorCode::conflict, "another proposal waits by now: look at it before you approve it");
  if (now > expiry_of(*facilities.terms.get(), proposal->asked_at))
    return fail(ErrorCode::gone,
                fmt::format("it was proposed more than {} days ago: look at it anew and propose it again",
                            facilities.terms->proposal_life.count()));
  if (proposal->asked_by == approver)
    return fail(ErrorCode::forbidden, "this needs a second person: whoever proposed it cannot approve it");
  return std::move(*proposal);
}

std::vector<ledger::VaultChange> replace_proposals(const Vault& vault, const Proposal& proposal) {
  std::vector<ledger::VaultChange> changes;
  for (const auto& before : find_proposals(vault, proposal.subject))
    if (before.kind == proposal.kind) changes.push_back(vault.drop_decision(before.id));
  changes.push_back(vault.add_decision(to_decision(proposal)));
  return changes;
}

}  // namespace ketenpoort::exchange
