#include "adapters/municipality/municipality_adapter.hpp"

#include "adapters/rest_push.hpp"

namespace ketenpoort::adapters {

Call MunicipalityAdapter::to_call(const Delivery& delivery) const {
  return push(delivery, "/klantprofielen", "application/json");
}

Verdict MunicipalityAdapter::judge(const Answer& answer) const {
  return judge_push(answer, read_json_reference);
}

}  // namespace ketenpoort::adapters
