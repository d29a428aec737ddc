#include "adapters/simulator/simulator.hpp"

#include <fmt/format.h>

#include <array>

#include "adapters/simulator/recall_check.hpp"
#include "adapters/simulator/transport_check.hpp"
#include "gateway/base/bytes.hpp"

namespace ketenpoort::simulator {
namespace {

struct ModeName {
  Mode mode;
  std::string_view text;
};
constexpr std::array mode_names = {ModeName{Mode::ok, "ok"},         ModeName{Mode::slow, "slow"},
                                   ModeName{Mode::flaky, "flaky"},   ModeName{Mode::down, "down"},
                                   ModeName{Mode::reject, "reject"}, ModeName{Mode::garbage, "garbage"}};

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

// The same for the same key whenever it is asked, also after a restart, and nothing else about the message.
std::string reference_for(const PartnerProfile& partner, std::string_view key) {
  const auto digest = sha256({as_bytes(partner.name), as_bytes("\n"), as_bytes(key)});
  return fmt::format("{}-{}", partner.name, to_hex(ByteView(digest).first(10)));
}

}  // namespace

Result<Mode> parse_mode(std::string_view text) {
  for (const auto& [mode, name] : mode_names)
    if (name == text) return mode;
  return fail(ErrorCode::not_found,
              fmt::format("no mode is called \"{}\": use ok, slow, flaky, down, reject or garbage", text));
}

std::string_view to_text(Mode mode) {
  for (const auto& [known, name] : mode_names)
    if (known == mode) return name;
  return {};
}

std::filesystem::path recalls_beside(const std::filesystem::path& received) {
  const auto name = received.has_filename() ? received : received.parent_path();
  return name.string() + "-recalls";
}

Simulator::Simulator(SimulatorOptions options, std::unique_ptr<Inbox> inbox)
    : options_(std::move(options)), inbox_(std::move(inbox)), dice_(options_.seed) {}

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

Simulator::Fate Simulator::draw_fate() {
  if (options_.mode != Mode::flaky) return Fate::answer;
  const std::lock_guard lock(dice_mutex_);
  constexpr std::array fates = {Fate::unavailable, Fate::torn, Fate::answer};
  auto fate = fates[dice_() % fates.size()];
  if (fate != Fate::answer && failures_in_a_row_ == most_failures_in_a_row) fate = Fate::answer;
  failures_in_a_row_ = fate == Fate::answer ? 0 : failures_in_a_row_ + 1;
  return fate;
}

Reaction Simulator::take(const api::Request& request) {
  if (request.method == "GET" && request.path == "/health")
    return {.reply = api::Reply{
                .status = 200, .content_type = "application/json", .body = R"({"status":"UP"})", .headers = {}}};
  if (request.method != "POST") return {.reply = answer(request, Refusal{405, "only POST"})};
  const auto fate = draw_fate();
  if (options_.mode == Mode::down || fate == Fate::unavailable) return {.reply = unavailable()};

  auto* inbox = inbox_for(request);
  if (inbox == nullptr) return {.reply = unavailable()};
  const auto now = Clock{}.now();
  const auto refusal = find_refusal(request, *inbox, now);
  const auto stored = inbox->store({.time = now,
                                    .method = request.method,
                                    .path = request.path,
                                    .headers = request.headers,
                                    .body = request.body,
                                    .refusal = refusal ? std::optional{refusal->reason} : std::nullopt});
  if (!stored) return {.reply = unavailable()};
  if (fate == Fate::torn) return {.reply = std::nullopt};
  if (options_.mode == Mode::garbage && !refusal) return {.reply = garbage()};
  return {.reply = answer(request, refusal),
          .delay = options_.mode == Mode::slow ? options_.slow : std::chrono::milliseconds{0}};
}

std::optional<Simulator::Refusal> Simulator::find_refusal(const api::Request& request, Inbox& inbox, Timestamp now) {
  const TransportRules rules = {.partner = options_.partner,
                                .gateway_key = options_.gateway_key ? &*options_.gateway_key : nullptr,
                                .certificate_required = options_.certificate_required};
  if (auto fault = find_transport_fault(request, rules, now)) return Refusal{fault->status, std::move(fault->reason)};
  const auto key = request.header("idempotency-key");
  if (!inbox.bind(*parse_uuid(key), sha256(as_bytes(request.body))))
    return Refusal{422, "Idempotency-Key: already stands for other bytes"};
  if (options_.mode == Mode::reject) return Refusal{422, "this simulator rejects everything"};
  auto fault = request.path == recall_path ? find_recall_fault(request.body, key)
                                           : options_.partner->find_fault(request.body, key);
  if (fault) return Refusal{422, std::move(*fault)};
  return std::nullopt;
}

api::Reply Simulator::answer(const api::Request& request, const std::optional<Refusal>& refusal) const {
  const auto& partner = *options_.partner;
  const bool recall = request.path == recall_path;
  if (refusal)
    return {.status = refusal->status,
            .content_type = recall ? "application/json" : std::string(partner.answer_type),
            .body = recall ? json_refusal(refusal->reason) : partner.refusal(refusal->reason),
            .headers = {}};
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
