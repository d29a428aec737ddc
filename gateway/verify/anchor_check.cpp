#include "gateway/verify/anchor_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "gateway/base/digest.hpp"
#include "gateway/ledger/checkpoint/checkpoint.hpp"
#include "gateway/ledger/checkpoint/note_parts.hpp"

namespace ketenpoort::verify {
namespace {

Checked<void> wrong(std::uint64_t seq, std::string what) {
  return tl::make_unexpected(entry_flaw(seq, "anchor", std::move(what)));
}

// The time in a cosignature/v1: the first eight of its 72 bytes.
std::optional<Timestamp> cosigned_at(const std::optional<ledger::SignatureLine>& line) {
  if (!line || line->signature.size() != 72) return std::nullopt;
  std::uint64_t seconds = 0;
  for (std::size_t i = 0; i < 8; ++i) seconds = seconds << 8 | line->signature[i];
  constexpr std::uint64_t latest = 253'402'300'799;  // the end of the year 9999
  if (seconds > latest) return std::nullopt;
  return Timestamp(std::chrono::seconds(static_cast<std::int64_t>(seconds)));
}

void count(Voucher& voucher, std::uint64_t size, Timestamp time) {
  if (voucher.count == 0 || time < voucher.first) voucher.first = time;
  ++voucher.count;
  if (size < voucher.size) return;
  voucher.size = size;
  voucher.time = std::max(voucher.time, time);
}

}  // namespace

AnchorCheck::AnchorCheck(const AnchorKeys& keys) : keys_(keys) {
  for (const auto& witness : keys.witnesses) report_.witnesses.push_back({.name = witness.name()});
  if (keys.authorities) report_.authorities.emplace();
}

Checked<void> AnchorCheck::check_root(std::uint64_t seq, std::uint64_t size, const Digest& root,
                                      const RootHistory& roots) const {
  if (size > seq) return wrong(seq, "it speaks of a checkpoint that covers itself");
  const auto known = roots.root(size);
  if (!known) return wrong(seq, fmt::format("the root over the first {} entries cannot be made again", size));
  if (*known != root)
    return wrong(
        seq,
        fmt::format("the log was rewritten: its first {} entries do not have the root that others vouched for", size));
  return {};
}

Checked<void> AnchorCheck::check(std::uint64_t seq, Timestamp at, const ledger::Anchored& body,
                                 const std::string& origin, const RootHistory& roots) {
  ++report_.anchored;
  if (auto root = check_root(seq, body.size, body.root, roots); !root) return root;
  const auto token = from_base64(body.token);
  if (!token) return wrong(seq, "its token is not base64");
  const auto imprint = sha256(as_bytes(ledger::format_checkpoint({origin, body.size, body.root})));
  const auto facts = keys_.authorities ? ledger::verify_timestamp(*token, imprint, *keys_.authorities)
                                       : ledger::read_timestamp(*token, imprint);
  if (!facts) return wrong(seq, "its time stamp does not hold: " + facts.error().message);
  if (facts->time != body.gen_time) return wrong(seq, "genTime is not the time in the token");
  if (facts->time > at + ledger::anchor_clocks_differ)
    return wrong(seq, "its time stamp was made after the entry says it was written");
  if (report_.authorities) {
    report_.authorities->name = facts->authority;
    count(*report_.authorities, body.size, facts->time);
  }
  return {};
}

Checked<void> AnchorCheck::check(std::uint64_t seq, Timestamp at, const ledger::Cosigned& body,
                                 const std::string& origin, const RootHistory& roots) {
  ++report_.cosigned;
  if (auto root = check_root(seq, body.size, body.root, roots); !root) return root;
  std::string lines;
  for (const auto& line : body.signatures) {
    const auto parsed = ledger::parse_signature_line(line);
    const auto time = cosigned_at(parsed);
    if (!time) return wrong(seq, "has a signature that is no cosignature");
    if (*time > at + ledger::anchor_clocks_differ)
      return wrong(seq, "a cosignature was made after the entry says it was written");
    lines.append(line).append("\n");
    if (watched_ == body.size) lines_.insert(line);
  }
  const auto text = ledger::format_checkpoint({origin, body.size, body.root});
  auto counted = count_cosignatures(fmt::format("entry {}", seq), text, lines, body.size);
  if (!counted) counted.error().seq = seq;
  return counted;
}

Checked<void> AnchorCheck::count_cosignatures(const std::string& where, std::string_view body, std::string_view lines,
                                              std::uint64_t size) {
  if (keys_.witnesses.empty() || lines.empty()) return {};
  const auto found = ledger::find_cosignatures(body, lines, keys_.witnesses);
  if (!found) return flawed(where, "anchor", found.error().message);
  for (const auto& one : *found) count(report_.witnesses[one.witness], size, Timestamp(one.time));
  return {};
}

Checked<void> AnchorCheck::check_checkpoint(const std::string& where, std::string_view body, std::string_view lines,
                                            std::uint64_t size) {
  return count_cosignatures(where, body, lines, size);
}

Checked<AnchorReport> AnchorCheck::finish() const {
  for (const auto& witness : report_.witnesses)
    if (witness.count == 0)
      return flawed(
          "log", "anchor",
          fmt::format("the witness {} cosigned nothing in it: it may have been rewritten as a whole", witness.name));
  if (report_.authorities && report_.authorities->count == 0)
    return flawed("log", "anchor",
                  "no time-stamping authority of --tsa-ca vouched for it: it may have been rewritten as a whole");
  return report_;
}

}  // namespace ketenpoort::verify
