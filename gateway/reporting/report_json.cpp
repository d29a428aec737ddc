// The access report for programs: codes, with the words of one language beside them.
#include "gateway/base/bytes.hpp"
#include "gateway/base/utf8.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/ledger/entry/entry.hpp"
#include "gateway/reporting/csv_line.hpp"
#include "gateway/reporting/report_language.hpp"
#include "gateway/reporting/subject_report.hpp"
#include "gateway/reporting/words.hpp"

namespace ketenpoort::reporting {
namespace {

using formats::JsonWriter;

class Writer {
 public:
  Writer(std::string& json, const SubjectReport& report, const ReportTerms& terms, const ReportLanguage& language)
      : w_(json), r_(report), t_(terms), language_(language) {}

  void write() {
    w_.begin_object()
        .member("self", t_.base + "/audit/subjects/" + ledger::to_text(r_.ref) + "/report")
        .member("ref", ledger::to_text(r_.ref))
        .member("generatedAt", to_rfc3339(r_.made))
        .member("language", language_.tag());
    if (const auto note = language_.translation_note(); !note.empty()) w_.member("translationNote", note);
    w_.member("state", r_.erased ? "ERASED" : r_.restricted ? "RESTRICTED" : "ACTIVE");
    w_.key("controller").begin_object().member("organisation", t_.terms.organisation);
    if (r_.controller) w_.member("name", r_.controller->name).member("contact", r_.controller->dpo);
    w_.end_object();
    write_erasures();
    write_purposes();
    write_recipients();
    write_transfers();
    write_consents();
    write_notifications();
    write_requests();
    write_sources();
    write_categories("categoriesKept", r_.held);
    write_events();
    write_looks();
    write_retention();
    write_rights();
    w_.member("automatedDecisions", text(Phrase::automated)).member("thirdCountries", text(Phrase::abroad));
    write_values();
    w_.end_object();
  }

 private:
  [[nodiscard]] std::string_view text(Phrase phrase) const { return language_.say(phrase); }

  void write_code(std::string_view key, std::string_view code, Vocabulary vocabulary) {
    w_.member(key, code).member(std::string(key) + "Text", language_.say(vocabulary, code));
  }

  void write_categories(std::string_view key, const CategorySet& categories) {
    w_.key(key).begin_array();
    for (const auto category : categories.list())
      w_.begin_object()
          .member("category", to_text(category))
          .member("label", language_.name(category, t_.terms))
          .end_object();
    w_.end_array();
  }

  void write_reasons(const std::vector<Reason>& reasons) {
    w_.key("reasons").begin_array();
    for (const auto reason : reasons)
      w_.begin_object().member("reason", to_text(reason)).member("text", language_.say(reason)).end_object();
    w_.end_array();
  }

  void write_erasures() {
    if (r_.erasures.empty()) return;
    w_.key("erasures").begin_array();
    for (const auto& erasure : r_.erasures) {
      w_.begin_object().member("at", to_rfc3339(erasure.at)).key("destroyed").begin_array();
      for (const auto& name : erasure.classes)
        w_.begin_object().member("data", name).member("text", language_.say(Vocabulary::data, name)).end_object();
      w_.end_array().key("kept").begin_array();
      for (const auto& kept : erasure.kept) {
        w_.begin_object().member("data", kept.key_class);
        write_code("ground", kept.ground, Vocabulary::ground);
        w_.end_object();
      }
      w_.end_array().end_object();
    }
    w_.end_array();
  }

  void write_purposes() {
    w_.key("purposes").begin_array();
    for (const auto& [id, purpose] : r_.purposes)
      w_.begin_object()
          .member("purpose", id)
          .member("text", language_.name_of_purpose(id))
          .member("recipient", purpose.recipient)
          .member("basisSender", purpose.basis_sender)
          .member("basisRecipient", purpose.basis_recipient)
          .member("consentRequired", purpose.consent_required)
          .end_object();
    w_.end_array();
  }

  void write_recipients() {
    w_.key("recipients").begin_array();
    for (const auto& holding : holdings_of(r_)) {
      w_.begin_object().member("recipient", holding.recipient).member("organisation", holding.body);
      if (!holding.name.empty()) w_.member("name", holding.name);
      w_.member("received", holding.certain ? "YES" : "PERHAPS")
          .member("firstAt", to_rfc3339(holding.first))
          .member("lastAt", to_rfc3339(holding.last));
      w_.key("purposes").begin_array();
      for (const auto& purpose : holding.purposes) w_.value(purpose);
      w_.end_array();
      write_categories("categories", holding.categories);
      w_.end_object();
    }
    w_.end_array();
  }

  void write_transfers() {
    w_.key("transfers").begin_array();
    for (const auto& transfer : r_.transfers) {
      w_.begin_object()
          .member("id", transfer.id.text())
          .member("recipient", transfer.recipient)
          .member("purpose", transfer.purpose)
          .member("message", transfer.message)
          .member("requestedAt", to_rfc3339(transfer.requested))
          .member("state", to_text(transfer.state))
          .member("stateText", language_.say(transfer.state));
      write_decisions(transfer);
      w_.key("sent").begin_array();
      for (const auto& sending : transfer.sendings) write_sending(sending);
      w_.end_array();
      write_outcomes(transfer);
      w_.end_object();
    }
    w_.end_array();
  }

  void write_decisions(const ReportedTransfer& transfer) {
    w_.key("decisions").begin_array();
    for (const auto& decision : transfer.decisions) {
      w_.begin_object().member("at", to_rfc3339(decision.at)).member("state", to_text(decision.state));
      if (decision.held_until) w_.member("heldUntil", to_iso(*decision.held_until));
      write_reasons(decision.reasons);
      w_.end_object();
    }
    w_.end_array();
  }

  void write_sending(const ReportedSending& sending) {
    w_.begin_object()
        .member("at", to_rfc3339(sending.at))
        .member("attempt", sending.attempt)
        .member("organisation", sending.recipient_body)
        .member("arrived", sending.delivered || sending.acknowledged ? "YES"
                           : sending.arrived()                       ? "PERHAPS"
                                                                     : "NO");
    if (sending.delivered) w_.member("deliveredAt", to_rfc3339(*sending.delivered));
    if (sending.acknowledged) w_.member("acknowledgedAt", to_rfc3339(*sending.acknowledged));
    if (!sending.reference.empty()) w_.member("reference", sending.reference);
    write_categories("categories", sending.categories);
    w_.key("leftOut").begin_array();
    for (const auto& left : sending.left_out) {
      w_.begin_object()
          .member("category", to_text(left.category))
          .member("label", language_.name(left.category, t_.terms));
      write_code("reason", left.reason, Vocabulary::left_out);
      w_.end_object();
    }
    w_.end_array().key("ground").begin_object().member("basis", sending.basis);
    if (sending.agreement) {
      const auto& agreement = *sending.agreement;
      w_.key("agreement")
          .begin_object()
          .member("id", agreement.id)
          .member("type", agreement.type)
          .member("validFrom", to_iso(agreement.valid_from));
      if (agreement.valid_until) w_.member("validUntil", to_iso(*agreement.valid_until));
      if (!agreement.publication_url.empty()) w_.member("publication", agreement.publication_url);
      w_.end_object();
    }
    if (sending.consent) w_.member("consent", sending.consent->text());
    w_.end_object().end_object();
  }

  void write_outcomes(const ReportedTransfer& transfer) {
    w_.key("outcomes").begin_array();
    for (const auto& outcome : transfer.outcomes) {
      w_.begin_object()
          .member("id", outcome.id.text())
          .member("at", to_rfc3339(outcome.at))
          .member("state", outcome.taken ? "RECEIVED" : "REJECTED");
      if (outcome.taken) {
        write_code("status", outcome.status, Vocabulary::status);
        write_code("kind", outcome.kind, Vocabulary::outcome_kind);
      } else {
        write_reasons(outcome.reasons);
      }
      if (outcome.on) w_.member("on", to_iso(*outcome.on));
      w_.end_object();
    }
    w_.end_array();
  }

  void write_consents() {
    w_.key("consents").begin_array();
    for (const auto& consent : r_.consents) {
      const auto& said = consent.statement;
      w_.begin_object()
          .member("id", said.consent.text())
          .member("at", to_rfc3339(consent.at))
          .member("decision", consent.given ? "GIVEN" : "REFUSED")
          .member("purpose", said.purpose)
          .member("recipient", said.recipient);
      write_categories("categories", said.categories);
      write_categories("remaining", consent.superseded ? CategorySet{} : consent.remaining);
      if (said.valid_until) w_.member("validUntil", to_iso(*said.valid_until));
      w_.member("superseded", consent.superseded);
      w_.key("notice")
          .begin_object()
          .member("id", said.notice.id)
          .member("version", said.notice.version)
          .member("language", said.notice.language)
          .end_object();
      w_.member("explained", said.explained.how);
      if (said.explained.interpreter_mode) w_.member("interpreter", *said.explained.interpreter_mode);
      w_.member("expressed", said.expressed.how).member("expressedOn", to_iso(said.expressed.on));
      w_.member("representative", said.representative.has_value());
      w_.key("withdrawals").begin_array();
      for (const auto& withdrawal : consent.withdrawals) {
        w_.begin_object().member("at", to_rfc3339(withdrawal.at));
        write_categories("categories", withdrawal.categories);
        w_.end_object();
      }
      w_.end_array().end_object();
    }
    w_.end_array();
  }

  void write_notifications() {
    w_.key("notifications").begin_array();
    for (const auto& told : r_.notifications) {
      w_.begin_object().member("at", to_rfc3339(told.at)).member("recipient", told.recipient);
      write_code("cause", told.cause, Vocabulary::cause);
      w_.member("deadline", to_iso(told.deadline));
      if (told.replied) {
        w_.member("repliedAt", to_rfc3339(*told.replied));
        write_code("reply", told.reply, Vocabulary::reply);
        if (told.ground) write_code("ground", *told.ground, Vocabulary::ground);
      }
      w_.end_object();
    }
    w_.end_array();
  }

  void write_requests() {
    w_.key("requests").begin_array();
    for (const auto& request : r_.requests) {
      w_.begin_object()
          .member("id", request.id.text())
          .member("at", to_rfc3339(request.at))
          .member("article", request.article)
          .member("text", language_.say_right(request.article))
          .member("deadline", to_iso(request.deadline))
          .member("state", request.closed ? "CLOSED" : "OPEN");
      if (request.closed) {
        w_.member("closedAt", to_rfc3339(*request.closed));
        write_code("outcome", request.outcome, Vocabulary::request_outcome);
      }
      w_.end_object();
    }
    w_.end_array();
  }

  void write_sources() {
    w_.key("sources").begin_array();
    for (const auto& source : r_.sources)
      w_.begin_object()
          .member("record", source.record.text())
          .member("at", to_rfc3339(source.at))
          .member("system", source.system)
          .member("organisation", source.organisation)
          .member("centre", source.centre)
          .member("kept", source.is_kept())
          .member("ofAnotherPerson", source.is_anothers)
          .end_object();
    w_.end_array();
  }

  void write_events() {
    w_.key("events").begin_array();
    for (const auto& event : r_.events) {
      w_.begin_object().member("at", to_rfc3339(event.at));
      write_code("kind", event.kind, Vocabulary::event);
      if (!event.ground.empty()) write_code("ground", event.ground, Vocabulary::ground);
      w_.end_object();
    }
    w_.end_array();
  }

  void write_looks() {
    w_.key("consultations").begin_array();
    for (const auto& look : r_.looks) {
      w_.begin_object().member("at", to_rfc3339(look.at)).member("kind", look.kind);
      write_code("purpose", look.purpose, Vocabulary::purpose);
      w_.end_object();
    }
    w_.end_array();
  }

  void write_retention() {
    w_.key("retention").begin_array();
    for (const auto& rule : t_.retention) {
      w_.begin_object();
      write_code("data", rule.data, Vocabulary::data);
      w_.member("days", rule.keep.count());
      write_code("from", rule.from, Vocabulary::from);
      w_.member("source", rule.source).end_object();
    }
    w_.end_array();
  }

  void write_rights() {
    constexpr unsigned first = 15;
    constexpr unsigned last = 21;
    w_.key("rights").begin_object().key("articles").begin_array();
    for (unsigned article = first; article <= last; ++article)
      w_.begin_object().member("article", article).member("text", language_.say_right(article)).end_object();
    w_.end_array().member("withdrawal", text(Phrase::withdraw_right)).member("complaint", text(Phrase::complaint));
    w_.end_object();
  }

  // Every value that is kept, as it came in and as it went out.
  void write_values() {
    if (!r_.with_values) return static_cast<void>(w_.member("valuesNote", text(Phrase::values_not_here)));
    w_.key("values").begin_object().key("records").begin_array();
    for (const auto& source : r_.sources)
      if (!source.json.empty())
        w_.begin_object().member("record", source.record.text()).key("data").raw_value(source.json).end_object();
    w_.end_array().key("messages").begin_array();
    for (const auto& message : r_.messages) {
      w_.begin_object().member("transfer", message.transfer.text()).member("contentType", message.content_type);
      if (is_valid_utf8(message.content))
        w_.member("content", message.content);
      else
        w_.member("contentBase64", to_base64(as_bytes(message.content)));
      w_.end_object();
    }
    w_.end_array().key("outcomes").begin_array();
    for (const auto& [id, json] : r_.outcome_values)
      w_.begin_object().member("outcome", id.text()).key("data").raw_value(json).end_object();
    w_.end_array().end_object();
  }

  JsonWriter w_;
  const SubjectReport& r_;
  const ReportTerms& t_;
  const ReportLanguage& language_;
};

}  // namespace

std::string render_json(const SubjectReport& report, const ReportTerms& terms, const ReportLanguage& language) {
  std::string json;
  Writer(json, report, terms, language).write();
  return json;
}

std::string recipients_as_json(const SubjectReport& report, const ReportTerms& terms, const std::string& self,
                               const ReportLanguage& language) {
  std::string json;
  JsonWriter w(json);
  w.begin_object()
      .member("self", self)
      .member("ref", ledger::to_text(report.ref))
      .member("report", terms.base + "/audit/subjects/" + ledger::to_text(report.ref) + "/report")
      .key("items")
      .begin_array();
  for (const auto& holding : holdings_of(report)) {
    w.begin_object().member("recipient", holding.recipient).member("organisation", holding.body);
    if (!holding.name.empty()) w.member("name", holding.name);
    w.member("received", holding.certain ? "YES" : "PERHAPS").member("lastAt", to_rfc3339(holding.last));
    w.key("purposes").begin_array();
    for (const auto& purpose : holding.purposes) w.value(purpose);
    w.end_array().key("categories").begin_array();
    for (const auto& name : holding.categories.names()) w.value(name);
    w.end_array().key("categoryLabels").begin_array();
    for (const auto category : holding.categories.list()) w.value(language.name(category, terms.terms));
    w.end_array().key("notifications").begin_array();
    for (const auto* told : holding.notifications) {
      w.begin_object()
          .member("at", to_rfc3339(told->at))
          .member("cause", told->cause)
          .member("deadline", to_iso(told->deadline))
          .member("state", told->replied                                    ? "ANSWERED"
                           : told->deadline < date_in_brussels(report.made) ? "OVERDUE"
                                                                            : "OPEN");
      if (told->replied) w.member("reply", told->reply);
      if (told->ground) w.member("ground", *told->ground);
      w.end_object();
    }
    w.end_array().end_object();
  }
  w.end_array().end_object();
  return json;
}

std::string recipients_as_csv(const SubjectReport& report) {
  const auto joined = [](const std::vector<std::string>& names) {
    std::string out;
    for (const auto& name : names) out += (out.empty() ? "" : " ") + name;
    return out;
  };
  std::string out;
  append_csv_line(out, {"recipient", "organisation", "name", "received", "lastAt", "purposes", "categories", "cause",
                        "deadline", "reply"});
  for (const auto& holding : holdings_of(report)) {
    const std::vector<std::string> begin = {holding.recipient,
                                            holding.body,
                                            holding.name,
                                            holding.certain ? "YES" : "PERHAPS",
                                            to_rfc3339(holding.last),
                                            joined(holding.purposes),
                                            joined(holding.categories.names())};
    const auto add = [&](const std::string& cause, const std::string& deadline, const std::string& reply) {
      auto line = begin;
      line.insert(line.end(), {cause, deadline, reply});
      append_csv_line(out, line);
    };
    for (const auto* told : holding.notifications) add(told->cause, to_iso(told->deadline), told->reply);
    if (holding.notifications.empty()) add({}, {}, {});
  }
  return out;
}

}  // namespace ketenpoort::reporting
