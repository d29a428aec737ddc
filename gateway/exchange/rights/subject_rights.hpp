// Use cases of a rights officer: processing is restricted (GDPR art. 18), or taken up again; data are erased (art. 17),
// which takes two persons. Every recipient that has the data is told (art. 19): the entry says so and until when.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "gateway/domain/key_class.hpp"
#include "gateway/exchange/delivery/in_flight.hpp"
#include "gateway/exchange/facilities/facilities.hpp"
#include "gateway/exchange/notices/recall.hpp"
#include "gateway/ledger/entry/bodies.hpp"

namespace ketenpoort::exchange {

// Who asks, about whom, on which request (request.opened), if any.
struct RightsCall {
  Caller caller;
  SubjectRef subject{};
  std::optional<Uuid> request;
};

struct RightsOutcome {
  SubjectRef subject{};
  std::optional<std::uint64_t> seq;  // of the entry; nothing when it was so already
  std::vector<TransferId> stopped;
  std::vector<TransferId> in_flight;  // the first byte may be out
  std::vector<std::string> to_notify;
  std::vector<SubjectRef> changed = {};  // everybody it was written of: the subject and who is one person with it
  std::vector<SubjectRef> still_restricted = {};  // after an end: who a number passed to or from, each with its own
};
using RightsDone = std::function<void(Result<RightsOutcome>)>;
using OnSubjectChanged = std::function<void(const SubjectRef&)>;

// What waits is held (`subject-restricted`); what was permitted and not begun is stopped and asked for anew, so that it
// goes on when the restriction ends. `ground`: GDPR art. 18(1), as the ledger names it.
// ErrorCode::not_found: nothing is known of the subject; gone: it was erased.
void restrict_subject(Facilities& facilities, InFlight& in_flight, const RightsCall& call, const std::string& ground,
                      RightsDone done, OnSubjectChanged on_changed);
void unrestrict_subject(Facilities& facilities, const RightsCall& call, RightsDone done, OnSubjectChanged on_changed);

// The same as part of a larger transaction, for everybody who is one person with the subject; nothing when it is
// restricted. Runs on the sequencer's thread; `recalled` is to be released if nothing is written.
void add_restriction(const ledger::History& history, InFlight& in_flight, const RightsCall& call,
                     const std::string& ground, std::uint64_t first_seq, Timestamp now,
                     ledger::Transaction& transaction, RightsOutcome& outcome, Recalled& recalled);

// Which classes of keys go, and which stay on what ground (art. 17(3)).
struct ErasureDecision {
  KeyClassSet classes;
  std::vector<ledger::Kept> kept;
};

struct PendingErasure {
  Uuid id{};
  SubjectRef subject{};
  ErasureDecision decision;
  std::optional<Uuid> request;
  std::string asked_by;  // client
  Timestamp asked_at{};
};

// Durable until somebody else approves; a newer proposal for the subject takes the place of the one before.
void propose_erasure(Facilities& facilities, const RightsCall& call, const ErasureDecision& decision,
                     std::function<void(Result<PendingErasure>)> done);

struct Erasure {
  PendingErasure approved;
  RightsOutcome outcome;
};

// Erases: one transaction with `subject.erased`, the end of everything that waits, the notifications and the vault's
// change. `id`: of the proposal that was looked at; empty: the one that waits. ErrorCode::forbidden: who asked cannot
// approve; not_found: nothing waits; conflict: another proposal waits.
void approve_erasure(Facilities& facilities, InFlight& in_flight, const RightsCall& call, std::optional<Uuid> id,
                     std::function<void(Result<Erasure>)> done, OnSubjectChanged on_changed);

std::optional<PendingErasure> find_pending_erasure(const Vault& vault, const SubjectRef& subject);

}  // namespace ketenpoort::exchange
