#include "gateway/verify/report.hpp"

#include <fmt/format.h>

#include "gateway/base/bytes.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::verify {
namespace {

std::string_view state_name(std::size_t state) {
  return to_text(static_cast<TransferState>(state));
}

}  // namespace

std::vector<std::string> not_ruled_out(const LogReport& report) {
  std::vector<std::string> out;
  if (!report.older_size)
    out.emplace_back(
        "that the whole log was rewritten by someone who has its key: only a checkpoint kept elsewhere can show that "
        "(--checkpoint)");
  else
    out.push_back(fmt::format(
        "that entries from {} on were rewritten by someone who has the key, since the older checkpoint ends there",
        *report.older_size));
  if (report.unsigned_entries > 0)
    out.push_back(fmt::format("a change of the last {} entries, which are not signed yet", report.unsigned_entries));
  if (report.counts.permits + report.counts.decisions > 0)
    out.emplace_back("that decisions were right about the facts they used: facts are sealed, and no keys are at hand");
  return out;
}

std::string describe(const LogReport& report) {
  const auto& counts = report.counts;
  std::string out = fmt::format("holds: {} entries of {}\n", report.checkpoint.size, report.checkpoint.origin);
  out += fmt::format("  signed root {}\n", to_base64(report.checkpoint.root));
  if (report.older_size)
    out += fmt::format("  grew out of the {} entries of the older checkpoint\n", *report.older_size);
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
  out += fmt::format("  holds, refusals, cancellations: {} consistent, facts sealed\n", counts.decisions);
  out += "not ruled out:\n";
  for (const auto& line : not_ruled_out(report)) out += fmt::format("  {}\n", line);
  return out;
}

std::string describe(const ledger::VerifiedProof& proof) {
  return fmt::format("holds: entry {} stands in {} as signed at {} entries\n", proof.index, proof.origin, proof.size);
}

std::string describe(const Flaw& flaw) {
  return fmt::format("{}: {}: {}\n", flaw.where, flaw.rule, flaw.what);
}

std::string to_json(const LogReport& report) {
  std::string out;
  formats::JsonWriter json(out);
  json.begin_object().member("holds", true);
  json.key("checkpoint").begin_object();
  json.member("origin", report.checkpoint.origin).member("size", report.checkpoint.size);
  json.member("root", to_base64(report.checkpoint.root)).end_object();
  json.member("entries", report.checkpoint.size + report.unsigned_entries);
  json.member("unsignedEntries", report.unsigned_entries).member("tornBytes", report.torn_bytes);
  json.member("olderSize", report.older_size);
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
  json.key("decisions").begin_object().member("consistentFactsSealed", report.counts.decisions).end_object();
  json.key("notRuledOut").begin_array();
  for (const auto& line : not_ruled_out(report)) json.value(line);
  json.end_array().end_object();
  return out + "\n";
}

std::string to_json(const ledger::VerifiedProof& proof) {
  std::string out;
  formats::JsonWriter json(out);
  json.begin_object().member("holds", true).member("seq", proof.index).member("size", proof.size);
  json.member("origin", proof.origin).end_object();
  return out + "\n";
}

std::string to_json(const Flaw& flaw) {
  std::string out;
  formats::JsonWriter json(out);
  json.begin_object();
  if (!flaw.environment) json.member("holds", false);
  json.key("flaw").begin_object();
  json.member("where", flaw.where).member("rule", flaw.rule).member("what", flaw.what);
  json.end_object().end_object();
  return out + "\n";
}

}  // namespace ketenpoort::verify
