// The access report as linked data: one record for each transfer and each consent, in terms of the Data Privacy
// Vocabulary.
#include "gateway/ledger/entry/entry.hpp"
#include "gateway/reporting/linked_data.hpp"
#include "gateway/reporting/subject_report.hpp"

namespace ketenpoort::reporting {
namespace {

using formats::JsonWriter;

std::string_view status_of(TransferState state) {
  switch (state) {
    case TransferState::requested:
    case TransferState::held:
      return "dpv:ActivityProposed";
    case TransferState::permitted:
    case TransferState::failed:
      return "dpv:ActivityOngoing";
    case TransferState::delivered:
    case TransferState::acknowledged:
      return "dpv:ActivityCompleted";
    case TransferState::refused:
    case TransferState::abandoned:
    case TransferState::cancelled:
      break;
  }
  return "dpv:ActivityNotCompleted";
}

class Writer {
 public:
  Writer(std::string& json, const SubjectReport& report, const ReportTerms& terms)
      : w_(json), r_(report), t_(terms), self_(terms.base + "/audit/subjects/" + ledger::to_text(report.ref)) {}

  void write() {
    w_.begin_object().key("@context").raw_value(linked_data_context);
    w_.member("@id", self_ + "/report")
        .member("@type", "eu-gdpr:SARNotice")
        .member("dct:created", to_rfc3339(r_.made))
        .member("dpv:hasDataSubject", "urn:ketenpoort:subject:" + ledger::to_text(r_.ref))
        .member("dpv:hasDataController", organisation_iri(t_.terms.organisation))
        .member("dpv:hasJurisdiction", "loc:BE");
    write_linked_categories(w_, r_.held, t_.terms);
    write_sources();
    write_storage();
    w_.key("dpv:hasRecordOfActivity").begin_array();
    for (const auto& transfer : r_.transfers) write_transfer(transfer);
    for (const auto& consent : r_.consents) write_consent(consent);
    w_.end_array();
    write_rights();
    write_values();
    w_.end_object();
  }

 private:
  void write_sources() {
    w_.key("dpv:hasDataSource").begin_array();
    for (const auto& source : r_.sources)
      w_.begin_object()
          .member("@id", organisation_iri(source.organisation))
          .member("dct:identifier", source.record.text())
          .member("dct:title", source.system)
          .member("dct:date", to_rfc3339(source.at))
          .end_object();
    w_.end_array();
  }

  void write_storage() {
    w_.key("dpv:hasStorageCondition").begin_array();
    for (const auto& rule : t_.retention)
      w_.begin_object()
          .member("@type", "dpv:StorageDuration")
          .member("dct:identifier", rule.data)
          .member("dct:extent", "P" + std::to_string(rule.keep.count()) + "D")
          .member("dct:description", rule.from)
          .member("dct:source", rule.source)
          .end_object();
    w_.end_array();
  }

  void write_bases(const std::string& purpose) {
    const auto found = r_.purposes.find(purpose);
    if (found == r_.purposes.end()) return;
    w_.key("dpv:hasLegalBasis").begin_array();
    write_legal_basis(w_, found->second.basis_sender);
    write_legal_basis(w_, found->second.basis_recipient);
    w_.end_array();
  }

  void write_purpose(const std::string& purpose) {
    w_.key("dpv:hasPurpose")
        .begin_object()
        .member("@id", "urn:ketenpoort:purpose:" + purpose)
        .member("dct:identifier", purpose)
        .end_object();
  }

  void write_transfer(const ReportedTransfer& transfer) {
    const auto* sending = transfer.last_arrived();
    w_.begin_object()
        .member("@id", "urn:uuid:" + transfer.id.text())
        .member("@type", "dpv:DataTransferRecord")
        .member("dct:identifier", transfer.id.text())
        .member("dct:created", to_rfc3339(transfer.requested))
        .member("dpv:hasActivityStatus", status_of(transfer.state));
    w_.key("dpv:hasProcess").begin_object().member("@type", "dpv:Process");
    w_.member("dpv:hasProcessing", "dpv:Transmit");
    write_purpose(transfer.purpose);
    w_.key("dpv:hasRecipient").begin_object();
    if (sending != nullptr) w_.member("@id", organisation_iri(sending->recipient_body));
    w_.member("dct:identifier", transfer.recipient).end_object();
    write_linked_categories(w_, sending == nullptr ? CategorySet{} : sending->categories, t_.terms);
    write_bases(transfer.purpose);
    if (sending != nullptr) w_.member("dct:date", to_rfc3339(sending->at));
    w_.end_object();
    w_.key("dct:description").begin_array();
    for (const auto& decision : transfer.decisions)
      for (const auto reason : decision.reasons) w_.value(to_text(reason));
    w_.end_array().end_object();
  }

  void write_consent(const ReportedConsent& consent) {
    const auto& said = consent.statement;
    w_.begin_object()
        .member("@id", "urn:uuid:" + said.consent.text())
        .member("@type", "dpv:ConsentRecord")
        .member("dct:identifier", said.consent.text());
    w_.key("dpv:hasProcess").begin_object().member("@type", "dpv:Process");
    write_purpose(said.purpose);
    w_.key("dpv:hasRecipient").begin_object().member("dct:identifier", said.recipient).end_object();
    write_linked_categories(w_, said.categories, t_.terms);
    write_bases(said.purpose);
    w_.end_object().key("dpv:hasConsentStatus").begin_array();
    w_.begin_object()
        .member("@type", consent.given ? "dpv:ConsentGiven" : "dpv:ConsentRefused")
        .member("dpv:isIndicatedAtTime", to_iso(said.expressed.on))
        .end_object();
    for (const auto& withdrawal : consent.withdrawals)
      w_.begin_object()
          .member("@type", "dpv:ConsentWithdrawn")
          .member("dpv:isIndicatedAtTime", to_rfc3339(withdrawal.at))
          .end_object();
    w_.end_array().end_object();
  }

  void write_rights() {
    w_.key("dpv:hasRight").begin_array();
    for (const auto* right :
         {"eu-gdpr:A15", "eu-gdpr:A16", "eu-gdpr:A17", "eu-gdpr:A18", "eu-gdpr:A21", "eu-gdpr:A77", "eu-gdpr:A7-3"})
      w_.begin_object().member("@type", right).end_object();
    w_.end_array();
  }

  void write_values() {
    if (!r_.with_values) return;
    w_.key("dct:hasPart").begin_array();
    const auto part = [this](const std::string& id, std::string_view format, std::string_view text) {
      w_.begin_object()
          .member("dct:identifier", id)
          .member("dct:format", format)
          .member("schema:text", text)
          .end_object();
    };
    for (const auto& source : r_.sources)
      if (!source.json.empty()) part(source.record.text(), "application/json", source.json);
    for (const auto& message : r_.messages) part(message.transfer.text(), message.content_type, message.content);
    for (const auto& [id, json] : r_.outcome_values) part(id.text(), "application/json", json);
    w_.end_array();
  }

  JsonWriter w_;
  const SubjectReport& r_;
  const ReportTerms& t_;
  std::string self_;
};

}  // namespace

std::string render_jsonld(const SubjectReport& report, const ReportTerms& terms) {
  std::string json;
  Writer(json, report, terms).write();
  return json;
}

}  // namespace ketenpoort::reporting
