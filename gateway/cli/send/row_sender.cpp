#include "gateway/cli/send/row_sender.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace ketenpoort::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds first_pause{200};
constexpr milliseconds longest_pause{5'000};
constexpr milliseconds tick{100};  // how soon an interruption or a due row is noticed

milliseconds pause_before(unsigned attempt) {
  return std::min(longest_pause, first_pause * (1U << std::min(attempt - 1, 10U)));
}

}  // namespace

Status RowSender::send(Row row, Call call) {
  while (!has_place_for(row))
    if (auto waited = wait(); !waited) return waited;
  persons_.insert(row.persons.begin(), row.persons.end());
  const auto id = next_++;
  flights_.emplace(id, Flight{.row = std::move(row), .call = std::move(call)});
  launch(id);
  return {};
}

Status RowSender::finish() {
  while (!flights_.empty())
    if (auto waited = wait(); !waited) return waited;
  return {};
}

bool RowSender::has_place_for(const Row& row) const {
  return flights_.size() < options_.parallel &&
         std::ranges::none_of(row.persons, [this](const auto& person) { return persons_.contains(person); });
}

void RowSender::launch(std::uint64_t id) {
  auto& flight = flights_.at(id);
  flight.due.reset();
  ++flight.attempts;
  transport_(flight.call, [inbox = inbox_, id](net::CallResult result) {
    const std::lock_guard lock(inbox->mutex);
    inbox->answers.emplace_back(id, std::move(result));
    inbox->arrived.notify_one();
  });
}

Status RowSender::wait() {
  if (callbacks_.is_interrupted()) return fail(ErrorCode::unavailable, "interrupted");
  relaunch_due();
  std::deque<std::pair<std::uint64_t, net::CallResult>> answers;
  {
    std::unique_lock lock(inbox_->mutex);
    inbox_->arrived.wait_for(lock, tick, [this] { return !inbox_->answers.empty(); });
    answers.swap(inbox_->answers);
  }
  // All are looked at even when one of them ends it: a row that was taken is marked as taken.
  Status status;
  for (const auto& [id, result] : answers)
    if (auto handled = handle(id, result); !handled && status) status = std::move(handled);
  return status;
}

Status RowSender::handle(std::uint64_t id, const net::CallResult& result) {
  const auto answer = result ? read_answer(*result) : read_failure(result.error());
  // A handshake that fails at the very first is a wrong authority or certificate; later it is a gateway that stops.
  const bool never_trusted = !answered_ && !result && result.error().kind == CallFailure::Kind::tls;
  if (never_trusted)
    return fail(
        ErrorCode::forbidden,
        answer.detail + "; --ca must be the authority that issued its certificate, and --cert one that it takes");
  if (answer.meaning == RowAnswer::Meaning::stop) return fail(ErrorCode::forbidden, answer.detail);
  if (result) answered_ = true;
  if (answer.meaning == RowAnswer::Meaning::try_again) return try_again(id, answer);
  outage_since_.reset();
  const auto flight = flights_.extract(id);
  for (const auto& person : flight.mapped().row.persons) persons_.erase(person);
  callbacks_.on_answer(flight.mapped().row, answer);
  return {};
}

Status RowSender::try_again(std::uint64_t id, const RowAnswer& answer) {
  const auto now = steady_clock::now();
  if (!outage_since_) {
    outage_since_ = now;
    callbacks_.on_trouble(answer.detail);
  }
  if (now - *outage_since_ >= options_.give_up)
    return fail(
        ErrorCode::unavailable,
        fmt::format("the gateway took no row for {} s: {}",
                    std::chrono::duration_cast<std::chrono::seconds>(now - *outage_since_).count(), answer.detail));
  auto& flight = flights_.at(id);
  auto pause = pause_before(flight.attempts);
  if (answer.retry_after) pause = std::clamp<milliseconds>(*answer.retry_after, pause, longest_pause);
  flight.due = now + pause;
  return {};
}

void RowSender::relaunch_due() {
  const auto now = steady_clock::now();
  for (const auto& [id, flight] : flights_)
    if (flight.due && *flight.due <= now) launch(id);
}

}  // namespace ketenpoort::cli
