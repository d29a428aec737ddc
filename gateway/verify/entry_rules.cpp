#include "gateway/verify/entry_rules.hpp"

namespace ketenpoort::verify {
namespace {

Checked<void> broken(std::uint64_t seq, const Error& error) {
  const auto& issue = error.issues.at(0);
  return tl::make_unexpected(entry_flaw(seq, issue.where, issue.detail));
}

}  // namespace

Checked<void> EntryRules::follow_anchors(const ledger::Entry& entry, const RootHistory& roots) {
  if (entry.kind == ledger::Anchored::kind)
    return anchors_.check(entry.seq, entry.time, *entry.body_of<ledger::Anchored>(), history_.opened()->origin, roots);
  if (entry.kind == ledger::Cosigned::kind)
    return anchors_.check(entry.seq, entry.time, *entry.body_of<ledger::Cosigned>(), history_.opened()->origin, roots);
  return {};
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
