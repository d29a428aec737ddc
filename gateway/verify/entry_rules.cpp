#include "gateway/verify/entry_rules.hpp"

namespace ketenpoort::verify {
namespace {

Checked<void> broken(std::uint64_t seq, const Error& error) {
  const auto& issue = error.issues.at(0);
  return tl::make_unexpected(entry_flaw(seq, issue.where, issue.detail));
}

}  // namespace

Checked<void> EntryRules::follow_anchors(const ledger::Entry& entry, const RootHistory& roots) {
  if (entry.kind != ledger::Anchored::kind && entry.kind != ledger::Cosigned::kind) return {};
  const auto* configuration = history_.configuration();
  const bool offset_clock = configuration != nullptr && configuration->environment == "test";
  const auto at = offset_clock ? std::nullopt : std::optional(entry.time);
  if (entry.kind == ledger::Anchored::kind)
    return anchors_.check(entry.seq, at, *entry.body_of<ledger::Anchored>(), history_.opened()->origin, roots);
  return anchors_.check(entry.seq, at, *entry.body_of<ledger::Cosigned>(), history_.opened()->origin, roots);
}

Checked<void> EntryRules::apply(const ReadEntry& read, const RootHistory& roots) {
  const auto seq = history_.size();
  if (!read.read) return tl::make_unexpected(entry_flaw(seq, "invariant 1", read.read.error().message));
  // A decision is taken again from the log before it; but what is wrong with its form or its state is said first.
  const auto replayed = replay_.check(history_, read.entry);
  if (const auto applied = history_.apply(read.entry); !applied) return broken(seq, applied.error());
  if (!replayed) return broken(seq, replayed.error());
  return follow_anchors(read.entry, roots);
}

}  // namespace ketenpoort::verify
