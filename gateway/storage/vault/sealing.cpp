#include "gateway/storage/vault/sealing.hpp"

#include <algorithm>
#include <utility>

namespace ketenpoort::storage {
namespace {

// The first byte of every context: what is sealed. Part of the format on disk.
enum class Sealed : std::uint8_t { subject_key = 1, record = 2, payload = 3, reply = 4, decision = 5 };

class Context {
 public:
  explicit Context(Sealed what) {
    constexpr std::size_t usual_size = 80;
    bytes_.reserve(usual_size);
    bytes_.push_back(static_cast<std::uint8_t>(what));
  }
  Context&& add(ByteView part) && {
    bytes_.insert(bytes_.end(), part.begin(), part.end());
    return std::move(*this);
  }
  Context&& add(std::uint8_t byte) && {
    bytes_.push_back(byte);
    return std::move(*this);
  }
  operator ByteView() const { return bytes_; }

 private:
  Bytes bytes_;
};

Context key_context(const SubjectRef& subject, std::size_t key_class) {
  return Context(Sealed::subject_key).add(static_cast<std::uint8_t>(key_class)).add(subject);
}

Context record_context(const StoredRecord& stored) {
  return Context(Sealed::record).add(stored.record.bytes).add(stored.subject);
}

Context payload_context(const StoredPayload& stored) {
  return Context(Sealed::payload).add(stored.transfer.bytes).add(stored.subject).add(as_bytes(stored.content_type));
}

Context reply_context(const StoredReply& stored) {
  return Context(Sealed::reply)
      .add(stored.key)
      .add(stored.body_digest)
      .add(static_cast<std::uint8_t>(stored.status >> 8))
      .add(static_cast<std::uint8_t>(stored.status & 0xff));
}

Context decision_context(const StoredDecision& stored) {
  return Context(Sealed::decision).add(stored.decision.bytes).add(stored.subject);
}

// What does not open is named for the operator, who must know which row of the vault is damaged.
Result<std::string> open_text(const AeadKey& key, ByteView sealed, ByteView context, std::string_view what) {
  const auto opened = open_sealed(key, sealed, context);
  if (!opened) return fail(ErrorCode::crypto, "vault: " + std::string(what) + ": " + opened.error().message);
  return std::string(as_text(*opened));
}

}  // namespace

VaultKeys::VaultKeys(const SecretKey& master)
    : wrapping(derive_key(master.bytes(), "ketenpoort vault 1 wrapping")),
      directory(derive_key(master.bytes(), "ketenpoort vault 1 directory")),
      reply(derive_key(master.bytes(), "ketenpoort vault 1 reply")),
      decision(derive_key(master.bytes(), "ketenpoort vault 1 decision")),
      check(derive_key(master.bytes(), "ketenpoort vault 1 check").bytes()) {}

exchange::IdentifierMark mark_of(const VaultKeys& keys, exchange::IdentifierKind kind, std::string_view value) {
  Bytes text;
  text.reserve(1 + value.size());
  text.push_back(static_cast<std::uint8_t>(kind));
  text.insert(text.end(), value.begin(), value.end());
  return hmac_sha256(keys.directory.bytes(), text);
}

Digest suppression_mark_of(const VaultKeys& keys, const exchange::IdentifierMark& mark) {
  // No identifier's kind (mark_of), so that no mark of one sort can be one of the other.
  constexpr std::uint8_t suppressed = 0xF0;
  Bytes text{suppressed};
  text.insert(text.end(), mark.begin(), mark.end());
  return hmac_sha256(keys.directory.bytes(), text);
}

Result<AeadKey> UnwrappedKeys::of(KeyClass key_class) const {
  const auto i = static_cast<std::size_t>(key_class);
  if (!present[i])
    return fail(ErrorCode::gone, "the data subject's " + std::string(to_text(key_class)) + " key was destroyed");
  return keys[i].bytes();
}

StoredSubject wrap(const VaultKeys& keys, const SubjectRef& subject, const exchange::SubjectKeys& subject_keys) {
  const std::array<const AeadKey*, key_class_count> plain{&subject_keys.payload, &subject_keys.proof,
                                                          &subject_keys.directory};
  StoredSubject stored{.subject = subject};
  for (std::size_t i = 0; i < plain.size(); ++i)
    stored.keys[i] = seal(keys.wrapping.bytes(), *plain[i], key_context(subject, i));
  return stored;
}

Result<UnwrappedKeys> unwrap(const VaultKeys& keys, const StoredSubject& stored) {
  UnwrappedKeys out;
  for (std::size_t i = 0; i < key_class_count; ++i) {
    if (stored.keys[i].empty()) continue;
    auto opened = open_sealed(keys.wrapping.bytes(), stored.keys[i], key_context(stored.subject, i));
    if (!opened || opened->size() != out.keys[i].bytes().size())
      return fail(ErrorCode::crypto, "vault: a data subject's wrapped key does not open: it was changed");
    std::copy(opened->begin(), opened->end(), out.keys[i].bytes().begin());
    wipe(*opened);
    out.present[i] = true;
  }
  return out;
}

StoredRecord seal_record(const AeadKey& key, const RecordId& record, const SubjectRef& subject, std::string_view json) {
  StoredRecord stored{.record = record, .subject = subject, .sealed = {}};
  stored.sealed = seal(key, as_bytes(json), record_context(stored));
  return stored;
}

Result<std::string> open_record(const AeadKey& key, const StoredRecord& stored) {
  return open_text(key, stored.sealed, record_context(stored), "record " + stored.record.text());
}

StoredPayload seal_payload(const AeadKey& key, const TransferId& transfer, const SubjectRef& subject,
                           const exchange::Payload& payload) {
  StoredPayload stored{.transfer = transfer, .subject = subject, .content_type = payload.content_type, .sealed = {}};
  stored.sealed = seal(key, as_bytes(payload.bytes), payload_context(stored));
  return stored;
}

Result<exchange::Payload> open_payload(const AeadKey& key, const StoredPayload& stored) {
  auto text = open_text(key, stored.sealed, payload_context(stored), "payload of transfer " + stored.transfer.text());
  if (!text) return fail(std::move(text.error()));
  return exchange::Payload{.content_type = stored.content_type, .bytes = std::move(*text)};
}

StoredReply seal_reply(const VaultKeys& keys, const Digest& key, const exchange::PastReply& reply, Timestamp expires) {
  StoredReply stored{
      .key = key, .body_digest = reply.body_digest, .status = reply.status, .expires = expires, .sealed = {}};
  stored.sealed = seal(keys.reply.bytes(), as_bytes(reply.body), reply_context(stored));
  return stored;
}

Result<exchange::PastReply> open_reply(const VaultKeys& keys, const StoredReply& stored) {
  auto text = open_text(keys.reply.bytes(), stored.sealed, reply_context(stored), "an answer given before");
  if (!text) return fail(std::move(text.error()));
  return exchange::PastReply{.body_digest = stored.body_digest, .status = stored.status, .body = std::move(*text)};
}

StoredDecision seal_decision(const VaultKeys& keys, const Uuid& decision, const SubjectRef& subject,
                             std::string_view json) {
  StoredDecision stored{.decision = decision, .subject = subject, .sealed = {}};
  stored.sealed = seal(keys.decision.bytes(), as_bytes(json), decision_context(stored));
  return stored;
}

Result<std::string> open_decision(const VaultKeys& keys, const StoredDecision& stored) {
  return open_text(keys.decision.bytes(), stored.sealed, decision_context(stored), "a decision that waits");
}

}  // namespace ketenpoort::storage
