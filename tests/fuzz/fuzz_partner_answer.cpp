// What partners and authorization servers answer: read as anything it may be read as, and never believed further than
// it goes.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "adapters/oauth/token_call.hpp"
#include "adapters/rest_adapter.hpp"
#include "adapters/rest_push.hpp"

namespace {

using namespace ketenpoort;
using Reference = RestSettings::Reference;

void require(bool holds) {
  if (!holds) std::abort();
}

void judge(Reference reference, const char* place, const Answer& answer) {
  const adapters::RestAdapter adapter(
      {.path = "/in", .reference = reference, .reference_at = place, .trace_header = {}, .headers = {}});
  const auto verdict = adapter.judge(answer);
  const bool acknowledged = verdict.kind == Verdict::Kind::acknowledged;
  require(acknowledged == !verdict.partner_reference.empty());
  if (acknowledged) require(adapters::is_acceptable_reference(verdict.partner_reference));
  const bool failed = verdict.kind == Verdict::Kind::retry || verdict.kind == Verdict::Kind::reject;
  require(failed == !verdict.failure_class.empty());
  if (verdict.retry_after) require(verdict.retry_after->count() >= 0 && *verdict.retry_after <= std::chrono::hours{24});
}

void read_token(const Answer& answer) {
  const auto token = adapters::read_token(answer);
  if (!token) return require(token.error().failure_class.starts_with("token-"));
  for (const char c : token->value) require(c > ' ' && c < 0x7F);
  require(!token->value.empty() && token->lifetime.count() > 0 && token->lifetime <= std::chrono::hours{24});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto head = text.substr(0, text.find('\n'));
  for (const int status : {200, 503}) {
    const Answer answer{status, {{"x-reference", head}, {"retry-after", head}, {"date", head}}, text};
    judge(Reference::none, "", answer);
    judge(Reference::json, "dossier.number", answer);
    judge(Reference::xml, "Receipt/File/Number", answer);
    judge(Reference::header, "x-reference", answer);
    read_token(answer);
  }
  return 0;
}
