#include "gateway/verify/log_end.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ketenpoort::verify {

namespace {

bool is_signed_by_any(const ReadCheckpoint& checkpoint, std::span<const ledger::VerifierKey> keys) {
  return std::ranges::any_of(keys,
                             [&](const auto& key) { return check_signer(checkpoint, key, "checkpoint").has_value(); });
}

}  // namespace

Checked<OlderCheckpoint> OlderCheckpoint::read(const std::string& note, std::span<const ledger::VerifierKey> keys,
                                               const ledger::Checkpoint& now) {
  auto older = read_checkpoint(note, keys, "older checkpoint");
  if (!older) return tl::make_unexpected(older.error());
  const auto size = older->checkpoint.size;
  if (size > now.size)
    return flawed("checkpoint", "consistency",
                  fmt::format("the log was rolled back: it has {} entries and had {}", now.size, size));
  return OlderCheckpoint(std::move(*older));
}

Checked<void> OlderCheckpoint::check(const Digest& root, const ledger::History& history,
                                     std::span<const ledger::VerifierKey> given) const {
  if (root != read_.checkpoint.root)
    return flawed("older checkpoint", "consistency",
                  fmt::format("the log was rewritten: its first {} entries are not those signed before", size()));
  if (history.opened() != nullptr) return check_signer(read_, history.keys().at_size(size()), "older checkpoint");
  if (is_signed_by_any(read_, given)) return {};
  return flawed("older checkpoint", "checkpoint",
                "no key that was given signed it, and which key the log had then is not here to see");
}

namespace {

Checked<void> check_keys(const ledger::History& history, const ReadCheckpoint& checkpoint,
                         std::span<const ledger::VerifierKey> given) {
  for (const auto& key : given)
    if (!history.keys().holds(key.text()))
      return tl::make_unexpected(
          entry_flaw(0, "keys", "a key that was given is none the log ever had: it was opened with another"));
  return check_signer(checkpoint, history.keys().at_size(checkpoint.checkpoint.size), "checkpoint");
}

Checked<void> check_signature(const ledger::History& history, const ReadCheckpoint& checkpoint,
                              std::span<const ledger::VerifierKey> given, bool all_seen) {
  const auto* opened = history.opened();
  if (opened != nullptr && opened->origin != checkpoint.checkpoint.origin)
    return tl::make_unexpected(entry_flaw(0, "keys", "the log was opened under another origin"));
  if (opened != nullptr && all_seen) return check_keys(history, checkpoint, given);
  if (is_signed_by_any(checkpoint, given)) return {};
  if (opened != nullptr) return check_keys(history, checkpoint, given);
  return flawed("checkpoint", "checkpoint", "no key that was given signed it");
}

}  // namespace

Checked<void> check_end(EntryRules& rules, const ReadCheckpoint& checkpoint, std::span<const ledger::VerifierKey> given,
                        bool all_seen) {
  if (auto chain = check_signature(rules.history(), checkpoint, given, all_seen); !chain) return chain;
  const auto& now = checkpoint.checkpoint;
  return rules.anchors().check_checkpoint("checkpoint", ledger::format_checkpoint(now), checkpoint.cosignatures,
                                          now.size);
}

Checked<LogReport> sum_up(LogReport report, EntryRules& rules) {
  auto anchors = rules.anchors().finish();
  if (!anchors) return tl::make_unexpected(anchors.error());
  report.anchors = std::move(*anchors);
  const auto& history = rules.history();
  report.keys = history.opened() == nullptr ? 0 : history.keys().periods().size();
  report.counts = history.counts();
  report.decisions = rules.replays();
  report.open_duties = history.open_duties();
  report.transfers = report.counts.transfers;
  return report;
}

Flaw locate(Flaw flaw, const EntrySource& entries) {
  if (flaw.seq && flaw.file.empty()) flaw.file = entries.file_of(*flaw.seq);
  return flaw;
}

}  // namespace ketenpoort::verify
