#include "adapters/simulator/simulator.hpp"

#include <fmt/format.h>

#include "adapters/simulator/recall_check.hpp"
#include "adapters/simulator/transport_check.hpp"
#include "gateway/base/bytes.hpp"

namespace ketenpoort::simulator {
namespace {

// The same for the same key whenever it is asked, also after a restart, and nothing else about the message.
std::string reference_for(const PartnerProfile& partner, std::string_view key) {
  const auto digest = sha256({as_bytes(partner.name), as_bytes("\n"), as_bytes(key)});
  return fmt::format("{}-{}", partner.name, to_hex(ByteView(digest).first(10)));
}

}  // namespace

std::filesystem::path recalls_beside(const std::filesystem::path& received) {
  const auto name = received.has_filename() ? received : received.parent_path();
  return name.string() + "-recalls";
}

Simulator::Simulator(SimulatorOptions options, std::unique_ptr<Inbox> inbox)
    : options_(std::move(options)), inbox_(std::move(inbox)), dice_(options_.mode, options_.seed) {}

Result<std::unique_ptr<Simulator>> Simulator::open(SimulatorOptions options) {
  auto inbox = Inbox::open(options.received, options.keeping);
  if (!inbox) return fail(std::move(inbox.error()));
  return std::unique_ptr<Simulator>(new Simulator(std::move(options), std::move(*inbox)));
}

Inbox* Simulator::inbox_for(const api::Request& request) {
  if (request.path != recall_path) return inbox_.get();
  const std::lock_guard lock(recalls_mutex_);
  if (!recalls_)
    if (auto opened = Inbox::open(recalls_beside(options_.received))) recalls_ = std::move(*opened);
  return recalls_.get();
}

Reaction Simulator::take(const api::Request& request) {
  if (request.method == "GET" && request.path == "/health")
    return {.reply = api::Reply{
                .status = 200, .content_type = "application/json", .body = R"({"status":"UP"})", .headers = {}}};
  if (request.method != "POST") return {.reply = answer(request, {Refusal{405, "only POST"}})};
  const auto fate = dice_.draw();
  if (fate == Fate::unavailable) return {.reply = unavailable()};

  auto* inbox = inbox_for(request);
  if (inbox == nullptr) return {.reply = unavailable()};
  const auto now = Clock{}.now();
  const auto judgement = judge(request, *inbox, now);
  const auto& refusal = judgement.refusal;
  const auto stored = inbox->store({.time = now,
                                    .method = request.method,
                                    .path = request.path,
                                    .headers = request.headers,
                                    .body = request.body,
                                    .refusal = refusal ? std::optional{refusal->reason} : std::nullopt});
  if (!stored) return {.reply = unavailable()};
  if (fate == Fate::torn) return {.reply = std::nullopt};
  if (options_.mode == Mode::garbage && !refusal) return {.reply = garbage()};
  return {.reply = answer(request, judgement),
          .delay = options_.mode == Mode::slow ? options_.slow : std::chrono::milliseconds{0}};
}

Simulator::Judgement Simulator::judge(const api::Request& request, Inbox& inbox, Timestamp now) {
  if (options_.tokens && request.path == options_.partner->path)
    if (auto fault = find_token_fault(request, *options_.tokens))
      return {Refusal{fault->status, std::move(fault->reason), {{"WWW-Authenticate", std::move(fault->challenge)}}}};
  const TransportRules rules = {.partner = options_.partner,
                                .gateway_key = options_.gateway_key ? &*options_.gateway_key : nullptr,
                                .certificate_required = options_.certificate_required};
  const auto body = sha256(as_bytes(request.body));
  if (auto fault = find_transport_fault(request, rules, body, now))
    return {Refusal{fault->status, std::move(fault->reason)}};
  if (request.path == magda_path) return judge_magda(request, inbox, now);
  const auto key = request.header("idempotency-key");
  if (!inbox.bind(*parse_uuid(key), body)) return {Refusal{422, "Idempotency-Key: already stands for other bytes"}};
  if (options_.mode == Mode::reject) return {Refusal{422, "this simulator rejects everything"}};
  auto fault = request.path == recall_path ? find_recall_fault(request.body, key)
                                           : options_.partner->find_fault(request.body, key);
  if (fault) return {Refusal{422, std::move(*fault)}};
  return {};
}

// The key stands for the SOAP Body: the security header is fresh at every attempt.
Simulator::Judgement Simulator::judge_magda(const api::Request& request, Inbox& inbox, Timestamp now) {
  MagdaRules rules{.partner_type = options_.partner->magda_type, .security = {.now = now}};
  rules.security.certificate = options_.magda_certificate;
  if (!rules.security.certificate && request.certificate) rules.security.certificate = request.certificate->thumbprint;
  const auto key = request.header("idempotency-key");
  auto reading = read_magda(request.body, key, rules);
  auto exception = std::move(reading.refusal);
  if (reading.is_authentic && !inbox.bind(*parse_uuid(key), sha256(as_bytes(reading.bound))))
    exception = MagdaException{.reason = "Idempotency-Key: already stands for another Body"};
  if (!exception && options_.mode == Mode::reject)
    exception = MagdaException{.reason = "this simulator rejects everything"};
  if (!exception) exception = provoke();
  if (!exception || !exception->refuses()) return {{}, std::move(exception)};
  return {Refusal{200, exception->reason}, exception};
}

std::optional<MagdaException> Simulator::provoke() {
  if (!options_.uitzondering) return std::nullopt;
  const std::lock_guard lock(provoked_mutex_);
  const auto& [exception, times] = *options_.uitzondering;
  if (times != 0 && provoked_ >= times) return std::nullopt;
  ++provoked_;
  return exception;
}

api::Reply Simulator::answer(const api::Request& request, const Judgement& judgement) const {
  const auto& partner = *options_.partner;
  const auto& refusal = judgement.refusal;
  const bool recall = request.path == recall_path;
  if (request.path == magda_path && !partner.magda_type.empty()) {
    const auto said = refusal && !judgement.exception
                          ? std::optional(MagdaException{.level = 1, .code = "Client", .reason = refusal->reason})
                          : judgement.exception;
    auto reply = magda_reply(request.body, magda_reference(partner.name, request.header("idempotency-key")), said);
    if (refusal && !judgement.exception) reply.status = refusal->status;
    return reply;
  }
  if (refusal)
    return {.status = refusal->status,
            .content_type = recall ? "application/json" : std::string(partner.answer_type),
            .body = recall ? json_refusal(refusal->reason) : partner.refusal(refusal->reason),
            .headers = refusal->headers};
  if (recall)
    return {.status = 200,
            .content_type = "application/json",
            .body = recall_answer(partner.name, request.body),
            .headers = {}};
  return {.status = 201,
          .content_type = std::string(partner.answer_type),
          .body = partner.receipt(reference_for(partner, request.header("idempotency-key"))),
          .headers = {}};
}

}  // namespace ketenpoort::simulator
