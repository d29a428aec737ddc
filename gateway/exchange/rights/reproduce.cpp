#include "gateway/exchange/rights/reproduce.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "gateway/exchange/delivery/consider.hpp"
#include "gateway/exchange/delivery/message_file.hpp"
#include "gateway/exchange/delivery/renewed_record.hpp"
#include "gateway/exchange/facilities/sealing.hpp"
#include "gateway/ledger/entry/bodies.hpp"
#include "gateway/policy/decide.hpp"
#include "gateway/policy/replay.hpp"

namespace ketenpoort::exchange {
namespace {

using ledger::Entry;
using ledger::History;

Finding finding_of(const Error& error) {
  return error.code == ErrorCode::gone ? Finding::expired : Finding::missing;
}

}  // namespace

std::string_view to_text(Finding finding) {
  switch (finding) {
    case Finding::matches:
      return "matches";
    case Finding::differs:
      return "differs";
    case Finding::expired:
      return "expired";
    case Finding::missing:
      break;
  }
  return "missing";
}

Finding Reproduction::verdict() const {
  for (const auto worst : {Finding::differs, Finding::missing, Finding::expired})
    if (std::ranges::any_of(steps, [&](const auto& step) { return step.finding == worst; })) return worst;
  return Finding::matches;
}

void Reproducer::add(const Entry& entry, std::string what, Finding finding, std::string note) {
  out_.steps.push_back({entry.seq, std::string(entry.kind), std::move(what), finding, std::move(note)});
}

void Reproducer::add_failure(const Entry& entry, std::string what, const Error& error) {
  add(entry, std::move(what), finding_of(error), error.message);
}

// Whether a row that is not there had to go, the end of the log and the terms of keeping tell.
void Reproducer::add_absent(const Entry& entry, std::string what, Row row, const Error& error) {
  if (error.code == ErrorCode::not_found) absent_.emplace_back(out_.steps.size(), row);
  add(entry, std::move(what), finding_of(error), error.message);
}

bool Reproducer::had_to_go(Row row, const KeepingTerms& terms) const {
  if (row == Row::payload)
    return terms.payload &&
           add_days(date_in_brussels(last_change_), static_cast<int>(terms.payload->count())) <= terms.today;
  const auto ended = kept_.stay_ended(*out_.subject);
  return terms.record && ended && *ended && add_days(**ended, static_cast<int>(terms.record->count())) <= terms.today;
}

void Reproducer::look_at(const Entry& entry, const History& before) {
  if (entry.tx != out_.transfer) return;
  // The history forgets what has ended, so what is asked for at the end is taken down on the way.
  constexpr std::string_view prefix = "transfer.";
  if (entry.kind.starts_with(prefix)) {
    out_.state = entry.kind.substr(prefix.size());
    last_change_ = entry.time;
  }
  if (entry.kind == ledger::TransferRequested::kind) {
    out_.subject = entry.subject;
    if (auto body = ledger::decode_body<ledger::TransferRequested>(entry.body)) requested_ = std::move(*body);
    if (const auto record = before.record(requested_.record)) record_seq_ = record->seq;
  } else if (entry.kind == ledger::TransferPermitted::kind) {
    look_at_permit(entry, before);
  } else if (entry.kind == ledger::TransferHeld::kind || entry.kind == ledger::TransferRefused::kind ||
             entry.kind == ledger::TransferCancelled::kind) {
    look_at_decision(entry, before);
  }
}

// Nothing when it cannot be had; a step then says so.
std::optional<policy::Premises> Reproducer::unseal(const Entry& entry) {
  const auto key = kept_.proof_key(*entry.subject);
  if (!key) {
    add_failure(entry, "decision", key.error());
    return std::nullopt;
  }
  const auto text = open_part(*key, entry);
  if (!text) {
    add(entry, "decision", Finding::differs, text.error().message);
    return std::nullopt;
  }
  auto premises = policy::decode_premises(*text);
  if (premises) return std::move(*premises);
  add(entry, "decision", Finding::differs, "what was sealed with it is not readable: " + premises.error().message);
  return std::nullopt;
}

void Reproducer::replay(const Entry& entry, const History& before, const policy::Premises& premises) {
  const auto replayed = policy::replay_decision(before, entry, &premises);
  add(entry, "decision", replayed ? Finding::matches : Finding::differs,
      replayed ? std::string() : replayed.error().message);
}

void Reproducer::look_at_permit(const Entry& entry, const History& before) {
  const auto permit = ledger::decode_body<ledger::TransferPermitted>(entry.body);
  if (!permit) return add(entry, "decision", Finding::differs, permit.error().message);
  const auto premises = unseal(entry);
  if (!premises) return;
  replay(entry, before, *premises);
  if (!premises->commit_key) return add(entry, "commitment", Finding::differs, "no key was sealed for it");
  if (permit->attempt == 1) make_message(*permit, *premises, before, entry);
  if (made_finding_ == Finding::matches) {
    const bool commits = hmac_sha256(*premises->commit_key, as_bytes(made_)) == permit->commit;
    add(entry, made_by_, commits ? Finding::matches : Finding::differs,
        commits ? std::string() : "what the mapping makes of the record has another commitment");
  } else if (no_record_) {
    add_absent(entry, made_by_, Row::record, *no_record_);
  } else {
    add(entry, made_by_, made_finding_, made_note_);
  }
  compare_message(*permit, *premises->commit_key, entry);
}

// The exact version of the permit: among the mappings of today or, whatever became of those, as it was kept.
Result<std::shared_ptr<const mapping::Mapping>> Reproducer::find_mapping(
    const ledger::TransferPermitted& permit) const {
  const auto& wanted = permit.mapping;
  const auto* there = library_ == nullptr ? nullptr : library_->find_version(wanted.name, wanted.version);
  if (there != nullptr && there->hash() == wanted.hash)
    return std::shared_ptr<const mapping::Mapping>(std::shared_ptr<void>(), there);  // the library outlives us
  return kept_mappings_.find(wanted.name, wanted.version, wanted.hash);
}

// What the message was made of: the record that asked for it, or the content of a newer one under its referral.
Result<std::string> Reproducer::find_content(const policy::Premises& premises) const {
  auto asked = kept_.record(requested_.record);
  if (!asked || !premises.content) return asked;
  const auto newer = kept_.record(*premises.content);
  if (!newer) return newer;
  const auto asked_document = formats::parse_json(*asked);
  if (!asked_document) return fail(asked_document.error());
  const auto newer_document = formats::parse_json(*newer);
  if (!newer_document) return fail(newer_document.error());
  return renew_record(newer_document->root(), asked_document->root());
}

// The message of the first permit, which every later attempt sent.
void Reproducer::make_message(const ledger::TransferPermitted& permit, const policy::Premises& premises,
                              const History& before, const Entry& entry) {
  made_by_ = fmt::format("mapping {}@{}", permit.mapping.name, permit.mapping.version);
  made_finding_ = Finding::missing;
  const auto mapping = find_mapping(permit);
  if (!mapping) {
    made_note_ = mapping.error().message;
    return;
  }
  const auto record = find_content(premises);
  if (!record) {
    no_record_ = record.error();
    return;
  }
  if (!premises.translated_at) {
    made_note_ = "the permit does not say when the message was made";
    return;
  }
  const Case the_case{*entry.subject, requested_.referral, permit.recipient, permit.purpose, permit.message};
  const auto question =
      policy::question_from(premises, *entry.subject, the_case.recipient, the_case.purpose, entry.time);
  const KnownIds known{premises.known_person, premises.known_transfer};
  const auto context =
      translation_context(derive_for(before, premises.facts, permit.decided_for), known, the_case, out_.transfer,
                          *premises.translated_at, policy::decide(before, question).categories, allow_mock_ssin_);
  auto translated = (*mapping)->translate(*record, context);
  if (!translated) {
    made_finding_ = Finding::differs;
    made_note_ = fmt::format("the mapping refuses the record: {}", translated.error().field);
    return;
  }
  made_ = std::move(translated->bytes);
  made_finding_ = Finding::matches;
}

void Reproducer::compare_message(const ledger::TransferPermitted& permit, const Digest& commit_key,
                                 const Entry& entry) {
  const auto kept = kept_.payload(out_.transfer);
  if (!kept) return add_absent(entry, "stored message", Row::payload, kept.error());
  const auto message = unpack_message(kept->bytes).message;
  const bool commits = hmac_sha256(commit_key, as_bytes(message)) == permit.commit;
  add(entry, "stored message", commits ? Finding::matches : Finding::differs,
      commits ? std::string() : "the message in the vault has another commitment");
}

void Reproducer::look_at_decision(const Entry& entry, const History& before) {
  // Without premises nobody decided: a withdrawal, a newer record, an erasure brought it about, and the rules of the
  // log check that.
  if (!entry.sealed) return;
  if (const auto premises = unseal(entry)) replay(entry, before, *premises);
}

void Reproducer::look_at_record(const Entry& received) {
  const auto body = ledger::decode_body<ledger::RecordReceived>(received.body);
  if (!body) return add(received, "record", Finding::differs, body.error().message);
  const auto record = kept_.record(requested_.record);
  if (!record) return add_absent(received, "record", Row::record, record.error());
  const auto key = kept_.proof_key(*received.subject);
  if (!key) return add_failure(received, "record", key.error());
  const auto text = open_part(*key, received);
  if (!text) return add(received, "record", Finding::differs, text.error().message);
  const auto document = formats::parse_json(*text);
  const auto raw = document ? from_hex(document->root().find("commitKey").as_string().value_or("")) : std::nullopt;
  const bool commits = raw && hmac_sha256(*raw, as_bytes(*record)) == body->commit;
  add(received, "record", commits ? Finding::matches : Finding::differs,
      commits ? std::string() : "the record in the vault has another commitment");
}

Reproduction Reproducer::finish(const History& end, const KeepingTerms& terms) {
  const bool erased = out_.subject && end.erased_classes(*out_.subject).contains(KeyClass::payload);
  for (const auto& [at, row] : absent_) {
    auto& step = out_.steps[at];
    if (erased || had_to_go(row, terms)) {
      step.finding = Finding::expired;
      step.note += ": it has expired";
    } else {
      step.note += ", and nothing let it go: no erasure, no end of its time (config/retention.yaml)";
    }
  }
  std::ranges::stable_sort(out_.steps, {}, &ReproducedStep::seq);
  return std::move(out_);
}

}  // namespace ketenpoort::exchange
