// Bodies of ledger entries: one type per kind, its canonical JSON and its strict reader. docs/ledger-format.md lists
// every key.
//
// Nothing personal is ever in a body. What is (evidence references, interpreters, witnesses, the facts of a decision,
// the sender's referral ids) is sealed by the caller into EntryDraft::sealed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/digest.hpp"
#include "gateway/base/result.hpp"
#include "gateway/base/time.hpp"
#include "gateway/base/uuid.hpp"
#include "gateway/domain/category.hpp"
#include "gateway/domain/purpose.hpp"
#include "gateway/domain/transfer.hpp"
#include "gateway/ledger/canonical.hpp"

namespace ketenpoort::ledger {

using Seq = std::uint64_t;

// ---- life of the log ----

struct LedgerOpened {
  static constexpr std::string_view kind = "ledger.opened";
  std::string origin;    // of the checkpoints
  std::string software;  // "ketenpoort 0.1.0"
  std::string vkey;      // C2SP signed-note verifier key the log starts with
};

struct LedgerRecovered {
  static constexpr std::string_view kind = "ledger.recovered";
  std::uint64_t cut_bytes = 0;  // of a last batch that was never acknowledged
};

struct ClockAnomaly {
  static constexpr std::string_view kind = "ledger.clock-anomaly";
  std::uint64_t behind_ms = 0;  // how far the clock stood behind the last entry
};

// ---- what runs from here on ----

struct ConfigActivated {
  static constexpr std::string_view kind = "config.activated";
  std::string environment;
  Digest sha256{};
};

struct MappingActivated {
  static constexpr std::string_view kind = "mapping.activated";
  std::string mapping;  // name
  std::string version;
  Digest hash{};  // over mapping, fragments and code lists
  std::string message;
  std::string recipient;
  std::vector<std::string> purposes;
  CategorySet categories;  // that it can send
};

struct PurposeRegistered {
  static constexpr std::string_view kind = "purpose.registered";
  Purpose purpose;
};

struct RuleRegistered {
  static constexpr std::string_view kind = "rule.registered";
  Rule rule;
  std::string text;  // the source file, whole
};

struct AgreementRegistered {
  static constexpr std::string_view kind = "agreement.registered";
  Agreement agreement;
  Digest sha256{};  // of the file
};

struct AgreementEnded {
  static constexpr std::string_view kind = "agreement.ended";
  Seq agreement = 0;  // of the agreement.registered it ends
};

// ---- consent ----

struct Notice {
  std::string id;
  std::string version;
  std::string language;  // ISO 639-3
  Digest sha256{};
};

struct Explained {
  std::string how;                              // READ HEARD PICTOGRAM APP
  std::optional<std::string> interpreter_mode;  // PRESENT VIDEO PHONE NONE
  std::optional<std::string> interpreter_kind;  // PROFESSIONAL SOCIAL VOLUNTEER
};

struct Expressed {
  std::string how;  // PAPER EID ORAL_BEFORE_WITNESS APP
  Date on{};
};

// One cell of a conversation: subject (of the entry) x purpose x recipient.
struct ConsentStatement {
  ConsentId consent;
  Uuid conversation;
  std::string purpose;
  std::string recipient;
  CategorySet categories;
  std::optional<Date> valid_until;  // the last day it holds
  Notice notice;
  Explained explained;
  Expressed expressed;
  bool representative = false;  // given by one
};

struct ConsentGiven : ConsentStatement {
  static constexpr std::string_view kind = "consent.given";
};

struct ConsentRefused : ConsentStatement {
  static constexpr std::string_view kind = "consent.refused";
};

struct ConsentWithdrawn {
  static constexpr std::string_view kind = "consent.withdrawn";
  ConsentId consent;
  std::string purpose;
  std::string recipient;
  CategorySet categories;  // that were withdrawn
  bool whole = true;       // nothing is left; false: the cell is narrowed
};

// ---- records and transfers ----

struct RecordReceived {
  static constexpr std::string_view kind = "record.received";
  RecordId record;
  struct Source {
    std::string system;
    std::string organisation;  // KBO number
    std::string centre;        // code
  } source;
  std::string syntax;  // media type
  Digest commit{};     // HMAC-SHA256 of the bytes under a random key that is sealed
  std::uint64_t size = 0;
};

struct TransferRequested {
  static constexpr std::string_view kind = "transfer.requested";
  RecordId record;
  std::uint32_t referral = 0;  // index into the record's referrals[]
  std::string recipient;
  std::string purpose;
  std::string message;
};

// What a decision that sends nothing rests on: as much of it as was found before it failed.
struct DecisionGround {
  std::vector<Reason> reasons;  // at least one, the deciding one first
  Seq ledger_size = 0;          // the size of the log it was decided on
  std::optional<Seq> agreement;
  std::optional<Seq> consent;  // the entry that last set the cell
  std::vector<Seq> rules;
};

struct TransferHeld : DecisionGround {
  static constexpr std::string_view kind = "transfer.held";
  Date decided_for{};
  std::optional<Date> held_until;  // only with too-early: the day it can be permitted
};

struct TransferRefused : DecisionGround {
  static constexpr std::string_view kind = "transfer.refused";
  std::optional<Date> decided_for;
};

struct TransferCancelled : DecisionGround {
  static constexpr std::string_view kind = "transfer.cancelled";
  std::optional<Date> decided_for;
};

struct LeftOut {
  Category category{};
  std::string reason;  // "no-consent", "never", "not-covered"
  bool operator==(const LeftOut&) const = default;
};

struct TransferPermitted {
  static constexpr std::string_view kind = "transfer.permitted";
  std::uint32_t attempt = 1;
  Seq agreement = 0;
  std::string basis;       // legal basis of the sender
  CategorySet categories;  // sent
  std::string centre;
  Digest commit{};             // HMAC-SHA256 of the mapping's output under a sealed key
  std::optional<Seq> consent;  // the entry that last set the cell; absent where the purpose asks none
  Date decided_for{};
  std::vector<LeftOut> left_out;
  Seq ledger_size = 0;
  struct Mapping {
    std::string name;
    std::string version;
    Digest hash{};
    Seq seq = 0;
  } mapping;
  std::string message;
  std::optional<Date> not_before;  // the date its rule gives for the facts used
  std::uint64_t payload_size = 0;
  std::string purpose;
  Seq purpose_seq = 0;
  std::string recipient;
  std::string recipient_body;  // KBO number of the legal person the recipient resolved to
  std::vector<Seq> rules;
};

struct TransferDelivered {
  static constexpr std::string_view kind = "transfer.delivered";
  std::uint32_t attempt = 0;
  Digest digest{};  // HMAC-SHA256 of the bytes on the wire under the key of the permit's commit
  int status = 0;   // HTTP, 200-299
};

struct TransferAcknowledged {
  static constexpr std::string_view kind = "transfer.acknowledged";
  std::uint32_t attempt = 0;
  Digest answer{};        // HMAC-SHA256 of the partner's answer under the key of the permit's commit
  std::string reference;  // the partner's own
};

struct TransferFailed {
  static constexpr std::string_view kind = "transfer.failed";
  std::uint32_t attempt = 0;
  std::string failure_class;  // key "class": "http-503", "timeout"
  bool may_have_arrived = false;
  std::optional<Timestamp> retry_at;
};

struct TransferAbandoned {
  static constexpr std::string_view kind = "transfer.abandoned";
  std::uint32_t attempts = 0;
  std::string failure_class;
};

// ---- subjects and notifications (minimal forms) ----

struct SubjectRestricted {
  static constexpr std::string_view kind = "subject.restricted";
};
struct SubjectUnrestricted {
  static constexpr std::string_view kind = "subject.unrestricted";
};
struct SubjectErased {
  static constexpr std::string_view kind = "subject.erased";
};

struct RecipientNotified {
  static constexpr std::string_view kind = "recipient.notified";
  std::string cause;  // WITHDRAWAL RECTIFICATION ERASURE RESTRICTION STAY_ENDED IDENTITY_CHANGED
  std::string recipient;
  Date deadline{};
  std::optional<TransferId> tx;  // the transfer it is told about
};

// The body's canonical JSON object. Empty optionals are left out; empty lists are written.
template <class Body>
std::string encode_body(const Body& body);

// Strict: a key that is unknown, missing or of another type, a name outside a closed list, or a list of categories that
// is not in the order of the closed list fails with ErrorCode::schema_violation naming the key.
template <class Body>
Result<Body> decode_body(Value body);
template <class Body>
Result<Body> decode_body(std::string_view json);

}  // namespace ketenpoort::ledger
