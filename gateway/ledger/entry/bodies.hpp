// Bodies of ledger entries: one type per kind, its canonical JSON and its strict reader. docs/ledger-format.md lists
// every key.
//
// Nothing personal is ever in a body. What is (evidence references, interpreters, witnesses, the facts of a decision,
// the sender's referral ids) is sealed by the caller into EntryDraft::sealed.
#pragma once

#include <array>
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
#include "gateway/ledger/entry/canonical.hpp"

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

// Checkpoints larger than this entry's seq are signed by the new key. Both keys sign the same text, see
// docs/ledger-format.md.
struct KeyRotated {
  static constexpr std::string_view kind = "ledger.key-rotated";
  std::string algorithm = "Ed25519";
  std::string new_signature;  // base64
  std::string new_vkey;
  std::string old_signature;  // base64
  std::string old_vkey;
};

// What others said was said before it was written down, but for what the clocks of gateway, authority and witness may
// differ.
constexpr std::chrono::minutes anchor_clocks_differ{5};

// A time stamp over a checkpoint (RFC 3161).
struct Anchored {
  static constexpr std::string_view kind = "ledger.anchored";
  Timestamp gen_time{};  // as the token says
  std::string method = "rfc3161";
  Digest root{};
  std::uint64_t size = 0;
  std::string token;  // base64 DER TimeStampToken, with the authority's certificate
  std::string tsa;    // name of the authority in the configuration
};

// Cosignatures of witnesses over a checkpoint (C2SP cosignature/v1).
struct Cosigned {
  static constexpr std::string_view kind = "ledger.cosigned";
  Digest root{};
  std::vector<std::string> signatures;  // lines of a signed note
  std::uint64_t size = 0;
};

// ---- what runs from here on ----

// What the log is held to by others (config ledger.anchors): no permit is given on an anchor older than this.
struct Anchoring {
  std::uint32_t max_age_seconds = 0;
  std::uint32_t quorum = 0;  // anchors and witnesses needed
  bool operator==(const Anchoring&) const = default;
};

struct ConfigActivated {
  static constexpr std::string_view kind = "config.activated";
  std::string environment;
  Digest sha256{};                        // over every file of the configuration
  std::optional<Anchoring> anchoring{};   // in force from here on; none: the log is not anchored
  std::uint32_t longest_hold_days = 365;  // a transfer held longer is given up as hold-expired
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
  bool operator==(const MappingActivated&) const = default;
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

// The policy file a registration was read from, and the policy owner whose signature over it was verified; no signer
// only in environment test.
struct SignedFile {
  Digest sha256{};
  std::string signer;
};

struct AgreementRegistered {
  static constexpr std::string_view kind = "agreement.registered";
  Agreement agreement;
  SignedFile file;
};

// The same agreement with other terms from here on: everything is said anew.
struct AgreementAmended {
  static constexpr std::string_view kind = "agreement.amended";
  Agreement agreement;
  SignedFile file;
  Seq amends = 0;  // of the agreement.registered or agreement.amended it replaces
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
  // Commitments under the key `commitKey` of the sealed part to what stands there under the same name: what was shown
  // as evidence, who recorded it, who spoke for the subject, who witnessed it.
  std::optional<Digest> evidence;
  Digest recorded_by{};
  std::optional<Digest> representative;  // there when a guardian, parent or administrator spoke
  std::optional<Digest> witness;
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
  std::optional<Seq> purpose_seq;
  bool recipient_built = true;  // an adapter and a mapping were configured; nothing else is looked at where not
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

// ---- outcomes: what a partner reports back, decided like a transfer the other way ----

struct OutcomeReceived {
  static constexpr std::string_view kind = "outcome.received";
  Seq agreement = 0;  // the one with direction "back"
  Digest commit{};    // HMAC-SHA256 of the report under a sealed key
  std::optional<Seq> consent;
  Date decided_for{};
  Seq ledger_size = 0;
  std::optional<Date> on;
  Uuid outcome;
  std::string purpose;    // "follow-up"
  std::string recipient;  // who reports: the recipient of the transfer
  std::uint64_t size = 0;
  std::string sort;    // key "kind": REGISTRATION TRAINING TEST TRAJECTORY ...
  std::string status;  // ACCEPTED DECLINED REGISTERED INVITED STARTED NO_SHOW COMPLETED STOPPED
};

// Not covered: what was reported is dropped.
struct OutcomeRejected {
  static constexpr std::string_view kind = "outcome.rejected";
  std::optional<Seq> agreement;
  std::optional<Seq> consent;
  Date decided_for{};
  Seq ledger_size = 0;
  Uuid outcome;
  std::string purpose;
  std::vector<Reason> reasons;
  std::string recipient;
};

// ---- subjects and their rights ----

inline constexpr std::array<std::string_view, 4> request_outcomes = {"GRANTED", "PARTLY_GRANTED", "REFUSED",
                                                                     "WITHDRAWN"};
inline constexpr std::array<std::string_view, 2> extension_reasons = {"complexity", "number-of-requests"};
// GDPR art. 18(1), a to d.
inline constexpr std::array<std::string_view, 4> restriction_grounds = {"accuracy-contested", "unlawful",
                                                                        "legal-claims", "objection-pending"};

struct RequestOpened {
  static constexpr std::string_view kind = "request.opened";
  std::uint32_t article = 15;  // of the GDPR, 15 to 21
  Date deadline{};             // art. 12(3)
  Uuid request;
  // A code, "complexity": the request was opened before, and this gives it a later deadline and says why.
  std::optional<std::string> extended{};
};

struct RequestClosed {
  static constexpr std::string_view kind = "request.closed";
  std::string outcome;  // GRANTED PARTLY_GRANTED REFUSED WITHDRAWN
  Uuid request;
};

struct SubjectRestricted {
  static constexpr std::string_view kind = "subject.restricted";
  std::string ground = "accuracy-contested";  // GDPR art. 18(1): a to d
  std::optional<Uuid> request;                // exercised by it
};

struct SubjectUnrestricted {
  static constexpr std::string_view kind = "subject.unrestricted";
  std::optional<Uuid> request;
};

struct SubjectRectified {
  static constexpr std::string_view kind = "subject.rectified";
  CategorySet categories;  // in which something was wrong
  std::optional<Uuid> request;
};

// A number joins or leaves a subject. The mark is a random reference of the number; which number, only the vault knows.
struct IdentityLink {
  std::array<std::uint8_t, 16> mark{};
  std::string number;  // fedasil-number, ssin, immigration-office-number
  std::optional<Uuid> request;
};
struct SubjectLinked : IdentityLink {
  static constexpr std::string_view kind = "subject.linked";
};
struct SubjectUnlinked : IdentityLink {
  static constexpr std::string_view kind = "subject.unlinked";
};

struct Kept {
  std::string key_class;  // key "class"
  std::string ground;     // GDPR art. 17(3): art17-3-a to art17-3-e
  bool operator==(const Kept&) const = default;
};

struct SubjectErased {
  static constexpr std::string_view kind = "subject.erased";
  std::vector<std::string> classes = {"directory", "payload", "proof"};  // of keys destroyed
  std::vector<Kept> kept;                                                // classes that were not, and why
  std::optional<Uuid> request;
};

// refs names the entry that gives cause: consent.withdrawn, subject.erased ...
struct RecipientNotified {
  static constexpr std::string_view kind = "recipient.notified";
  std::string cause;  // WITHDRAWAL RECTIFICATION ERASURE RESTRICTION STAY_ENDED IDENTITY_CHANGED
  std::string recipient;
  Date deadline{};
  std::optional<TransferId> tx;  // the last transfer it has the data from
};

struct RecipientConfirmed {
  static constexpr std::string_view kind = "recipient.confirmed";
  std::optional<std::string> ground;  // of what it kept: art17-3-a to art17-3-e
  Seq notified = 0;                   // the recipient.notified it answers
  std::string reply;                  // ERASED STOPPED KEPT
};

// ---- reading, operating ----

struct AuditQueried {
  static constexpr std::string_view kind = "audit.queried";
  std::string purpose;  // a code: why somebody looked
  Digest query{};       // SHA-256 of the query in canonical form
  std::uint64_t rows = 0;
};

struct AuditExported {
  static constexpr std::string_view kind = "audit.exported";
  std::string format;  // a code: "csv"
  std::string purpose;
  Digest query{};
  std::uint64_t rows = 0;
};

// No message is sent to a partner from here on, until it is resumed; what it must be told of data it has goes on.
struct PartnerPaused {
  static constexpr std::string_view kind = "partner.paused";
  std::string reason;  // a code: "maintenance"
  std::string recipient;
};

struct PartnerResumed {
  static constexpr std::string_view kind = "partner.resumed";
  std::string recipient;
};

// GDPR art. 33(5): the facts of a personal data breach, its effects and what was done, as codes, counts and dates. A
// later entry with the same id says all of it anew.
struct BreachRecorded {
  static constexpr std::string_view kind = "breach.recorded";
  std::optional<Timestamp> authority_told;  // art. 33(1)
  Timestamp aware_at{};                     // from which the 72 hours run
  Uuid breach;
  CategorySet categories;
  std::string cause;                 // a code: "lost-device"
  Digest document{};                 // SHA-256 of the file that tells it in words
  std::vector<std::string> effects;  // codes: "identity-theft"
  std::optional<Date> from;
  std::vector<std::string> measures;  // codes: "keys-revoked"
  std::vector<std::string> nature;    // confidentiality, integrity, availability
  std::uint64_t records = 0;
  std::string risk;  // none, risk, high
  std::uint64_t subjects = 0;
  std::optional<Date> subjects_told;  // art. 34
  std::optional<Date> until;
};

// Codes are short words of a closed vocabulary that the format does not close: never text that could name somebody.
bool is_code(std::string_view text);

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
