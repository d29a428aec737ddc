// How each thing in the vault is sealed: under which key, and in which context, so that no row can stand in for
// another.
#pragma once

#include <string>
#include <string_view>

#include "gateway/exchange/facilities/ports.hpp"
#include "gateway/storage/master_key.hpp"
#include "gateway/storage/vault/changes.hpp"

namespace ketenpoort::storage {

// The keys that come from the master key; the master key itself is not kept.
struct VaultKeys {
  explicit VaultKeys(const SecretKey& master);

  SecretKey wrapping;   // of the subjects' keys
  SecretKey directory;  // of the identifiers' marks, and of the marks that erased subjects leave
  SecretKey reply;      // answers given; they expire, and carry no field of a record
  SecretKey decision;   // decisions that wait for a second person
  Digest check{};       // tells whether a vault was made with this master key; tells nothing about it
};

exchange::IdentifierMark mark_of(const VaultKeys& keys, exchange::IdentifierKind kind, std::string_view value);

// What is left of an identifier whose subject was erased. It cannot be told from which identifier's mark it came
// without the vault's keys, and it names no subject.
Digest suppression_mark_of(const VaultKeys& keys, const exchange::IdentifierMark& mark);

// A subject's keys as far as they still exist.
struct UnwrappedKeys {
  std::array<SecretKey, key_class_count> keys{};
  std::array<bool, key_class_count> present{};

  // ErrorCode::gone when the class was destroyed.
  [[nodiscard]] Result<AeadKey> of(KeyClass key_class) const;
};

StoredSubject wrap(const VaultKeys& keys, const SubjectRef& subject, const exchange::SubjectKeys& subject_keys);
Result<UnwrappedKeys> unwrap(const VaultKeys& keys, const StoredSubject& stored);

StoredRecord seal_record(const AeadKey& key, const RecordId& record, const SubjectRef& subject, std::string_view json);
Result<std::string> open_record(const AeadKey& key, const StoredRecord& stored);

StoredPayload seal_payload(const AeadKey& key, const TransferId& transfer, const SubjectRef& subject,
                           const exchange::Payload& payload);
Result<exchange::Payload> open_payload(const AeadKey& key, const StoredPayload& stored);

StoredReply seal_reply(const VaultKeys& keys, const Digest& key, const exchange::PastReply& reply, Timestamp expires);
Result<exchange::PastReply> open_reply(const VaultKeys& keys, const StoredReply& stored);

StoredDecision seal_decision(const VaultKeys& keys, const Uuid& decision, const SubjectRef& subject,
                             std::string_view json);
Result<std::string> open_decision(const VaultKeys& keys, const StoredDecision& stored);

}  // namespace ketenpoort::storage
