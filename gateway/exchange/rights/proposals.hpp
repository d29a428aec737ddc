// What takes two persons: one proposes, another approves. A proposal is durable until it is approved or another of its
// kind takes its place; what nobody approved in time (Terms::proposal_life) counts for nothing any more. The same
// client, by certificate or by token, is the same person.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/exchange/facilities/facilities.hpp"

namespace ketenpoort::exchange {

// An erasure that was asked for by a program that knew no other proposals says no kind.
inline constexpr std::string_view erasure_proposal = "erasure";
inline constexpr std::string_view link_proposal = "link";
inline constexpr std::string_view unlink_proposal = "unlink";
inline constexpr std::string_view view_proposal = "view";

struct Proposal {
  Uuid id{};
  SubjectRef subject{};
  std::string kind;
  std::string asked_by;  // client
  Timestamp asked_at{};
  std::optional<Uuid> request;  // that it answers
  std::string details;          // JSON object, the use case's
};

PendingDecision to_decision(const Proposal& proposal);

// Of every kind, the oldest first.
std::vector<Proposal> find_proposals(const Vault& vault, const SubjectRef& subject);
std::optional<Proposal> find_proposal(const Vault& vault, const SubjectRef& subject, std::string_view kind);

// The last moment at which it may be approved.
Timestamp expiry_of(const Terms& terms, Timestamp asked_at);

// The one that waits, for somebody else than who asked. `id`: the one that was looked at; empty: whichever waits.
// ErrorCode::not_found: none waits; conflict: another one does; gone: it waited too long; forbidden: it was the
// approver's own.
Result<Proposal> find_approvable(const Facilities& facilities, const SubjectRef& subject, std::string_view kind,
                                 const std::optional<Uuid>& id, std::string_view approver, Timestamp now);

// The changes by which a proposal takes the place of those of its kind.
std::vector<ledger::VaultChange> replace_proposals(const Vault& vault, const Proposal& proposal);

}  // namespace ketenpoort::exchange
