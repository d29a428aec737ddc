// What the use cases need from outside: a vault for what must be erasable. The ledger and the partners' clients are
// reached through ledger/sequencer.hpp and outbound.hpp.
//
// The vault never writes by itself. Every change is a ledger::VaultChange that travels in the same journal batch as the
// entries it belongs to, so both are durable together or not at all; the vault applies it afterwards (ledger::Sink),
// and answers reads from changes that are durable but not applied yet as if they were.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/aead.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/base/result.hpp"
#include "gateway/base/time.hpp"
#include "gateway/domain/key_class.hpp"
#include "gateway/domain/transfer.hpp"
#include "gateway/ledger/writer/sequencer.hpp"

namespace ketenpoort::exchange {

// Keys per subject and class: destroying a class erases what is sealed under it, wherever copies are.
struct SubjectKeys {
  AeadKey payload{};    // records and messages
  AeadKey proof{};      // sealed parts of ledger entries: facts, interpreter, evidence, representative
  AeadKey directory{};  // identifiers kept to answer the data subject
};

// request_body is no identifier: the same keyed hash tells whether two requests under one idempotency key are the same.
enum class IdentifierKind : unsigned char { fedasil_number, ssin, immigration_office_number, request_body };

// HMAC-SHA256 of kind and value under the vault's directory key: an identifier is looked up, never stored.
using IdentifierMark = Digest;

struct Payload {
  std::string content_type;
  std::string bytes;
};

// The answer given to an idempotency key, and the digest of the body it was given for.
struct PastReply {
  Digest body_digest{};
  int status = 0;
  std::string body;
};

// What persons decided about a number of a subject (subject.linked, subject.unlinked); of most numbers nobody decided
// anything, they came with a record.
struct NumberDecision {
  enum class State : unsigned char {
    borne,   // it is the subject's
    parted,  // it is not, and does not come back with the next record that says so
    passed,  // it was, and is another's now who continues this subject
  };
  IdentifierMark mark{};
  SubjectRef subject{};
  SubjectRef reference{};  // how the ledger names the number: random, so that nobody can guess it from a number
  State state = State::borne;
  bool operator==(const NumberDecision&) const = default;
};

// What one person asked for and another must approve; `json` is the use case's.
struct PendingDecision {
  Uuid id{};
  SubjectRef subject{};
  std::string json;
};

// What a partner reported and what is kept as a figure only: nothing in it says about whom.
struct CountedOutcome {
  Date month{};  // its first day
  std::string centre;
  std::string recipient;  // who reported it
  std::string kind;
  std::string status;
  std::string reason;  // empty for none
};

class Vault {
 public:
  virtual ~Vault() = default;

  // Reads; thread-safe. ErrorCode::not_found when there is no such thing, ErrorCode::gone when its keys were destroyed.
  [[nodiscard]] virtual IdentifierMark mark(IdentifierKind kind, std::string_view value) const = 0;
  [[nodiscard]] virtual std::optional<SubjectRef> find_subject(const IdentifierMark& mark) const = 0;  // not erased
  // Of an identifier that an erased subject bore: late records and outcomes about that person are not taken.
  [[nodiscard]] virtual bool is_suppressed(const IdentifierMark& mark) const = 0;
  // Everybody the identifier belongs or belonged to, as far as the directory still says so.
  [[nodiscard]] virtual Result<std::vector<SubjectRef>> find_subjects(const IdentifierMark& mark) const = 0;
  [[nodiscard]] virtual Result<SubjectKeys> keys_of(const SubjectRef& subject) const = 0;
  [[nodiscard]] virtual Result<std::string> find_record(const RecordId& record) const = 0;  // the resident record, JSON
  [[nodiscard]] virtual Result<Payload> find_payload(const TransferId& transfer) const = 0;
  [[nodiscard]] virtual std::optional<PastReply> find_reply(const Digest& key) const = 0;
  [[nodiscard]] virtual std::optional<PendingDecision> find_decision(const SubjectRef& subject) const = 0;
  // All of the months [from, to), both given by their first day. Waits for a disk.
  [[nodiscard]] virtual Result<std::vector<CountedOutcome>> counted_outcomes(Date from, Date to) const = 0;
  // All that wait about a subject.
  [[nodiscard]] virtual std::vector<PendingDecision> find_decisions(const SubjectRef& subject) const {
    const auto one = find_decision(subject);
    return one ? std::vector{*one} : std::vector<PendingDecision>{};
  }
  // Never waits for a disk.
  [[nodiscard]] virtual std::optional<NumberDecision> find_number(const IdentifierMark&, const SubjectRef&) const {
    return std::nullopt;
  }
  [[nodiscard]] virtual std::vector<IdentifierMark> numbers_of(const SubjectRef&) const { return {}; }

  // Changes for the journal; nothing happens until they come back durable. Thread-safe.
  [[nodiscard]] virtual ledger::VaultChange add_subject(const SubjectRef& subject, const SubjectKeys& keys) const = 0;
  [[nodiscard]] virtual ledger::VaultChange add_identifier(const IdentifierMark& mark,
                                                           const SubjectRef& subject) const = 0;
  [[nodiscard]] virtual ledger::VaultChange add_record(const RecordId& record, const SubjectRef& subject,
                                                       const SubjectKeys& keys, std::string_view json) const = 0;
  [[nodiscard]] virtual ledger::VaultChange add_payload(const TransferId& transfer, const SubjectRef& subject,
                                                        const SubjectKeys& keys, const Payload& payload) const = 0;
  [[nodiscard]] virtual ledger::VaultChange drop_payload(const TransferId& transfer) const = 0;
  [[nodiscard]] virtual ledger::VaultChange add_reply(const Digest& key, const PastReply& reply,
                                                      Timestamp expires) const = 0;
  // Destroys key classes and all that is sealed under them. With `suppress` the subject's identifiers leave marks
  // (is_suppressed); without, whoever bears them next is somebody new.
  [[nodiscard]] virtual ledger::VaultChange erase_subject(const SubjectRef& subject, KeyClassSet classes,
                                                          bool suppress) const = 0;
  [[nodiscard]] virtual ledger::VaultChange drop_record(const RecordId& record) const = 0;
  [[nodiscard]] virtual ledger::VaultChange add_decision(const PendingDecision& decision) const = 0;
  [[nodiscard]] virtual ledger::VaultChange drop_decision(const Uuid& decision) const = 0;
  [[nodiscard]] virtual ledger::VaultChange count_outcome(const CountedOutcome& outcome) const = 0;
  // Moves the number as it says.
  [[nodiscard]] virtual ledger::VaultChange set_number(const NumberDecision&) const {
    throw std::logic_error("this vault knows no decisions about numbers");
  }
};

}  // namespace ketenpoort::exchange
