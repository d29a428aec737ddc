#include "gateway/exchange/retention/retention_runs.hpp"

#include <utility>

#include "gateway/observability/log.hpp"

namespace ketenpoort::exchange {

RetentionRuns::~RetentionRuns() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void RetentionRuns::use(const RetentionTerms& terms) {
  const std::lock_guard lock(mutex_);
  terms_ = terms;
}

Result<RetentionRuns::Run> RetentionRuns::start(bool dry_run) {
  const std::lock_guard lock(mutex_);
  if (running_) return fail(ErrorCode::conflict, "retention is being applied already: wait for it");
  if (thread_.joinable()) thread_.join();  // it has ended
  running_ = true;
  Run run;
  run.id = new_uuid_v4();
  run.dry_run = dry_run;
  runs_.emplace(run.id, run);
  thread_ = std::thread([this, id = run.id, dry_run, terms = terms_] { this->run(id, dry_run, terms); });
  return run;
}

std::optional<RetentionRuns::Run> RetentionRuns::find(const Uuid& id) const {
  const std::lock_guard lock(mutex_);
  const auto at = runs_.find(id);
  return at == runs_.end() ? std::nullopt : std::optional(at->second);
}

Result<RetentionReport> RetentionRuns::apply(const Uuid& id, bool dry_run, const RetentionTerms& terms) {
  const auto note = [&](std::uint64_t completed, std::uint64_t total) {
    const std::lock_guard lock(mutex_);
    runs_.at(id).completed = completed;
    runs_.at(id).total = total;
    return !stopping_;
  };
  try {
    return apply_retention(facilities_, stock_, terms, dry_run, note);
  } catch (const std::exception&) {  // the vault cannot be read, say; its text may hold anything
    return fail(ErrorCode::internal, "the run broke off on an error of the gateway's own: its log says when");
  }
}

void RetentionRuns::run(const Uuid& id, bool dry_run, const RetentionTerms& terms) {
  auto report = apply(id, dry_run, terms);
  log::info("retention_applied", log::field("run", id), log::field("ok", static_cast<bool>(report)));
  const std::lock_guard lock(mutex_);
  auto& run = runs_.at(id);
  running_ = false;
  run.state = report ? State::done : State::failed;
  if (report) run.completed = run.total;
  if (report)
    run.report = *report;
  else
    run.problem = report.error().message;
}

}  // namespace ketenpoort::exchange
