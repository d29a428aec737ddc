#include "gateway/exchange/facilities/sealing.hpp"

#include <algorithm>

#include "gateway/ledger/entry/canonical.hpp"
#include "gateway/ledger/entry/entry.hpp"

namespace ketenpoort::exchange {

namespace {

constexpr std::size_t iv_size = 12;

std::string context_of(std::string_view kind, const SubjectRef& subject, const std::optional<TransferId>& tx) {
  std::string context(kind);
  context += '|' + ledger::to_text(subject) + '|';
  if (tx) context += tx->text();
  return context;
}

std::optional<Bytes> bytes_in(const ledger::Value& sealed, std::string_view key) {
  const auto value = sealed.find(key);
  if (!value.is(ledger::Value::Kind::string)) return std::nullopt;
  return from_base64(value.text());
}

}  // namespace

std::string seal_part(const SubjectKeys& keys, std::string_view kind, const SubjectRef& subject,
                      const std::optional<TransferId>& tx, std::string_view text) {
  const auto context = context_of(kind, subject, tx);
  const AeadKey data_key = random_bytes<32>();
  const Bytes sealed = seal(data_key, as_bytes(text), as_bytes(context));
  const Bytes wrapped = seal(keys.proof, data_key, as_bytes(context));
  const ByteView all(sealed);
  return ledger::ObjectWriter()
      .string("ct", to_base64(all.subspan(iv_size)))
      .string("dek", to_base64(wrapped))
      .string("iv", to_base64(all.first(iv_size)))
      .take();
}

Result<std::string> open_part(const AeadKey& proof_key, const ledger::Entry& entry) {
  const auto ct = bytes_in(entry.sealed, "ct");
  const auto dek = bytes_in(entry.sealed, "dek");
  auto sealed = bytes_in(entry.sealed, "iv");
  if (!entry.subject || !ct || !dek || !sealed) return fail(ErrorCode::crypto, "the entry has no sealed part");
  const auto context = context_of(entry.kind, *entry.subject, entry.tx);
  const auto unwrapped = open_sealed(proof_key, *dek, as_bytes(context));
  AeadKey data_key{};
  if (!unwrapped || unwrapped->size() != data_key.size())
    return fail(ErrorCode::crypto, "the entry's data key does not open with the subject's key");
  std::copy(unwrapped->begin(), unwrapped->end(), data_key.begin());
  sealed->insert(sealed->end(), ct->begin(), ct->end());
  const auto plain = open_sealed(data_key, *sealed, as_bytes(context));
  if (!plain) return fail(ErrorCode::crypto, "the entry's sealed part does not open");
  return std::string(as_text(*plain));
}

}  // namespace ketenpoort::exchange
