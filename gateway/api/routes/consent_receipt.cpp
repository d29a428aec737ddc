// GET /consents/{id}/receipt: as JSON-LD, or as a page to take home.
#include "gateway/api/routes/consent_receipt.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "gateway/api/api.hpp"
#include "gateway/api/http/languages.hpp"
#include "gateway/api/http/problem.hpp"
#include "gateway/api/http/query.hpp"
#include "gateway/api/http/representation.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/ledger/entry/bodies.hpp"
#include "gateway/ledger/history/history.hpp"
#include "gateway/reporting/linked_data.hpp"

namespace ketenpoort::api {
namespace {

using formats::JsonWriter;
using ledger::ConsentStatement;
using ledger::History;

constexpr std::string_view conforms_to_receipt = "https://w3id.org/dpv/schema/dpv-27560#receipt";
constexpr std::string_view conforms_to_record = "https://w3id.org/dpv/schema/dpv-27560#record";
constexpr std::size_t most_withdrawals = 500;

using Stated = Receipt::Stated;
using Withdrawn = Receipt::Withdrawn;

Result<ledger::Entry> read_entry(const exchange::Facilities& facilities, ledger::Seq seq, std::string& bytes) {
  auto found = facilities.sequencer.entry_bytes(seq);
  if (!found) return fail(found.error());
  bytes = std::move(*found);
  return ledger::decode_entry(bytes);
}

Result<Stated> read_statement(const exchange::Facilities& facilities, ledger::Seq seq) {
  std::string bytes;
  const auto entry = read_entry(facilities, seq, bytes);
  if (!entry) return fail(entry.error());
  if (auto given = ledger::decode_body<ledger::ConsentGiven>(entry->body); given && entry->kind == given->kind)
    return Stated{std::move(*given), entry->time, true};
  auto refused = ledger::decode_body<ledger::ConsentRefused>(entry->body);
  if (!refused) return fail(refused.error());
  return Stated{std::move(*refused), entry->time, false};
}

Result<std::vector<Withdrawn>> read_withdrawals(const ApiDependencies& dependencies, const audit::ConsentRow& row) {
  audit::EntryQuery query{.kind = std::string(ledger::ConsentWithdrawn::kind), .subject = row.subject};
  query.limit = most_withdrawals;
  const auto places = dependencies.index.use([&](audit::IndexReader& reader) { return reader.entries(query); });
  if (!places) return fail(places.error());
  std::vector<Withdrawn> out;
  for (const auto& place : *places) {
    std::string bytes;
    const auto entry = read_entry(dependencies.facilities, place.seq, bytes);
    if (!entry) return fail(entry.error());
    const auto body = ledger::decode_body<ledger::ConsentWithdrawn>(entry->body);
    if (body && body->consent == row.id) out.push_back({body->categories, entry->time});
  }
  return out;
}

Result<std::optional<Receipt>> find_receipt(const ApiDependencies& dependencies, const ConsentId& id) {
  if (auto ready = wait_for_index(dependencies); !ready) return fail(ready.error());
  auto row = dependencies.index.use([&](audit::IndexReader& reader) { return reader.consent(id); });
  if (!row) return fail(row.error());
  if (!*row) return std::nullopt;
  Receipt out{.row = std::move(**row), .stated = {}, .withdrawals = {}, .purpose = {}, .agreements = {}};
  auto stated = read_statement(dependencies.facilities, out.row.seq);
  if (!stated) return fail(stated.error());
  out.stated = std::move(*stated);
  auto withdrawals = read_withdrawals(dependencies, out.row);
  if (!withdrawals) return fail(withdrawals.error());
  out.withdrawals = std::move(*withdrawals);
  const auto today = date_in_brussels(dependencies.facilities.clock.now());
  dependencies.facilities.sequencer.read([&](const History& history) {
    if (const auto* purpose = history.find_purpose(out.row.purpose, out.row.recipient, today))
      out.purpose = purpose->value;
    for (const auto* agreement : history.find_agreements(out.row.recipient, out.row.purpose))
      if (agreement->value.direction == "out") out.agreements.push_back(agreement->value);
    return 0;
  });
  return out;
}

class Writer {
 public:
  Writer(std::string& json, const exchange::Terms& terms, const Receipt& receipt, const std::string& base, Date today)
      : writer_(json),
        terms_(terms),
        receipt_(receipt),
        self_(base + "/consents/" + receipt.row.id.text()),
        today_(today) {}

  void write() {
    writer_.begin_object().key("@context").raw_value(reporting::linked_data_context);
    writer_.member("@id", self_ + "/receipt")
        .member("@type", "dpv:ConsentReceipt")
        .member("dct:identifier", receipt_.row.id.text())
        .member("dct:conformsTo", conforms_to_receipt)
        .member("dct:created", to_iso(today_))
        .member("dct:publisher", organisation(terms_.organisation))
        .member("schema:recipient", "dpv:DataSubject")
        .key("dpv:hasRecordOfActivity");
    write_record();
    writer_.end_object();
  }

 private:
  static std::string organisation(const std::string& kbo) { return "urn:kbo:" + kbo; }

  void write_record() {
    const auto& statement = receipt_.stated.statement;
    writer_.begin_object()
        .member("@id", self_)
        .member("@type", "dpv:ConsentRecord")
        .member("dct:identifier", receipt_.row.id.text())
        .member("dct:conformsTo", conforms_to_record)
        .member("dct:isPartOf", "urn:uuid:" + statement.conversation.text())  // of the conversation
        .member("dpv:hasDataSubject", "urn:ketenpoort:subject:" + ledger::to_text(receipt_.row.subject))
        .member("dpv:hasDataController", organisation(terms_.organisation))
        .member("dpv:hasJurisdiction", "loc:BE");
    write_process();
    write_notice();
    write_statuses();
    write_rights();
    writer_.end_object();
  }

  void write_process() {
    const auto& statement = receipt_.stated.statement;
    writer_.key("dpv:hasProcess").begin_object().member("@type", "dpv:Process");
    writer_.key("dpv:hasPurpose")
        .begin_object()
        .member("@id", "urn:ketenpoort:purpose:" + statement.purpose)
        .member("dct:identifier", statement.purpose)
        .end_object();
    writer_.key("dpv:hasPersonalData").begin_array();
    for (const auto category : statement.categories.list()) write_category(category);
    writer_.end_array().key("dpv:hasRecipient").begin_array();
    write_recipients();
    writer_.end_array();
    write_bases();
    if (statement.valid_until)
      writer_.key("dpv:hasDuration")
          .begin_object()
          .member("@type", "dpv:UntilTimeDuration")
          .member("schema:validThrough", to_iso(*statement.valid_until))
          .end_object();
    writer_.end_object();
  }

  void write_category(Category category) {
    writer_.begin_object();
    const auto words = terms_.categories.find(category);
    if (words != terms_.categories.end()) writer_.member("@type", words->second.dpv);
    writer_.member("dct:identifier", to_text(category));
    if (words != terms_.categories.end()) {
      writer_.key("skos:prefLabel").begin_array();
      for (const auto& [language, text] : words->second.labels)
        writer_.begin_object().member("@language", language).member("@value", text).end_object();
      writer_.end_array();
    }
    writer_.end_object();
  }

  void write_recipients() {
    const auto bodies = receipt_.bodies();
    for (const auto& body : bodies) {
      writer_.begin_object().member("@id", organisation(body.number)).member("dct:identifier", receipt_.row.recipient);
      if (!body.name.empty()) writer_.member("dct:title", body.name);
      writer_.end_object();
    }
    if (bodies.empty()) writer_.begin_object().member("dct:identifier", receipt_.row.recipient).end_object();
  }

  void write_bases() {
    if (!receipt_.purpose) return;
    writer_.key("dpv:hasLegalBasis").begin_array();
    for (const auto* basis : {&receipt_.purpose->basis_sender, &receipt_.purpose->basis_recipient})
      writer_.begin_object().member("@type", article_of(*basis)).member("dct:description", *basis).end_object();
    writer_.end_array();
  }

  // "GDPR art. 6(1)(e); ..." -> "eu-gdpr:A6-1-e"
  static std::string article_of(std::string_view basis) {
    constexpr std::string_view article = "GDPR art. 6(1)(";
    const bool known = basis.starts_with(article) && basis.size() > article.size() &&
                       std::string_view("abcdef").find(basis[article.size()]) != std::string_view::npos;
    return known ? std::string("eu-gdpr:A6-1-") + basis[article.size()] : "dpv:LegalBasis";
  }

  void write_notice() {
    const auto& notice = receipt_.stated.statement.notice;
    writer_.key("dpv:hasNotice")
        .begin_object()
        .member("@id", "urn:ketenpoort:notice:" + notice.id + ':' + notice.version)
        .member("@type", "dpv:ConsentNotice")
        .member("dct:identifier", notice.id)
        .member("dct:hasVersion", notice.version)
        .member("dct:language", notice.language)
        .member("schema:sha256", to_hex(notice.sha256))
        .end_object();
  }

  void write_statuses() {
    const auto& stated = receipt_.stated;
    writer_.key("dpv:hasConsentStatus").begin_array();
    write_status(stated.given ? "dpv:ConsentGiven" : "dpv:ConsentRefused", to_iso(stated.statement.expressed.on),
                 stated.statement.categories, method());
    for (const auto& withdrawal : receipt_.withdrawals)
      write_status("dpv:ConsentWithdrawn", to_iso(date_in_brussels(withdrawal.at)), withdrawal.categories, {});
    const auto& until = stated.statement.valid_until;
    if (stated.given && until && *until < today_ && !receipt_.row.remaining.empty())
      write_status("dpv:ConsentExpired", to_iso(add_days(*until, 1)), receipt_.row.remaining, {});
    writer_.end_array();
  }

  void write_status(std::string_view type, const std::string& on, const CategorySet& categories,
                    const std::string& how) {
    writer_.begin_object()
        .member("@type", type)
        .member("dpv:isIndicatedBy", "dpv:DataSubject")
        .member("dpv:isIndicatedAtTime", on);
    if (!how.empty()) writer_.member("dpv:hasIndicationMethod", how);
    writer_.key("dct:coverage").begin_array();
    for (const auto category : categories.list()) writer_.value(to_text(category));
    writer_.end_array().end_object();
  }

  // "HEARD, interpreter PHONE SOCIAL; ORAL_BEFORE_WITNESS": how it was explained and how it was expressed.
  [[nodiscard]] std::string method() const {
    const auto& statement = receipt_.stated.statement;
    std::string out = statement.explained.how;
    if (statement.explained.interpreter_mode) out += ", interpreter " + *statement.explained.interpreter_mode;
    if (statement.explained.interpreter_kind) out += ' ' + *statement.explained.interpreter_kind;
    return out + "; " + statement.expressed.how;
  }

  void write_rights() {
    writer_.key("dpv:hasConsentControl")
        .begin_object()
        .member("@type", "dpv:WithdrawConsent")
        .member("dpv:isExercisedAt", self_ + "/withdraw")
        .end_object();
    writer_.key("dpv:hasRight").begin_object().member("@type", "eu-gdpr:A7-3").end_object();
  }

  JsonWriter writer_;
  const exchange::Terms& terms_;
  const Receipt& receipt_;
  std::string self_;
  Date today_;
};

// Two or three letters, as of ISO 639, and no more: what stands in a page must not come from a query unseen.
bool is_language(std::string_view text) {
  return (text.size() == 2 || text.size() == 3) &&
         std::ranges::all_of(text, [](char c) { return c >= 'a' && c <= 'z'; });
}

// The words of the page: those asked for, else the language in which it was explained, else what the caller reads.
struct Chosen {
  const LanguageTexts* words = nullptr;
  std::string_view missing;  // the language there are no words in; empty where there are
};
Chosen choose_words(const Texts& texts, const Request& request, std::string_view asked, std::string_view explained_in) {
  const auto wanted = asked.empty() ? explained_in : asked;
  const auto* words = wanted.size() == 3 ? texts.find_code(wanted) : texts.find(wanted);
  const bool writes_receipts = words != nullptr && !words->receipt.empty();
  return writes_receipts ? Chosen{words, {}} : Chosen{words_for(texts, request), wanted};
}

void answer_page(const ApiDependencies& dependencies, const Call& call, const Receipt& receipt, std::string_view asked,
                 Date today) {
  const auto running = dependencies.configuration->get();
  const auto chosen = choose_words(running->texts, call.request, asked, receipt.stated.statement.notice.language);
  if (chosen.words == nullptr) return call.refuse({ErrorCode::internal, "there are no texts"});
  auto page = render_page(*chosen.words, chosen.missing, *dependencies.facilities.terms.get(), receipt, today);
  call.reply({200,
              "text/html; charset=utf-8",
              std::move(page.html),
              {{"Cache-Control", "no-store"},
               {"Content-Language", chosen.words->tag},
               {"Content-Security-Policy", std::move(page.security_policy)},
               {"Vary", "Accept, Accept-Language"}}});
}

void show_receipt(const ApiDependencies& dependencies, const Call& call) {
  const Error unknown{ErrorCode::not_found, "no consent has this id"};
  const auto query = parse_query(call.request.query, {"lang"});
  if (!query) return call.refuse(query.error(), InputPart::query);
  const auto lang = query->find("lang");
  if (lang != query->end() && !is_language(lang->second))
    return call.refuse(
        refuse_parameter("lang", "a language of two or three small letters (ISO 639), as in nl or ara").value(),
        InputPart::query);
  constexpr std::array forms = {as_jsonld, as_html};
  const auto form = choose_representation({}, Accept(call.request), forms);
  const auto id = parse_uuid(call.parts.front());
  if (!id) return call.refuse(unknown, InputPart::path);
  const auto found = find_receipt(dependencies, *id);
  if (!found) return call.refuse(found.error());
  if (!*found) return call.refuse(unknown, InputPart::path);
  const auto today = date_in_brussels(dependencies.facilities.clock.now());
  if (form->name == as_html.name)
    return answer_page(dependencies, call, **found, lang == query->end() ? std::string_view{} : lang->second, today);
  call.reply({200,
              "application/ld+json",
              render_json_ld(*dependencies.facilities.terms.get(), **found, call.base, today),
              {{"Cache-Control", "no-store"}, {"Vary", "Accept, Accept-Language"}}});
}

}  // namespace

std::vector<Receipt::Body> Receipt::bodies() const {
  std::vector<Body> out;
  for (const auto& agreement : agreements) {
    if (std::ranges::find(out, agreement.recipient_body, &Body::number) != out.end()) continue;
    const auto party = std::ranges::find(agreement.parties, agreement.recipient_body, &Party::body);
    out.push_back({agreement.recipient_body, party == agreement.parties.end() ? std::string() : party->name});
  }
  return out;
}

std::string render_json_ld(const exchange::Terms& terms, const Receipt& receipt, const std::string& base, Date today) {
  std::string json;
  Writer(json, terms, receipt, base, today).write();
  return json;
}

void add_receipt_routes(const ApiDependencies& dependencies, std::vector<Route>& routes) {
  routes.push_back({.method = "GET",
                    .path = "/consents/{id}/receipt",
                    .scope = "consents",
                    .run = on_workers(dependencies, show_receipt),
                    .takes_query = true,
                    .produces = {as_jsonld.media_type, as_html.media_type}});
}

}  // namespace ketenpoort::api
