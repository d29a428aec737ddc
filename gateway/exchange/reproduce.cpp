#include "gateway/exchange/reproduce.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "gateway/exchange/consider.hpp"
#include "gateway/exchange/message_file.hpp"
#include "gateway/exchange/sealing.hpp"
#include "gateway/ledger/bodies.hpp"
#include "gateway/policy/decide.hpp"

namespace ketenpoort::exchange {
namespace {

using ledger::Entry;
using ledger::History;

bool contains(const std::vector<Reason>& reasons, Reason reason) {
  return std::ranges::find(reasons, reason) != reasons.end();
}

// Reasons that no policy decision gives: a message that could not be made, a hold that ran out, a newer record.
bool is_outside_policy(Reason reason) {
  switch (reason) {
    case Reason::nothing_to_send:
    case Reason::mapping_failed:
    case Reason::schema_invalid:
    case Reason::partner_rejected:
    case Reason::superseded:
    case Reason::hold_expired:
    case Reason::anchor_stale:
    case Reason::cancelled_by_operator:
      return true;
    default:
      return false;
  }
}

policy::Decision::Outcome outcome_of(std::string_view kind) {
  if (kind == ledger::TransferHeld::kind) return policy::Decision::Outcome::hold;
  if (kind == ledger::TransferRefused::kind) return policy::Decision::Outcome::refuse;
  return policy::Decision::Outcome::cancel;
}

Finding finding_of(const Error& error) {
  return error.code == ErrorCode::gone ? Finding::expired : Finding::missing;
}

// Only the parts of a decision that all three kinds have.
struct Ground {
  std::vector<Reason> reasons;
  std::optional<Date> decided_for;
};
template <class Body>
std::optional<Ground> ground_in(const Entry& entry) {
  const auto body = ledger::decode_body<Body>(entry.body);
  if (!body) return std::nullopt;
  return Ground{body->reasons, body->decided_for};
}
std::optional<Ground> ground_of(const Entry& entry) {
  if (entry.kind == ledger::TransferHeld::kind) return ground_in<ledger::TransferHeld>(entry);
  if (entry.kind == ledger::TransferRefused::kind) return ground_in<ledger::TransferRefused>(entry);
  return ground_in<ledger::TransferCancelled>(entry);
}

}  // namespace

struct Reproducer::Sealed {
  AeadKey commit_key{};
  policy::Facts facts;
  std::optional<Timestamp> translated_at;
};

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

void Reproducer::look_at(const Entry& entry, const History& before) {
  if (entry.tx != out_.transfer) return;
  if (entry.kind == ledger::TransferRequested::kind) {
    out_.subject = entry.subject;
    if (auto body = ledger::decode_body<ledger::TransferRequested>(entry.body)) requested_ = std::move(*body);
  } else if (entry.kind == ledger::TransferPermitted::kind) {
    look_at_permit(entry, before);
  } else if (entry.kind == ledger::TransferHeld::kind || entry.kind == ledger::TransferRefused::kind ||
             entry.kind == ledger::TransferCancelled::kind) {
    look_at_decision(entry, before);
  }
}

// Nothing when it cannot be had; a step then says so.
std::optional<Reproducer::Sealed> Reproducer::unseal(const Entry& entry, std::string_view what) {
  const auto key = kept_.proof_key(*entry.subject);
  if (!key) {
    add_failure(entry, std::string(what), key.error());
    return std::nullopt;
  }
  const auto text = open_part(*key, entry);
  if (!text) {
    add(entry, std::string(what), Finding::differs, text.error().message);
    return std::nullopt;
  }
  Sealed out;
  const auto document = formats::parse_json(*text);
  const auto root = document ? document->root() : formats::JsonView();
  if (const auto raw = from_hex(root.find("commitKey").as_string().value_or("")); raw && raw->size() == 32)
    std::copy(raw->begin(), raw->end(), out.commit_key.begin());
  out.translated_at = parse_rfc3339(root.find("translatedAt").as_string().value_or(""));
  ledger::Document canonical;
  if (auto read = canonical.read(*text); !read) {
    add(entry, std::string(what), Finding::differs, "the sealed part is not canonical");
    return std::nullopt;
  }
  const auto sealed_facts = canonical.root().find("facts");
  if (!sealed_facts) {
    add(entry, std::string(what), Finding::missing, "no facts were sealed with it");
    return std::nullopt;
  }
  auto facts = policy::decode_facts(sealed_facts.json());
  if (!facts) {
    add(entry, std::string(what), Finding::differs, "the sealed facts are not readable: " + facts.error().message);
    return std::nullopt;
  }
  out.facts = std::move(*facts);
  return out;
}

void Reproducer::look_at_permit(const Entry& entry, const History& before) {
  const auto permit = ledger::decode_body<ledger::TransferPermitted>(entry.body);
  if (!permit) return add(entry, "decision", Finding::differs, permit.error().message);
  const auto sealed = unseal(entry, "decision");
  if (!sealed) return;
  policy::Question question;
  question.subject = *entry.subject;
  question.recipient = permit->recipient;
  question.purpose = permit->purpose;
  question.facts = &sealed->facts;
  question.on = permit->decided_for;
  const auto decision = policy::decide(before, question);
  const bool same = decision.outcome == policy::Decision::Outcome::permit && decision.agreement == permit->agreement &&
                    decision.consent == permit->consent && decision.rules == permit->rules &&
                    decision.not_before == permit->not_before && decision.categories.includes(permit->categories);
  add(entry, "decision", same ? Finding::matches : Finding::differs,
      same ? std::string() : fmt::format("policy says {} on the same facts", policy::to_text(decision.outcome)));
  if (permit->attempt == 1) make_message(*permit, *sealed, decision.categories, before, entry);
  if (made_finding_ == Finding::matches) {
    const bool commits = hmac_sha256(sealed->commit_key, as_bytes(made_)) == permit->commit;
    add(entry, made_by_, commits ? Finding::matches : Finding::differs,
        commits ? std::string() : "what the mapping makes of the record has another commitment");
  } else {
    add(entry, made_by_, made_finding_, made_note_);
  }
  compare_message(*permit, *sealed, entry);
}

// The message of the first permit, which every later attempt sent.
void Reproducer::make_message(const ledger::TransferPermitted& permit, const Sealed& sealed, CategorySet allowed,
                              const History& before, const Entry& entry) {
  made_by_ = fmt::format("mapping {}@{}", permit.mapping.name, permit.mapping.version);
  made_finding_ = Finding::missing;
  const auto* mapping = library_.find_version(permit.mapping.name, permit.mapping.version);
  if (mapping == nullptr) {
    made_note_ = fmt::format("{}@{} is not among the mappings: put that version back beside the newer ones",
                             permit.mapping.name, permit.mapping.version);
    return;
  }
  if (mapping->hash() != permit.mapping.hash) {
    made_note_ = fmt::format("{}@{} is there with other content (hash {}, recorded {}): put back what was activated",
                             permit.mapping.name, permit.mapping.version, to_hex(mapping->hash()).substr(0, 12),
                             to_hex(permit.mapping.hash).substr(0, 12));
    return;
  }
  const auto record = kept_.record(requested_.record);
  if (!record) {
    made_finding_ = record.error().code == ErrorCode::not_found ? Finding::expired : finding_of(record.error());
    made_note_ = "the record has expired: " + record.error().message;
    return;
  }
  if (!sealed.translated_at) {
    made_note_ = "the permit does not say when the message was made";
    return;
  }
  const Case the_case{*entry.subject, requested_.referral, permit.recipient, permit.purpose, permit.message};
  const auto context = translation_context(derive_for(before, sealed.facts, permit.decided_for), the_case,
                                           out_.transfer, *sealed.translated_at, allowed, allow_mock_ssin_);
  auto translated = mapping->translate(*record, context);
  if (!translated) {
    made_finding_ = Finding::differs;
    made_note_ = fmt::format("the mapping refuses the record: {}", translated.error().field);
    return;
  }
  made_ = std::move(translated->bytes);
  made_finding_ = Finding::matches;
}

void Reproducer::compare_message(const ledger::TransferPermitted& permit, const Sealed& sealed, const Entry& entry) {
  const auto kept = kept_.payload(out_.transfer);
  if (!kept) {
    const bool dropped = kept.error().code == ErrorCode::not_found;
    return add(entry, "stored message", dropped ? Finding::expired : finding_of(kept.error()),
               "the payload has expired: " + kept.error().message);
  }
  const auto message = unpack_message(kept->bytes).message;
  const bool commits = hmac_sha256(sealed.commit_key, as_bytes(message)) == permit.commit;
  add(entry, "stored message", commits ? Finding::matches : Finding::differs,
      commits ? std::string() : "the message in the vault has another commitment");
}

void Reproducer::look_at_decision(const Entry& entry, const History& before) {
  const auto ground = ground_of(entry);
  if (!ground) return add(entry, "decision", Finding::differs, "its body is not readable");
  // Without facts nobody decided: a withdrawal, a newer record, an erasure brought it about, and the rules of the log
  // check that.
  if (!entry.sealed || !ground->decided_for) return;
  const auto sealed = unseal(entry, "decision");
  if (!sealed) return;
  if (is_outside_policy(ground->reasons.front())) return;
  policy::Question question;
  question.subject = *entry.subject;
  question.recipient = requested_.recipient;
  question.purpose = requested_.purpose;
  question.facts = &sealed->facts;
  question.on = *ground->decided_for;
  // What the gateway knew beside the facts shows in the reasons.
  question.needs_ssin = contains(ground->reasons, Reason::identifier_missing);
  question.identity_conflict = contains(ground->reasons, Reason::identity_conflict);
  question.recipient_built = !contains(ground->reasons, Reason::no_agreement);
  auto decision = policy::decide(before, question);
  if (contains(ground->reasons, Reason::no_agreement) && decision.reasons != ground->reasons) {
    question.recipient_built = true;
    decision = policy::decide(before, question);
  }
  const bool failed_before = before.transfer(out_.transfer)->state == TransferState::failed;
  auto wanted = outcome_of(entry.kind);
  // A failed transfer cannot become refused: what is no longer allowed is cancelled.
  if (failed_before && decision.outcome == policy::Decision::Outcome::refuse)
    decision.outcome = policy::Decision::Outcome::cancel;
  const bool same = decision.outcome == wanted && decision.reasons == ground->reasons;
  add(entry, "decision", same ? Finding::matches : Finding::differs,
      same ? std::string() : fmt::format("policy says {} on the same facts", policy::to_text(decision.outcome)));
}

std::optional<std::uint64_t> Reproducer::record_seq(const History& end) const {
  const auto record = end.record(requested_.record);
  return record ? std::optional(record->seq) : std::nullopt;
}

void Reproducer::look_at_record(const Entry& received) {
  const auto body = ledger::decode_body<ledger::RecordReceived>(received.body);
  if (!body) return add(received, "record", Finding::differs, body.error().message);
  const auto record = kept_.record(requested_.record);
  if (!record)
    return add(received, "record",
               record.error().code == ErrorCode::not_found ? Finding::expired : finding_of(record.error()),
               "the record has expired: " + record.error().message);
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

Reproduction Reproducer::finish(const History& end) {
  if (const auto transfer = end.transfer(out_.transfer)) out_.state = to_text(transfer->state);
  std::ranges::stable_sort(out_.steps, {}, &ReproducedStep::seq);
  return std::move(out_);
}

}  // namespace ketenpoort::exchange
