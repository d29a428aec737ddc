#include "adapters/simulator/reaction.hpp"

#include "gateway/base/bytes.hpp"
#include "gateway/base/digest.hpp"

namespace ketenpoort::simulator {

api::Reply unavailable() {
  return {.status = 503, .content_type = "text/plain", .body = "out of order\n", .headers = {}};
}

api::Reply garbage() {
  const auto bytes = random_bytes<64>();
  // A first byte that neither JSON nor XML begins with, so that noise is never an answer by chance.
  return {.status = 200,
          .content_type = "application/octet-stream",
          .body = "\xff" + std::string(as_text(bytes)),
          .headers = {}};
}

}  // namespace ketenpoort::simulator
