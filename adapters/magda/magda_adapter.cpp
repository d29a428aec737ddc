#include "adapters/magda/magda_adapter.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "adapters/magda/answer.hpp"
#include "adapters/magda/question.hpp"
#include "adapters/rest_push.hpp"

namespace ketenpoort::adapters {
namespace {

using enum Verdict::Kind;
using magda::FaultKind;
using magda::SoapAnswer;
using magda::Treatment;

constexpr std::string_view path = "/Inburgering.RegistreerToeleidingDienst-01.00/soap/WebService";
constexpr std::string_view soap_type = "text/xml; charset=utf-8";
constexpr int internal_error = 500;  // SOAP 1.1, section 6.2: the status of every fault

Verdict retry_because(std::string why) {
  return {.kind = retry, .failure_class = std::move(why)};
}

// Of a fault without Uitzonderingen. What is wrong with our message or certificate stays wrong; an expired Timestamp is
// made anew at the next attempt, and what nobody knows may be a proxy's.
Verdict judge_fault(FaultKind kind) {
  switch (kind) {
    case FaultKind::client:
      return {.kind = reject, .failure_class = "soap-client"};
    case FaultKind::security:
      return {.kind = reject, .failure_class = "soap-security"};
    case FaultKind::version:
      return {.kind = reject, .failure_class = "soap-version"};
    case FaultKind::server:
      return retry_because("soap-server");
    case FaultKind::expired:
      return retry_because("soap-message-expired");
    case FaultKind::other:
      break;
  }
  return retry_because("soap-other");
}

// Only the status tells something.
std::optional<std::string> unread(const Answer&) {
  return std::nullopt;
}

std::string class_of_worst(const std::vector<magda::Uitzondering>& all, Treatment worst) {
  const auto found = std::ranges::find_if(all, [&](const auto& one) { return magda::treat(one) == worst; });
  return magda::class_of(*found);
}

Verdict judge_answer(const SoapAnswer& answer) {
  const auto& all = answer.uitzonderingen;
  const auto worst = magda::treat(all);
  if (worst == Treatment::reject) return {.kind = reject, .failure_class = class_of_worst(all, worst)};
  if (worst == Treatment::retry) return retry_because(class_of_worst(all, worst));
  if (answer.fault) return judge_fault(*answer.fault);
  if (!answer.has_answer) return retry_because("answer-missing");
  Verdict verdict{.kind = is_acceptable_reference(answer.reference) ? acknowledged : delivered};
  if (verdict.kind == acknowledged) verdict.partner_reference = answer.reference;
  for (const auto& one : all) verdict.notes.push_back(magda::number_of(one));
  return verdict;
}

}  // namespace

// The moment in the Context is when the question was made, the same at every attempt: an idempotency key then stands
// for one SOAP Body, byte for byte. That a call is fresh is what the signed Timestamp says.
Result<Call> MagdaAdapter::make_call(const Delivery& delivery) const {
  const auto question = magda::make_question(delivery.payload, parties_, delivery.transfer.text());
  if (!question) return fail(question.error());
  auto envelope = signer_.envelope(*question, delivery.at);
  if (!envelope) return fail(std::move(envelope.error()));
  Delivery enveloped = delivery;
  enveloped.content_type = soap_type;
  enveloped.payload = std::move(*envelope);
  auto call = push(enveloped, std::string(path), "text/xml");
  // Which operation is meant stands in the Body: SOAP 1.1, section 6.1.1, lets the header say so with nothing in it.
  call.headers.emplace_back("SOAPAction", "\"\"");
  return call;
}

Call MagdaAdapter::to_call(const Delivery& delivery) const {
  auto call = make_call(delivery);
  if (!call) throw std::invalid_argument(call.error().message);
  return std::move(*call);
}

Verdict MagdaAdapter::judge(const Answer&) const {
  return retry_because("answer-unreadable");
}

Verdict MagdaAdapter::judge_reply(const Delivery& delivery, const Answer& answer) const {
  const bool success = answer.status >= 200 && answer.status < 300;
  if (!success && answer.status != internal_error) return judge_push(answer, unread);
  const auto read = magda::read_answer(answer.body, delivery.transfer.text());
  // A fault comes with 500 and an answer with 2xx. A fault is one under any status; arrived is only what a 2xx says
  // too.
  auto verdict = read ? std::optional(judge_answer(*read)) : std::nullopt;
  if (!success && (!verdict || verdict->kind == acknowledged || verdict->kind == delivered))
    return judge_push(answer, unread);
  if (verdict) return std::move(*verdict);
  return retry_because(read.error().code == ErrorCode::conflict ? "answer-to-another" : "answer-unreadable");
}

}  // namespace ketenpoort::adapters
