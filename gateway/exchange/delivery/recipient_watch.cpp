#include "gateway/exchange/delivery/recipient_watch.hpp"

namespace ketenpoort::exchange {
namespace {

// `event` is a fixed text: what became of whom.
template <class Event>
void tell(const std::optional<log::ConfiguredName>& name, bool well, Event trouble, Event over,
          const std::string& failure_class) {
  if (!name) return;
  const auto who = log::field("recipient", *name);
  if (well) return log::info(over, who);
  const auto why = log::ConfiguredName::parse(failure_class);
  log::warning(trouble, who, why ? log::field("class", *why) : log::field("class", log::Label("unknown")));
}

}  // namespace

void RecipientWatch::add(const std::string& recipient) {
  const std::lock_guard lock(mutex_);
  rows_[recipient].name = log::ConfiguredName::parse(recipient);
}

void RecipientWatch::retire(const std::string& recipient) {
  const std::lock_guard lock(mutex_);
  const auto found = rows_.find(recipient);
  if (found == rows_.end()) return;
  found->second.refused_in_a_row = 0;
  found->second.figures.refuses = false;
  found->second.figures.answers = true;
}

void RecipientWatch::note(const std::string& recipient, const Verdict& verdict, bool given_up,
                          std::chrono::milliseconds took) {
  const auto kind = verdict.kind;
  const std::lock_guard lock(mutex_);
  auto& row = rows_[recipient];
  auto& figures = row.figures;
  const bool arrived = kind == Verdict::Kind::acknowledged || kind == Verdict::Kind::delivered;
  ++figures.attempts;
  figures.last_answer = took;
  ++(arrived ? figures.delivered : figures.failed);
  if (!arrived) figures.last_failure = verdict.failure_class;
  if (given_up) ++figures.given_up;
  if (kind == Verdict::Kind::retry) return;  // says nothing about what it makes of messages
  row.refused_in_a_row = arrived ? 0 : row.refused_in_a_row + 1;
  const bool refuses = row.refused_in_a_row >= refusals_to_tell;
  if (refuses == figures.refuses) return;
  figures.refuses = refuses;
  tell<log::Label>(row.name, !refuses, "recipient_refuses_everything", "recipient_takes_messages_again",
                   figures.last_failure);
}

void RecipientWatch::note_breaker(const std::string& recipient, bool is_open) {
  const std::lock_guard lock(mutex_);
  auto& row = rows_[recipient];
  if (row.figures.answers != is_open) return;
  row.figures.answers = !is_open;
  tell<log::Label>(row.name, !is_open, "recipient_does_not_answer", "recipient_answers_again",
                   row.figures.last_failure);
}

std::map<std::string, RecipientFigures> RecipientWatch::figures() const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, RecipientFigures> out;
  for (const auto& [recipient, row] : rows_) out.emplace(recipient, row.figures);
  return out;
}

}  // namespace ketenpoort::exchange
