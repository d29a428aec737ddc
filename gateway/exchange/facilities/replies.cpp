#include "gateway/exchange/facilities/replies.hpp"

namespace ketenpoort::exchange {

Digest make_reply_key(std::string_view route, std::string_view client, std::string_view key) {
  const std::string_view separator("\0", 1);
  return sha256({as_bytes(route), as_bytes(separator), as_bytes(client), as_bytes(separator), as_bytes(key)});
}

Result<PastReply> repeat_reply(const PastReply& past, const Digest& body_digest) {
  if (past.body_digest == body_digest) return past;
  return fail(ErrorCode::conflict,
              "this idempotency key (or messageId) was used for another body; send a new key, or the body it was first "
              "used with");
}

}  // namespace ketenpoort::exchange
