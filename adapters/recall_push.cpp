#include "adapters/recall_push.hpp"

#include <utility>

#include "adapters/rest_push.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::adapters {
namespace {

void read_reply(formats::JsonView answer, RecallVerdict& verdict) {
  const auto said = answer.find("reply");
  if (!said) return;
  RecallReply reply{std::string(said.as_string().value_or("")), {}};
  if (const auto ground = answer.find("ground")) reply.ground = std::string(ground.as_string().value_or(""));
  if (is_proper(reply))
    verdict.reply = std::move(reply);
  else
    verdict.reply_unclear = true;
}

// Nothing, or a JSON object: a proxy's error page proves nothing.
std::optional<std::string> read_object(const Answer& answer) {
  if (answer.body.empty()) return std::string();
  const auto document = formats::parse_json(without_mark(answer.body));
  if (!document || !document->root().is(formats::JsonKind::object)) return std::nullopt;
  return std::string();
}

}  // namespace

Call push_recall(const RecallDelivery& delivery, std::string path) {
  Delivery message;
  message.transfer = delivery.id;  // the key
  message.content_type = "application/json";
  message.payload = delivery.body;
  message.trace = delivery.trace;
  return push(message, std::move(path), "application/json");
}

RecallVerdict judge_recall(const Answer& answer) {
  const auto pushed = judge_push(answer, read_object);
  RecallVerdict verdict;
  verdict.failure_class = pushed.failure_class;
  verdict.retry_after = pushed.retry_after;
  if (pushed.kind == Verdict::Kind::retry) return verdict;
  if (pushed.kind == Verdict::Kind::reject) {
    verdict.kind = RecallVerdict::Kind::reject;
    return verdict;
  }
  verdict.kind = RecallVerdict::Kind::taken;
  if (const auto document = formats::parse_json(without_mark(answer.body))) read_reply(document->root(), verdict);
  return verdict;
}

}  // namespace ketenpoort::adapters
