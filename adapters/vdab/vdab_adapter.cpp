#include "adapters/vdab/vdab_adapter.hpp"

#include "adapters/rest_push.hpp"

namespace ketenpoort::adapters {

Call VdabAdapter::to_call(const Delivery& delivery) const {
  auto call = push(delivery, "/klantvolgsysteem/profielen", "application/json");
  // The Klantvolgsysteem asks for a random UUID to follow a request by. Its x-insz header stays unused: a national
  // number never stands in a header.
  call.headers.emplace_back("x-correlation-id", delivery.trace.text());
  return call;
}

Verdict VdabAdapter::judge(const Answer& answer) const {
  return judge_push(answer, read_json_reference);
}

}  // namespace ketenpoort::adapters
