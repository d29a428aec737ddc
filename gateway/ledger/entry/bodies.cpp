#include "gateway/ledger/entry/bodies.hpp"

#include "gateway/ledger/entry/body_codec.hpp"
#include "gateway/ledger/entry/body_cursor.hpp"
#include "gateway/ledger/entry/breach_names.hpp"

namespace ketenpoort::ledger {

// One description per kind serves the writer (const bodies) and the reader. Keys stand in canonical order.
template <class B, class X>
concept is = std::same_as<std::remove_const_t<B>, X>;
template <class B>
concept statement = std::derived_from<std::remove_const_t<B>, ConsentStatement>;
template <class B>
concept agreement = is<B, AgreementRegistered> || is<B, AgreementAmended>;
template <class B>
concept identity_link = std::derived_from<std::remove_const_t<B>, IdentityLink>;

namespace {

constexpr std::size_t usual_body = 480;  // bytes; longer than most

constexpr std::array<std::string_view, 4> ways_to_explain = {"READ", "HEARD", "PICTOGRAM", "APP"};
constexpr std::array<std::string_view, 4> interpreter_modes = {"PRESENT", "VIDEO", "PHONE", "NONE"};
constexpr std::array<std::string_view, 3> interpreter_kinds = {"PROFESSIONAL", "SOCIAL", "VOLUNTEER"};
constexpr std::array<std::string_view, 4> ways_to_express = {"PAPER", "EID", "ORAL_BEFORE_WITNESS", "APP"};
constexpr std::array<std::string_view, 7> agreement_types = {
    "art20-protocol", "art8-protocol", "isc-deliberation", "rr-authorisation", "art26", "art28", "law"};
constexpr std::array<std::string_view, 2> directions = {"out", "back"};
constexpr std::array<std::string_view, 6> notification_causes = {"WITHDRAWAL",  "RECTIFICATION", "ERASURE",
                                                                 "RESTRICTION", "STAY_ENDED",    "IDENTITY_CHANGED"};

constexpr std::array<std::string_view, 4> party_roles = {"controller", "joint-controller", "processor", "recipient"};
constexpr std::array<std::string_view, 3> advice_outcomes = {"positive", "positive-with-remarks", "negative"};
constexpr std::array<std::string_view, 1> key_algorithms = {"Ed25519"};
constexpr std::array<std::string_view, 1> anchor_methods = {"rfc3161"};
constexpr std::array<std::string_view, 8> outcome_statuses = {"ACCEPTED", "DECLINED", "REGISTERED", "INVITED",
                                                              "STARTED",  "NO_SHOW",  "COMPLETED",  "STOPPED"};
constexpr std::array<std::string_view, 7> outcome_kinds = {
    "REGISTRATION", "TRAINING", "TEST", "TRAJECTORY", "LANGUAGE_COURSE", "SOCIAL_ORIENTATION", "EMPLOYMENT"};
constexpr std::array<std::string_view, 3> number_kinds = {"fedasil-number", "ssin", "immigration-office-number"};
constexpr std::array<std::string_view, 3> key_classes = {"directory", "payload", "proof"};
constexpr std::array<std::string_view, 5> grounds_to_keep = {"art17-3-a", "art17-3-b", "art17-3-c", "art17-3-d",
                                                             "art17-3-e"};
constexpr std::array<std::string_view, 3> replies = {"ERASED", "STOPPED", "KEPT"};

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

void describe(auto& io, is<KeyRotated> auto& b) {
  io.name_of("algorithm", b.algorithm, key_algorithms);
  io.key("newSignature", b.new_signature);
  io.key("newVkey", b.new_vkey);
  io.key("oldSignature", b.old_signature);
  io.key("oldVkey", b.old_vkey);
}

void describe(auto& io, is<Anchored> auto& b) {
  io.key("genTime", b.gen_time);
  io.name_of("method", b.method, anchor_methods);
  io.key("root", b.root);
  io.key("size", b.size);
  io.key("token", b.token);
  io.key("tsa", b.tsa);
}

void describe(auto& io, is<Cosigned> auto& b) {
  io.key("root", b.root);
  io.key("signatures", b.signatures);
  io.key("size", b.size);
}

void describe(auto& io, is<Anchoring> auto& b) {
  io.key("maxAgeSeconds", b.max_age_seconds);
  io.key("quorum", b.quorum);
}

void describe(auto& io, is<ConfigActivated> auto& b) {
  io.key("anchoring", b.anchoring);
  io.key("environment", b.environment);
  io.key("longestHoldDays", b.longest_hold_days);
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

void describe(auto& io, is<RecipientBody> auto& b) {
  io.kbo("body", b.body);
  io.list_unless_empty("languages", b.languages);
  io.list_unless_empty("municipalities", b.municipalities);
  io.list_unless_empty("regions", b.regions);
}

void describe(auto& io, is<PurposeRegistered> auto& b) {
  auto& p = b.purpose;
  io.key("basisRecipient", p.basis_recipient);
  io.key("basisSender", p.basis_sender);
  io.list_unless_empty("bodies", p.bodies);
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

void describe(auto& io, is<Party> auto& b) {
  io.kbo("body", b.body);
  io.key("dpo", b.dpo);
  io.key("name", b.name);
  io.name_of("role", b.role, party_roles);
}

void describe(auto& io, is<Advice> auto& b) {
  io.key("date", b.date);
  io.name_of("outcome", b.outcome, advice_outcomes);
  io.kbo("party", b.party);
  io.key("sha256", b.sha256);
}

void describe(auto& io, is<SignedFile> auto& b) {
  io.key("sha256", b.sha256);
  io.text_unless_empty("signer", b.signer);
}

void describe(auto& io, agreement auto& b) {
  auto& a = b.agreement;
  io.key("advices", a.advices);
  if constexpr (requires { b.amends; }) io.key("amends", b.amends);
  io.key("basis", a.basis);
  io.key("categories", a.categories);
  io.key("centres", a.centres);
  io.key("channel", a.channel);
  io.kbo("controller", a.controller);
  io.name_of("direction", a.direction, directions);
  io.key("document", a.document);
  io.key("file", b.file);
  io.key("format", a.format);
  io.key("id", a.id);
  io.key("measures", a.measures);
  io.key("municipalities", a.municipalities);
  io.key("parties", a.parties);
  io.key("periodicity", a.periodicity);
  io.key("publicationUrl", a.publication_url);
  io.key("purposes", a.purposes);
  io.key("recipient", a.recipient);
  io.kbo("recipientBody", a.recipient_body);
  io.key("recipients", a.recipients);
  io.key("regions", a.regions);
  io.key("retention", a.retention);
  io.key("rights", a.rights);
  io.key("sample", a.sample);
  io.key("sanctions", a.sanctions);
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
  io.key("evidence", b.evidence);
  io.key("explained", b.explained);
  io.key("expressed", b.expressed);
  io.key("notice", b.notice);
  io.key("purpose", b.purpose);
  io.key("recipient", b.recipient);
  io.key("recordedBy", b.recorded_by);
  io.key("representative", b.representative);
  io.key("validUntil", b.valid_until);
  io.key("witness", b.witness);
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
  io.key("purposeSeq", b.purpose_seq);
  io.key("reasons", b.reasons);
  io.unless_true("recipientBuilt", b.recipient_built);
  io.key("rules", b.rules);
}

template <class B>
  requires is<B, TransferRefused> || is<B, TransferCancelled>
void describe(auto& io, B& b) {
  io.key("agreement", b.agreement);
  io.key("consent", b.consent);
  io.key("decidedFor", b.decided_for);
  io.key("ledgerSize", b.ledger_size);
  io.key("purposeSeq", b.purpose_seq);
  io.key("reasons", b.reasons);
  io.unless_true("recipientBuilt", b.recipient_built);
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
  io.kbo("recipientBody", b.recipient_body);
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

void describe(auto& io, is<OutcomeReceived> auto& b) {
  io.key("agreement", b.agreement);
  io.key("commit", b.commit);
  io.key("consent", b.consent);
  io.key("decidedFor", b.decided_for);
  io.name_of("kind", b.sort, outcome_kinds);
  io.key("ledgerSize", b.ledger_size);
  io.key("on", b.on);
  io.key("outcome", b.outcome);
  io.key("purpose", b.purpose);
  io.key("recipient", b.recipient);
  io.key("size", b.size);
  io.name_of("status", b.status, outcome_statuses);
}

void describe(auto& io, is<OutcomeRejected> auto& b) {
  io.key("agreement", b.agreement);
  io.key("consent", b.consent);
  io.key("decidedFor", b.decided_for);
  io.key("ledgerSize", b.ledger_size);
  io.key("outcome", b.outcome);
  io.key("purpose", b.purpose);
  io.key("reasons", b.reasons);
  io.key("recipient", b.recipient);
}

void describe(auto& io, is<RequestOpened> auto& b) {
  io.between("article", b.article, 15, 21);
  io.key("deadline", b.deadline);
  io.name_of("extended", b.extended, extension_reasons);
  io.key("request", b.request);
}

void describe(auto& io, is<RequestClosed> auto& b) {
  io.name_of("outcome", b.outcome, request_outcomes);
  io.key("request", b.request);
}

void describe(auto& io, is<SubjectRestricted> auto& b) {
  io.name_of("ground", b.ground, restriction_grounds);
  io.key("request", b.request);
}

void describe(auto& io, is<SubjectUnrestricted> auto& b) {
  io.key("request", b.request);
}

void describe(auto& io, is<SubjectRectified> auto& b) {
  io.key("categories", b.categories);
  io.key("request", b.request);
}

void describe(auto& io, identity_link auto& b) {
  io.key("mark", b.mark);
  io.name_of("number", b.number, number_kinds);
  io.key("request", b.request);
}

void describe(auto& io, is<Kept> auto& b) {
  io.name_of("class", b.key_class, key_classes);
  io.name_of("ground", b.ground, grounds_to_keep);
}

void describe(auto& io, is<SubjectErased> auto& b) {
  io.names_of("classes", b.classes, key_classes);
  io.key("kept", b.kept);
  io.key("request", b.request);
}

void describe(auto& io, is<RecipientNotified> auto& b) {
  io.name_of("cause", b.cause, notification_causes);
  io.key("deadline", b.deadline);
  io.key("recipient", b.recipient);
  io.key("tx", b.tx);
}

void describe(auto& io, is<RecipientConfirmed> auto& b) {
  io.name_of("ground", b.ground, grounds_to_keep);
  io.key("notified", b.notified);
  io.name_of("reply", b.reply, replies);
}

void describe(auto& io, is<AuditQueried> auto& b) {
  io.code("purpose", b.purpose);
  io.key("query", b.query);
  io.key("rows", b.rows);
}

void describe(auto& io, is<AuditExported> auto& b) {
  io.code("format", b.format);
  io.code("purpose", b.purpose);
  io.key("query", b.query);
  io.key("rows", b.rows);
}

void describe(auto& io, is<PartnerPaused> auto& b) {
  io.code("reason", b.reason);
  io.key("recipient", b.recipient);
}

void describe(auto& io, is<PartnerResumed> auto& b) {
  io.key("recipient", b.recipient);
}

void describe(auto& io, is<BreachRecorded> auto& b) {
  io.key("authorityTold", b.authority_told);
  io.key("awareAt", b.aware_at);
  io.key("breach", b.breach);
  io.key("categories", b.categories);
  io.code("cause", b.cause);
  io.key("document", b.document);
  io.codes("effects", b.effects);
  io.key("from", b.from);
  io.codes("measures", b.measures);
  io.names_of("nature", b.nature, breach_natures);
  io.key("records", b.records);
  io.name_of("risk", b.risk, breach_risks);
  io.key("subjects", b.subjects);
  io.key("subjectsTold", b.subjects_told);
  io.key("until", b.until);
}

template <class Body>
std::string encode_body(const Body& body) {
  std::string out;
  out.reserve(usual_body);
  BodyWriter writer(out);
  describe(writer, body);
  writer.close();
  return out;
}

template <class Body>
bool take_body(BodyCursor& cursor, Body& body) {
  describe(cursor, body);
  return cursor.finish();
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
  template bool take_body<Body>(BodyCursor&, Body&);   \
  template Result<Body> decode_body<Body>(Value);      \
  template Result<Body> decode_body<Body>(std::string_view);

KETENPOORT_BODY(LedgerOpened)
KETENPOORT_BODY(LedgerRecovered)
KETENPOORT_BODY(ClockAnomaly)
KETENPOORT_BODY(KeyRotated)
KETENPOORT_BODY(Anchored)
KETENPOORT_BODY(Cosigned)
KETENPOORT_BODY(ConfigActivated)
KETENPOORT_BODY(MappingActivated)
KETENPOORT_BODY(PurposeRegistered)
KETENPOORT_BODY(RuleRegistered)
KETENPOORT_BODY(AgreementRegistered)
KETENPOORT_BODY(AgreementAmended)
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
KETENPOORT_BODY(OutcomeReceived)
KETENPOORT_BODY(OutcomeRejected)
KETENPOORT_BODY(RequestOpened)
KETENPOORT_BODY(RequestClosed)
KETENPOORT_BODY(SubjectRestricted)
KETENPOORT_BODY(SubjectUnrestricted)
KETENPOORT_BODY(SubjectRectified)
KETENPOORT_BODY(SubjectLinked)
KETENPOORT_BODY(SubjectUnlinked)
KETENPOORT_BODY(SubjectErased)
KETENPOORT_BODY(RecipientNotified)
KETENPOORT_BODY(RecipientConfirmed)
KETENPOORT_BODY(AuditQueried)
KETENPOORT_BODY(AuditExported)
KETENPOORT_BODY(PartnerPaused)
KETENPOORT_BODY(PartnerResumed)
KETENPOORT_BODY(BreachRecorded)
#undef KETENPOORT_BODY

}  // namespace ketenpoort::ledger
