#include "gateway/exchange/terms/change_terms.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "gateway/ledger/history/history.hpp"

namespace ketenpoort::exchange {
namespace {

using ledger::History;

constexpr int most_tries = 50;
constexpr std::chrono::milliseconds between_tries{100};

bool has_a_way(const Terms& terms, std::string_view recipient, std::string_view purpose, std::string_view message) {
  const auto* known = terms.find_recipient(recipient);
  if (known == nullptr) return false;
  const auto routes = known->routes.find(purpose);
  if (routes == known->routes.end()) return false;
  const auto route = std::ranges::find(routes->second, message, &Route::message);
  return route != routes->second.end() && known->takes(route->channel);
}

// Whether any way that there is goes: else nobody has to look at what is open.
bool loses_a_way(const Terms& running, const Terms& next) {
  for (const auto& [id, recipient] : running.recipients)
    for (const auto& [purpose, routes] : recipient.routes)
      for (const auto& route : routes)
        if (has_a_way(running, id, purpose, route.message) && !has_a_way(next, id, purpose, route.message)) return true;
  return false;
}

struct Lost {
  std::string recipient, purpose, message;
  auto operator<=>(const Lost&) const = default;
};

std::map<Lost, std::size_t> count_stranded(const History& history, const Terms& running, const Terms& next) {
  std::map<Lost, std::size_t> out;
  for (const auto& id : history.open_transfers()) {
    const auto transfer = history.transfer(id);
    if (has_a_way(running, transfer->recipient, transfer->purpose, transfer->message) &&
        !has_a_way(next, transfer->recipient, transfer->purpose, transfer->message))
      ++out[{std::string(transfer->recipient), std::string(transfer->purpose), std::string(transfer->message)}];
  }
  return out;
}

std::string counted(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

// An empty transaction: nothing is written, and the others wait their turn.
Status swap(Facilities& facilities, const NextTerms& next, const std::function<void()>& on_swapped) {
  Error last;
  for (int tries = 0; tries < most_tries; ++tries) {
    if (tries > 0) std::this_thread::sleep_for(between_tries);
    const auto done = facilities.sequencer.submit_and_wait([&](const History&, std::uint64_t, Timestamp) {
      facilities.formats.put(next.formats);
      facilities.terms.put(next.terms);
      on_swapped();
      return Result<ledger::Transaction>(ledger::Transaction{});
    });
    if (done) return {};
    last = done.error();
    if (last.code != ErrorCode::unavailable) break;
  }
  return fail(std::move(last));
}

}  // namespace

std::vector<Issue> find_stranded(const History& history, const Terms& running, const NextTerms& next) {
  std::vector<Issue> issues;
  for (const auto& [recipient, count] : next.untold)
    if (!next.terms->recipients.contains(recipient))
      issues.push_back({ErrorCode::config, fmt::format("recipient {}", recipient),
                        fmt::format("{} to `{}` wait to be delivered, and no partner has this recipient any more: let "
                                    "them arrive first (GET /notifications), or put its file back",
                                    counted(count, "notification"), recipient)});
  if (!loses_a_way(running, *next.terms)) return issues;
  for (const auto& [lost, count] : count_stranded(history, running, *next.terms))
    issues.push_back(
        {ErrorCode::config, fmt::format("recipient {}, purpose {}", lost.recipient, lost.purpose),
         fmt::format(
             "{} of `{}` to `{}` wait or are under way, and would have nowhere to go: put the partner's file or "
             "the message back, let them end or cancel them (GET /transfers?recipient={}), then reload",
             counted(count, "transfer"), lost.message, lost.recipient, lost.recipient)});
  return issues;
}

Status change_terms(Facilities& facilities, const NextTerms& next, const std::function<void()>& on_swapped) {
  const auto running = facilities.terms.get();
  const auto check = [&](const History& history) -> Status {
    auto issues = find_stranded(history, *running, next);
    if (issues.empty()) return {};
    return fail(ErrorCode::config, "something waits for what is gone from the configuration", std::move(issues));
  };
  if (auto done = activate(facilities, {*next.terms, *next.formats, next.policy}, check); !done) return done;
  return swap(facilities, next, on_swapped);
}

}  // namespace ketenpoort::exchange
