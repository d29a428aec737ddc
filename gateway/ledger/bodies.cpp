#include "gateway/ledger/bodies.hpp"

#include "gateway/ledger/body_codec.hpp"

namespace ketenpoort::ledger {

// One description per kind serves the writer (const bodies) and the reader. Keys stand in canonical order.
template <class B, class X>
concept is = std::same_as<std::remove_const_t<B>, X>;
template <class B>
concept statement = std::derived_from<std::remove_const_t<B>, ConsentStatement>;
template <class B>
concept without_keys = is<B, SubjectRestricted> || is<B, SubjectUnrestricted> || is<B, SubjectErased>;

namespace {

constexpr std::array<std::string_view, 4> ways_to_explain = {"READ", "HEARD", "PICTOGRAM", "APP"};
constexpr std::array<std::string_view, 4> interpreter_modes = {"PRESENT", "VIDEO", "PHONE", "NONE"};
constexpr std::array<std::string_view, 3> interpreter_kinds = {"PROFESSIONAL", "SOCIAL", "VOLUNTEER"};
constexpr std::array<std::string_view, 4> ways_to_express = {"PAPER", "EID", "ORAL_BEFORE_WITNESS", "APP"};
constexpr std::array<std::string_view, 7> agreement_types = {
    "art20-protocol", "art8-protocol", "isc-deliberation", "rr-authorisation", "art26", "art28", "law"};
constexpr std::array<std::string_view, 2> directions = {"out", "back"};
constexpr std::array<std::string_view, 6> notification_causes = {"WITHDRAWAL",  "RECTIFICATION", "ERASURE",
                                                                 "RESTRICTION", "STAY_ENDED",    "IDENTITY_CHANGED"};

}  // namespace

void describe(auto& io, is<LedgerOpened> auto& b) {
  io.key("origin", b.origin);
  io.key("software", b.software);
  io.key("vkey", b.vkey);
}

void describe(auto& io, is<LedgerRecovered> auto& b) {
  io.key("cutBytes", b.cut_bytes);
}

void describe(auto& io, is<ClockAnomaly> auto& b) {
  io.key("behindMs", b.behind_ms);
}

void describe(auto& io, is<ConfigActivated> auto& b) {
  io.key("environment", b.environment);
  io.key("sha256", b.sha256);
}

void describe(auto& io, is<MappingActivated> auto& b) {
  io.key("categories", b.categories);
  io.key("hash", b.hash);
  io.key("mapping", b.mapping);
  io.key("message", b.message);
  io.key("purposes", b.purposes);
  io.key("recipient", b.recipient);
  io.key("version", b.version);
}

void describe(auto& io, is<PurposeRegistered> auto& b) {
  auto& p = b.purpose;
  io.key("basisRecipient", p.basis_recipient);
  io.key("basisSender", p.basis_sender);
  io.key("consentRequired", p.consent_required);
  io.key("id", p.id);
  io.key("minorsAllowed", p.minors_allowed);
  io.key("optional", p.optional);
  io.key("recipient", p.recipient);
  io.key("required", p.required);
  io.text_unless_empty("rule", p.rule);
  io.key("validFrom", p.valid_from);
  io.key("validUntil", p.valid_until);
}

void describe(auto& io, is<RuleRegistered> auto& b) {
  auto& r = b.rule;
  io.key("algorithm", r.algorithm);
  io.key("documents", r.documents);
  io.key("excludedStatuses", r.excluded_statuses);
  io.key("excludedTracks", r.excluded_tracks);
  io.key("factsMaxAgeDays", r.facts_max_age_days);
  io.key("id", r.id);
  io.key("source", r.source);
  io.key("statuses", r.statuses);
  io.key("text", b.text);
  io.key("validFrom", r.valid_from);
  io.key("validUntil", r.valid_until);
  io.key("version", r.version);
  io.key("waitingMonths", r.waiting_months);
}

void describe(auto& io, is<AgreementRegistered> auto& b) {
  auto& a = b.agreement;
  io.key("categories", a.categories);
  io.key("centres", a.centres);
  io.key("controller", a.controller);
  io.name_of("direction", a.direction, directions);
  io.key("id", a.id);
  io.key("municipalities", a.municipalities);
  io.key("purposes", a.purposes);
  io.key("recipient", a.recipient);
  io.key("recipientBody", a.recipient_body);
  io.key("regions", a.regions);
  io.key("sample", a.sample);
  io.key("sha256", b.sha256);
  io.name_of("type", a.type, agreement_types);
  io.key("validFrom", a.valid_from);
  io.key("validUntil", a.valid_until);
}

void describe(auto& io, is<AgreementEnded> auto& b) {
  io.key("agreement", b.agreement);
}

void describe(auto& io, is<Notice> auto& b) {
  io.key("id", b.id);
  io.key("language", b.language);
  io.key("sha256", b.sha256);
  io.key("version", b.version);
}

void describe(auto& io, is<Explained> auto& b) {
  io.name_of("how", b.how, ways_to_explain);
  io.name_of("interpreterKind", b.interpreter_kind, interpreter_kinds);
  io.name_of("interpreterMode", b.interpreter_mode, interpreter_modes);
}

void describe(auto& io, is<Expressed> auto& b) {
  io.name_of("how", b.how, ways_to_express);
  io.key("on", b.on);
}

void describe(auto& io, statement auto& b) {
  io.key("categories", b.categories);
  io.key("consent", b.consent);
  io.key("conversation", b.conversation);
  io.key("explained", b.explained);
  io.key("expressed", b.expressed);
  io.key("notice", b.notice);
  io.key("purpose", b.purpose);
  io.key("recipient", b.recipient);
  io.key("representative", b.representative);
  io.key("validUntil", b.valid_until);
}

void describe(auto& io, is<ConsentWithdrawn> auto& b) {
  io.key("categories", b.categories);
  io.key("consent", b.consent);
  io.key("purpose", b.purpose);
  io.key("recipient", b.recipient);
  io.key("whole", b.whole);
}

void describe(auto& io, is<RecordReceived::Source> auto& b) {
  io.key("centre", b.centre);
  io.key("organisation", b.organisation);
  io.key("system", b.system);
}

// `kind` says what sort of record it is, so that a later sort needs no new kind of entry.
void describe(auto& io, is<RecordReceived> auto& b) {
  static constexpr std::array<std::string_view, 1> sorts = {"resident"};
  std::string sort = "resident";
  io.key("commit", b.commit);
  io.name_of("kind", sort, sorts);
  io.key("record", b.record);
  io.key("size", b.size);
  io.key("source", b.source);
  io.key("syntax", b.syntax);
}

void describe(auto& io, is<TransferRequested> auto& b) {
  io.key("message", b.message);
  io.key("purpose", b.purpose);
  io.key("recipient", b.recipient);
  io.key("record", b.record);
  io.key("referral", b.referral);
}

void describe(auto& io, is<TransferHeld> auto& b) {
  io.key("agreement", b.agreement);
  io.key("consent", b.consent);
  io.key("decidedFor", b.decided_for);
  io.key("heldUntil", b.held_until);
  io.key("ledgerSize", b.ledger_size);
  io.key("reasons", b.reasons);
  io.key("rules", b.rules);
}

template <class B>
  requires is<B, TransferRefused> || is<B, TransferCancelled>
void describe(auto& io, B& b) {
  io.key("agreement", b.agreement);
  io.key("consent", b.consent);
  io.key("decidedFor", b.decided_for);
  io.key("ledgerSize", b.ledger_size);
  io.key("reasons", b.reasons);
  io.key("rules", b.rules);
}

void describe(auto& io, is<TransferPermitted::Mapping> auto& b) {
  io.key("hash", b.hash);
  io.key("name", b.name);
  io.key("seq", b.seq);
  io.key("version", b.version);
}

void describe(auto& io, is<TransferPermitted> auto& b) {
  io.key("agreement", b.agreement);
  io.key("attempt", b.attempt);
  io.key("basis", b.basis);
  io.key("categories", b.categories);
  io.key("centre", b.centre);
  io.key("commit", b.commit);
  io.key("consent", b.consent);
  io.key("decidedFor", b.decided_for);
  io.key("ledgerSize", b.ledger_size);
  io.key("leftOut", b.left_out);
  io.key("mapping", b.mapping);
  io.key("message", b.message);
  io.key("notBefore", b.not_before);
  io.key("payloadSize", b.payload_size);
  io.key("purpose", b.purpose);
  io.key("purposeSeq", b.purpose_seq);
  io.key("recipient", b.recipient);
  io.key("recipientBody", b.recipient_body);
  io.key("rules", b.rules);
}

void describe(auto& io, is<TransferDelivered> auto& b) {
  io.key("attempt", b.attempt);
  io.key("digest", b.digest);
  io.key("status", b.status);
}

void describe(auto& io, is<TransferAcknowledged> auto& b) {
  io.key("answer", b.answer);
  io.key("attempt", b.attempt);
  io.key("reference", b.reference);
}

void describe(auto& io, is<TransferFailed> auto& b) {
  io.key("attempt", b.attempt);
  io.key("class", b.failure_class);
  io.key("mayHaveArrived", b.may_have_arrived);
  io.key("retryAt", b.retry_at);
}

void describe(auto& io, is<TransferAbandoned> auto& b) {
  io.key("attempts", b.attempts);
  io.key("class", b.failure_class);
}

void describe(auto&, without_keys auto&) {}

void describe(auto& io, is<RecipientNotified> auto& b) {
  io.name_of("cause", b.cause, notification_causes);
  io.key("deadline", b.deadline);
  io.key("recipient", b.recipient);
  io.key("tx", b.tx);
}

template <class Body>
std::string encode_body(const Body& body) {
  BodyWriter writer;
  describe(writer, body);
  return writer.take();
}

template <class Body>
Result<Body> decode_body(Value value) {
  Result<Body> body(tl::in_place);
  BodyReader reader(value);
  describe(reader, *body);
  if (auto done = reader.finish(); !done) return fail(std::move(done.error()));
  return body;
}

template <class Body>
Result<Body> decode_body(std::string_view json) {
  Document document;
  if (auto read = document.read(json); !read) return fail(std::move(read.error()));
  return decode_body<Body>(document.root());
}

// The templates are compiled here, once per kind.
#define KETENPOORT_BODY(Body)                          \
  template std::string encode_body<Body>(const Body&); \
  template Result<Body> decode_body<Body>(Value);      \
  template Result<Body> decode_body<Body>(std::string_view);

KETENPOORT_BODY(LedgerOpened)
KETENPOORT_BODY(LedgerRecovered)
KETENPOORT_BODY(ClockAnomaly)
KETENPOORT_BODY(ConfigActivated)
KETENPOORT_BODY(MappingActivated)
KETENPOORT_BODY(PurposeRegistered)
KETENPOORT_BODY(RuleRegistered)
KETENPOORT_BODY(AgreementRegistered)
KETENPOORT_BODY(AgreementEnded)
KETENPOORT_BODY(ConsentGiven)
KETENPOORT_BODY(ConsentRefused)
KETENPOORT_BODY(ConsentWithdrawn)
KETENPOORT_BODY(RecordReceived)
KETENPOORT_BODY(TransferRequested)
KETENPOORT_BODY(TransferHeld)
KETENPOORT_BODY(TransferRefused)
KETENPOORT_BODY(TransferCancelled)
KETENPOORT_BODY(TransferPermitted)
KETENPOORT_BODY(TransferDelivered)
KETENPOORT_BODY(TransferAcknowledged)
KETENPOORT_BODY(TransferFailed)
KETENPOORT_BODY(TransferAbandoned)
KETENPOORT_BODY(SubjectRestricted)
KETENPOORT_BODY(SubjectUnrestricted)
KETENPOORT_BODY(SubjectErased)
KETENPOORT_BODY(RecipientNotified)
#undef KETENPOORT_BODY

}  // namespace ketenpoort::ledger
