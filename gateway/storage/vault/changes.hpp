// What the vault stores, and the binary form in which each change travels in the journal.
//
// A change is the row it leaves behind; applying it twice leaves the same row, and of two for the same key the later
// one stays. Form: the kind, then the fields in the order of the struct. Ids, marks and digests as they are; integers
// big-endian (status 16 bits, expires 64 bits of milliseconds since 1970 UTC); byte strings of varying size with a
// 16-bit length before them, apart from a last `sealed`, which runs to the end; classes and flags 8 bits. All that is
// personal is sealed before it comes here.
#pragma once

#include <array>
#include <string>
#include <variant>
#include <vector>

#include "gateway/base/bytes.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/base/result.hpp"
#include "gateway/base/time.hpp"
#include "gateway/domain/key_class.hpp"
#include "gateway/domain/transfer.hpp"
#include "gateway/ledger/writer/sequencer.hpp"

namespace ketenpoort::storage {

// One sealed key per KeyClass; an empty one has been destroyed.
using WrappedKeys = std::array<Bytes, key_class_count>;

struct StoredSubject {
  SubjectRef subject{};
  WrappedKeys keys{};
};

struct StoredIdentifier {
  Digest mark{};
  SubjectRef subject{};
};

struct StoredRecord {
  RecordId record{};
  SubjectRef subject{};
  Bytes sealed;  // JSON
};

struct StoredPayload {
  TransferId transfer{};
  SubjectRef subject{};
  std::string content_type;
  Bytes sealed;
};

struct DroppedPayload {
  TransferId transfer{};
};

struct StoredReply {
  Digest key{};
  Digest body_digest{};
  int status = 0;
  Timestamp expires{};
  Bytes sealed;  // the answer's body
};

struct DroppedRecord {
  RecordId record{};
};

// The keys of these classes are destroyed, and with them every row sealed under them: records and payloads with
// `payload`, identifiers with `directory`; whatever classes they are, the decisions that waited go too. Final: of a
// class that was destroyed nothing is taken any more.
struct ErasedSubject {
  SubjectRef subject{};
  KeyClassSet classes{};
  bool suppress = false;  // leave a mark by which whoever bears one of the subject's numbers is turned away
  // Not in the journal: found when the change comes back durable (SqliteVault::on_durable).
  std::vector<Digest> suppressed{};
  std::vector<Digest> marks{};  // of the numbers that are nobody's now: what others' rows say of them goes too
};

// No copy of what was erased is left in the journal, the file's free space or its log.
struct PurgedSubject {
  SubjectRef subject{};
};

// A decision that waits for a second person; `sealed` is its JSON.
struct StoredDecision {
  Uuid decision{};
  SubjectRef subject{};
  Bytes sealed;
};

struct DroppedDecision {
  Uuid decision{};
};

// The day a stay ended, kept when the records that said so are dropped: other terms count from it.
struct StoredStayEnd {
  SubjectRef subject{};
  std::int64_t day = 0;  // since 1970-01-01
};

// An outcome that is kept as a figure only. The id is random: nothing leads from here to a person.
struct StoredFigure {
  Uuid id{};
  std::uint32_t month = 0;  // since year 0
  std::string centre, recipient, kind, status, reason;
};

[[nodiscard]] inline std::uint32_t month_number(Date date) {
  return static_cast<std::uint32_t>(static_cast<int>(date.year())) * 12 + static_cast<unsigned>(date.month()) - 1;
}

// What persons decided about a number; the identifier's row comes or goes with it.
struct StoredNumber {
  Digest mark{};
  SubjectRef subject{};
  SubjectRef reference{};  // in the ledger
  std::uint8_t state = 0;  // exchange::NumberDecision::State
};

// VaultChange::kind is the position here: append, never reorder.
using Change = std::variant<StoredSubject, StoredIdentifier, StoredRecord, StoredPayload, DroppedPayload, StoredReply,
                            DroppedRecord, ErasedSubject, PurgedSubject, StoredDecision, DroppedDecision, StoredStayEnd,
                            StoredFigure, StoredNumber>;

ledger::VaultChange encode(const Change& change);

// ErrorCode::malformed when it is no change this version knows.
Result<Change> decode(const ledger::VaultChange& change);

}  // namespace ketenpoort::storage
