#include "gateway/verify/report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "gateway/base/bytes.hpp"
#include "gateway/base/utf8.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::verify {
namespace {

std::string_view state_name(std::size_t state) {
  return to_text(static_cast<TransferState>(state));
}

// How far others than the holder of the log's key vouch for it, and who reaches furthest.
struct Reach {
  std::uint64_t size = 0;
  std::string by;
};

Reach reach_of(const LogReport& report) {
  Reach reach;
  const auto consider = [&](std::uint64_t size, std::string by) {
    if (size > reach.size) reach = {size, std::move(by)};
  };
  if (report.older_size) consider(*report.older_size, "the older checkpoint");
  for (const auto& witness : report.anchors.witnesses)
    consider(witness.size, "the last cosignature of " + witness.name);
  if (report.anchors.authorities) consider(report.anchors.authorities->size, "the last time stamp");
  return reach;
}

void add_rewriting(std::vector<std::string>& out, const LogReport& report) {
  const auto reach = reach_of(report);
  if (reach.size == 0) {
    out.emplace_back(
        "that the whole log was rewritten by someone who has its key: only a checkpoint kept elsewhere (--checkpoint), "
        "a witness (--witness) or time stamps (--tsa-ca) can show that");
  } else if (reach.size < report.checkpoint.size) {
    out.push_back(fmt::format("that entries from {} on were rewritten by someone who has the key, since {} ends there",
                              reach.size, reach.by));
  }
  if (const auto& stamps = report.anchors.authorities; stamps && !report.older_size && report.anchors.witnesses.empty())
    out.push_back(fmt::format("that what the first time stamp covers was rewritten before it was made, at {}",
                              to_rfc3339(stamps->first)));
  const bool unused_stamps = report.anchors.anchored > 0 && !report.anchors.authorities;
  const bool unused_witnesses = report.anchors.cosigned > 0 && report.anchors.witnesses.empty();
  if (unused_stamps)
    out.push_back(fmt::format("that the {} time stamps in the log are by no authority one trusts: give --tsa-ca",
                              report.anchors.anchored));
  if (unused_witnesses)
    out.push_back(fmt::format("that the cosignatures in {} entries are by no witness one trusts: give --witness",
                              report.anchors.cosigned));
}

std::string describe_anchors(const AnchorReport& anchors) {
  std::string out;
  for (const auto& witness : anchors.witnesses)
    out += fmt::format("  witness {}: cosigned {} times, last the first {} entries at {}\n", witness.name,
                       witness.count, witness.size, to_rfc3339(witness.time));
  if (const auto& stamps = anchors.authorities)
    out += fmt::format("  time stamps by {}: {}, the last over the first {} entries at {}\n", stamps->name,
                       stamps->count, stamps->size, to_rfc3339(stamps->time));
  return out;
}

void write_voucher(formats::JsonWriter& json, const Voucher& voucher) {
  json.begin_object().member("count", voucher.count).member("first", to_rfc3339(voucher.first));
  json.member("name", voucher.name).member("size", voucher.size).member("time", to_rfc3339(voucher.time)).end_object();
}

void write_anchors(formats::JsonWriter& json, const AnchorReport& anchors) {
  json.key("anchors").begin_object();
  json.member("anchored", anchors.anchored).member("cosigned", anchors.cosigned);
  json.key("witnesses").begin_array();
  for (const auto& witness : anchors.witnesses) write_voucher(json, witness);
  json.end_array();
  if (anchors.authorities) {
    json.key("timeStamps");
    write_voucher(json, *anchors.authorities);
  }
  json.end_object();
}

}  // namespace

std::vector<std::string> not_ruled_out(const LogReport& report) {
  std::vector<std::string> out;
  add_rewriting(out, report);
  if (report.unsigned_entries > 0)
    out.push_back(fmt::format("a change of the last {} entries, which are not signed yet", report.unsigned_entries));
  if (report.from > 0)
    out.push_back(
        fmt::format("that an entry breaks a rule that looks back: entries before {} are not here", report.from));
  if (report.decisions.sealed > 0)
    out.push_back(fmt::format(
        "that {} decisions were right about the facts they used: facts are sealed, and no keys are at hand (ketenpoort "
        "ledger reproduce takes one again)",
        report.decisions.sealed));
  if (report.decisions.erased > 0)
    out.push_back(
        fmt::format("that {} decisions were right about facts that have been erased", report.decisions.erased));
  return out;
}

std::string describe(const LogReport& report) {
  const auto& counts = report.counts;
  std::string out = fmt::format("holds: {} entries of {}\n", report.checkpoint.size, report.checkpoint.origin);
  out += fmt::format("  signed root {}\n", to_base64(report.checkpoint.root));
  const bool is_part = report.entries < report.checkpoint.size;
  if (is_part)
    out += fmt::format("  of which entries {} to {} are here\n", report.from, report.from + report.entries - 1);
  if (report.keys > 1) out += fmt::format("  signed by {} keys, each announced by the one before\n", report.keys);
  if (report.older_size)
    out += fmt::format("  grew out of the {} entries of the older checkpoint\n", *report.older_size);
  out += describe_anchors(report.anchors);
  if (report.unsigned_entries > 0)
    out += fmt::format("  and {} entries after them, not signed yet\n", report.unsigned_entries);
  if (report.torn_bytes > 0) out += fmt::format("  and {} bytes of an entry being written\n", report.torn_bytes);
  out += fmt::format("  {} subjects, {} records, {} consent statements\n", counts.subjects, counts.records,
                     counts.consents);
  out += "  transfers:";
  for (std::size_t state = 0; state < report.transfers.size(); ++state)
    if (report.transfers[state] > 0) out += fmt::format(" {} {}", report.transfers[state], state_name(state));
  out += "\n";
  out += fmt::format(
      "  permits: {} checked against state, agreement, purpose, subject and mapping; {} on a consent cell\n",
      counts.permits, counts.permits_on_consent);
  out += fmt::format("  decisions taken again: {} replayed; {} consistent, facts sealed; {} facts erased\n",
                     report.decisions.replayed, report.decisions.sealed, report.decisions.erased);
  out += fmt::format("  recipients told: {} times; {} still to be told, in time so far\n", counts.notifications,
                     report.open_duties);
  out += "not ruled out:\n";
  for (const auto& line : not_ruled_out(report)) out += fmt::format("  {}\n", line);
  return out;
}

std::string describe(const ProofReport& proof) {
  auto out = fmt::format("holds: entry {} stands in {} as signed at {} entries\n", proof.seq, proof.origin, proof.size);
  for (const auto& witness : proof.witnesses) out += fmt::format("  cosigned by {}\n", witness);
  return out;
}

std::string describe(const Flaw& flaw) {
  const auto file = flaw.file.empty() || flaw.file == flaw.where ? std::string() : fmt::format(" ({})", flaw.file);
  return fmt::format("{}: {}{}: {}: {}\n", flaw.environment ? "cannot be checked" : "does not hold", flaw.where, file,
                     flaw.rule, flaw.what);
}

std::string to_json(const LogReport& report) {
  std::string out;
  formats::JsonWriter json(out);
  json.begin_object().member("holds", true);
  json.key("checkpoint").begin_object();
  json.member("origin", report.checkpoint.origin).member("size", report.checkpoint.size);
  json.member("root", to_base64(report.checkpoint.root)).end_object();
  json.member("from", report.from).member("entries", report.entries);
  json.member("unsignedEntries", report.unsigned_entries).member("tornBytes", report.torn_bytes);
  json.member("keys", report.keys).member("olderSize", report.older_size);
  write_anchors(json, report.anchors);
  json.member("subjects", report.counts.subjects).member("records", report.counts.records);
  json.member("consents", report.counts.consents);
  json.key("transfers").begin_object();
  for (std::size_t state = 0; state < report.transfers.size(); ++state)
    json.member(state_name(state), report.transfers[state]);
  json.end_object();
  json.key("permits").begin_object();
  for (int invariant = 2; invariant <= 6; ++invariant)
    json.member(fmt::format("invariant{}", invariant),
                invariant == 4 ? report.counts.permits_on_consent : report.counts.permits);
  json.end_object();
  json.key("decisions").begin_object().member("replayed", report.decisions.replayed);
  json.member("consistentFactsSealed", report.decisions.sealed)
      .member("factsErased", report.decisions.erased)
      .end_object();
  json.member("notifications", report.counts.notifications).member("openDuties", report.open_duties);
  json.key("notRuledOut").begin_array();
  for (const auto& line : not_ruled_out(report)) json.value(line);
  json.end_array().end_object();
  return out + "\n";
}

std::string to_json(const ProofReport& proof) {
  std::string out;
  formats::JsonWriter json(out);
  json.begin_object().member("holds", true).member("seq", proof.seq).member("size", proof.size);
  json.member("origin", proof.origin).key("witnesses").begin_array();
  for (const auto& witness : proof.witnesses) json.value(witness);
  json.end_array().end_object();
  return out + "\n";
}

namespace {

// Names of files are bytes; JSON is UTF-8. What is no text becomes U+FFFD, byte by byte.
std::string as_utf8(std::string_view bytes) {
  if (is_valid_utf8(bytes)) return std::string(bytes);
  std::string out;
  while (!bytes.empty()) {
    std::size_t length = 1;
    while (length < std::min<std::size_t>(4, bytes.size()) && !is_valid_utf8(bytes.substr(0, length))) ++length;
    const bool is_character = is_valid_utf8(bytes.substr(0, length));
    out += is_character ? bytes.substr(0, length) : "\uFFFD";
    bytes.remove_prefix(is_character ? length : 1);
  }
  return out;
}

}  // namespace

std::string to_json(const Flaw& flaw) {
  std::string out;
  formats::JsonWriter json(out);
  json.begin_object();
  if (!flaw.environment) json.member("holds", false);
  json.key("flaw").begin_object();
  json.member("where", as_utf8(flaw.where)).member("rule", flaw.rule);
  json.member("what", as_utf8(flaw.what)).member("seq", flaw.seq);
  if (!flaw.file.empty()) json.member("file", as_utf8(flaw.file));
  json.end_object().end_object();
  return out + "\n";
}

}  // namespace ketenpoort::verify
