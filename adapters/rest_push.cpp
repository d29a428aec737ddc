#include "adapters/rest_push.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "adapters/content_digest.hpp"
#include "adapters/http_date.hpp"
#include "gateway/domain/partner_terms.hpp"

namespace ketenpoort::adapters {
namespace {

constexpr std::chrono::seconds longest_wait = std::chrono::hours{24};  // a partner may not park a transfer for longer

std::string_view header(const Answer& answer, std::string_view lower_case_name) {
  const auto found =
      std::ranges::find(answer.headers, lower_case_name, [](const auto& h) { return std::string_view{h.first}; });
  return found == answer.headers.end() ? std::string_view{} : std::string_view{found->second};
}

Verdict unreadable() {
  return {.kind = Verdict::Kind::retry, .failure_class = "answer-unreadable"};
}

Verdict judge_success(const Answer& answer, const ReadReference& read_reference) {
  auto reference = read_reference(answer);
  if (!reference) return unreadable();
  if (!is_acceptable_reference(*reference)) return {.kind = Verdict::Kind::delivered};
  return {.kind = Verdict::Kind::acknowledged, .partner_reference = std::move(*reference)};
}

// A redirect says nothing of the message, and most lead to a page about maintenance. It is not followed: what is sent
// would go to an address that nobody configured.
bool is_temporary(int status) {
  const bool leads_away = status >= 300 && status < 400;
  return leads_away || status == 408 || status == 425 || status == 429 || (status >= 500 && status < 600);
}

}  // namespace

Call push(const Delivery& delivery, std::string path, std::string accept) {
  Call call;
  call.path = std::move(path);
  call.headers = {{"Content-Type", delivery.content_type},
                  {"Accept", std::move(accept)},
                  {"Idempotency-Key", delivery.transfer.text()},
                  {"Content-Digest", content_digest(delivery.payload)},
                  {"BelGov-Trace-Id", delivery.trace.text()}};
  call.body = delivery.payload;
  return call;
}

Verdict judge_push(const Answer& answer, const ReadReference& read_reference) {
  if (answer.status >= 200 && answer.status < 300) return judge_success(answer, read_reference);
  if (answer.status < 200 || answer.status >= 600) return unreadable();
  auto failure_class = fmt::format("http-{}", answer.status);
  if (is_temporary(answer.status))
    return {.kind = Verdict::Kind::retry,
            .failure_class = std::move(failure_class),
            .retry_after = read_retry_after(answer)};
  return {.kind = Verdict::Kind::reject, .failure_class = std::move(failure_class)};
}

std::optional<std::chrono::seconds> read_retry_after(const Answer& answer) {
  const auto text = header(answer, "retry-after");
  if (text.empty()) return std::nullopt;
  long long seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error == std::errc::result_out_of_range) return longest_wait;
  if (error == std::errc{} && end == text.data() + text.size())
    return std::clamp(std::chrono::seconds{seconds}, std::chrono::seconds{0}, longest_wait);
  const auto until = parse_http_date(text);
  const auto sent = parse_http_date(header(answer, "date"));
  if (!until || !sent) return std::nullopt;
  return std::clamp(*until - *sent, std::chrono::seconds{0}, longest_wait);
}

std::string_view without_mark(std::string_view body) {
  constexpr std::string_view mark = "\xEF\xBB\xBF";
  if (body.starts_with(mark)) body.remove_prefix(mark.size());
  return body;
}

bool is_acceptable_reference(std::string_view reference) {
  return is_partner_reference(reference);
}

}  // namespace ketenpoort::adapters
