#include "adapters/outgoing_call.hpp"

#include <exception>

namespace ketenpoort::adapters {

Result<Call> make_safely(const PartnerAdapter& adapter, const Delivery& delivery) {
  try {
    return adapter.make_call(delivery);
  } catch (const std::exception&) {
    return fail(ErrorCode::internal, "making a call threw an exception");
  }
}

Verdict judge_unmade(const Error& error) {
  if (error.code == ErrorCode::malformed)
    return {.kind = Verdict::Kind::reject, .failure_class = "message-does-not-fit"};
  return {.kind = Verdict::Kind::retry, .failure_class = "message-not-made"};
}

}  // namespace ketenpoort::adapters
