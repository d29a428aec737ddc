// What the vault stores, and the binary form in which each change travels in the journal.
//
// A change is the row it leaves behind; applying it twice leaves the same row, and of two for the same key the later
// one stays. Form: the kind, then the fields in the order of the struct. Ids, marks and digests as they are; integers
// big-endian (status 16 bits, expires 64 bits of milliseconds since 1970 UTC); byte strings of varying size with a
// 16-bit length before them, apart from a last `sealed`, which runs to the end. All that is personal is sealed before
// it comes here.
#pragma once

#include <array>
#include <string>
#include <variant>

#include "gateway/base/bytes.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/base/result.hpp"
#include "gateway/base/time.hpp"
#include "gateway/domain/transfer.hpp"
#include "gateway/ledger/sequencer.hpp"

namespace ketenpoort::storage {

enum class KeyClass : unsigned char { payload, proof, directory };
constexpr std::size_t key_class_count = 3;

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

// VaultChange::kind is the position here: append, never reorder.
using Change = std::variant<StoredSubject, StoredIdentifier, StoredRecord, StoredPayload, DroppedPayload, StoredReply>;

ledger::VaultChange encode(const Change& change);

// ErrorCode::malformed when it is no change this version knows.
Result<Change> decode(const ledger::VaultChange& change);

}  // namespace ketenpoort::storage
