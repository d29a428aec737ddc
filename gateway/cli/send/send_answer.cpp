#include "gateway/cli/send/send_answer.hpp"

#include <fmt/format.h>

#include <charconv>
#include <string_view>

#include "gateway/formats/json.hpp"

namespace ketenpoort::cli {
namespace {

using formats::JsonView;
using Meaning = RowAnswer::Meaning;

Meaning meaning_of(int status) {
  if (status >= 200 && status < 300) return Meaning::accepted;
  switch (status) {
    case 408:
    case 429:
    case 502:
    case 503:
    case 504:
      return Meaning::try_again;
    case 401:
    case 403:
    case 404:
    case 405:
      return Meaning::stop;
    default:
      break;
  }
  // A redirect leads away from the gateway. A 500 concerns this row: the others may well be taken.
  return status < 400 ? Meaning::stop : Meaning::rejected;
}

Tally count_states(const JsonView& list) {
  Tally tally;
  for (const auto item : list.elements())
    if (const auto state = item.find("state").as_string()) ++tally[std::string(*state)];
  return tally;
}

// RFC 9457 with the Belgif guide's issues. An issue's value is never looked at: it may be personal.
void read_problem(const JsonView& problem, RowAnswer& out) {
  const auto detail = problem.find("detail").as_string();
  const auto title = problem.find("title").as_string();
  if (detail || title) out.detail = detail ? *detail : *title;
  for (const auto issue : problem.find("issues").elements())
    out.issues.push_back({ErrorCode::invalid_input, std::string(issue.find("name").as_string().value_or("")),
                          std::string(issue.find("detail").as_string().value_or("not accepted"))});
}

// Delta-seconds; a date there is nobody's habit for a 503 of ours.
std::optional<std::chrono::seconds> read_retry_after(const Headers& headers) {
  for (const auto& [name, value] : headers) {
    unsigned seconds = 0;
    if (name == "retry-after" && std::from_chars(value.data(), value.data() + value.size(), seconds).ec == std::errc())
      return std::chrono::seconds{seconds};
  }
  return std::nullopt;
}

}  // namespace

RowAnswer read_answer(const Answer& answer) {
  RowAnswer out;
  out.meaning = meaning_of(answer.status);
  out.retry_after = read_retry_after(answer.headers);
  if (out.meaning != Meaning::accepted) out.detail = fmt::format("the gateway answered {}", answer.status);
  const auto document = formats::parse_json(answer.body);
  if (!document) return out;
  if (out.meaning == Meaning::accepted) {
    out.transfers = count_states(document->root().find("transfers"));
    out.consents = count_states(document->root().find("consents"));
  } else {
    read_problem(document->root(), out);
  }
  return out;
}

RowAnswer read_failure(const CallFailure& failure) {
  return {.meaning = Meaning::try_again, .detail = failure.detail};
}

}  // namespace ketenpoort::cli
