#include "gateway/exchange/sealing.hpp"

#include "gateway/ledger/canonical.hpp"
#include "gateway/ledger/entry.hpp"

namespace ketenpoort::exchange {

std::string seal_part(const SubjectKeys& keys, std::string_view kind, const SubjectRef& subject,
                      const std::optional<TransferId>& tx, std::string_view text) {
  constexpr std::size_t iv_size = 12;
  std::string context(kind);
  context += '|' + ledger::to_text(subject) + '|';
  if (tx) context += tx->text();
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

}  // namespace ketenpoort::exchange
