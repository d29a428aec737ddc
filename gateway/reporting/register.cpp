#include "gateway/reporting/register.hpp"

#include <algorithm>
#include <set>

#include "gateway/base/bytes.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/reporting/csv_line.hpp"
#include "gateway/reporting/linked_data.hpp"

namespace ketenpoort::reporting {
namespace {

using formats::JsonWriter;
using ledger::History;

bool is_in_force(const Agreement& agreement, Date on) {
  return agreement.valid_from <= on && (!agreement.valid_until || on <= *agreement.valid_until);
}

// What comes back is for the controller itself: the agreements of direction "back" are its ground, one for each
// partner.
std::vector<Agreement> agreements_for(const History& history, const config::Configuration& configuration,
                                      const Purpose& purpose, Date on) {
  std::set<std::string> parties{purpose.recipient};
  for (const auto& partner : configuration.partners) parties.insert(partner.recipient);
  std::vector<Agreement> out;
  for (const auto& party : parties)
    for (const auto* agreement : history.agreements_with(party)) {
      const auto& value = agreement->value;
      const bool is_other = party != purpose.recipient && value.direction != "back";
      if (agreement->current && !is_other && is_in_force(value, on) &&
          std::ranges::find(value.purposes, purpose.id) != value.purposes.end())
        out.push_back(value);
    }
  return out;
}

RegisteredPurposeLine line_of(const History& history, const config::Configuration& configuration,
                              const Purpose& purpose, Date on) {
  RegisteredPurposeLine out{purpose, {purpose.recipient, agreements_for(history, configuration, purpose, on), {}}};
  for (const auto* mapping : history.mappings())
    if (mapping->current && mapping->value.recipient == purpose.recipient &&
        std::ranges::find(mapping->value.purposes, purpose.id) != mapping->value.purposes.end())
      out.recipient.mappings.push_back(mapping->value);
  return out;
}

std::set<std::string> measures_of(const ActivityLine& line) {
  std::set<std::string> out{line.activity.security};
  for (const auto& purpose : line.purposes)
    for (const auto& agreement : purpose.recipient.agreements)
      out.insert(agreement.measures.begin(), agreement.measures.end());
  return out;
}

template <class Texts>
std::string joined(const Texts& texts, std::string_view between = "; ") {
  std::string out;
  for (const auto& text : texts) out.append(out.empty() ? std::string_view{} : between).append(text);
  return out;
}

class Writer {
 public:
  Writer(std::string& json, const ActivityRegister& lines, const exchange::Terms& terms)
      : w_(json), r_(lines), t_(terms) {}

  void write(const std::string& self) {
    w_.begin_object()
        .member("self", self)
        .member("on", to_iso(r_.on))
        .member("controller", t_.organisation)
        .key("items")
        .begin_array();
    for (const auto& line : r_.activities) write_activity(line);
    w_.end_array();
    w_.end_object();
  }

 private:
  void write_texts(std::string_view key, const auto& texts) {
    w_.key(key).begin_array();
    for (const auto& text : texts) w_.value(text);
    w_.end_array();
  }

  void write_categories(std::string_view key, const CategorySet& categories) {
    w_.key(key).begin_array();
    for (const auto category : categories.list()) {
      w_.begin_object().member("category", to_text(category));
      const auto words = t_.categories.find(category);
      if (words != t_.categories.end()) {
        w_.key("label").begin_object();
        for (const auto& [language, text] : words->second.labels) w_.member(language, text);
        w_.end_object();
      }
      w_.member("special", r_.special.contains(category)).end_object();
    }
    w_.end_array();
  }

  void write_activity(const ActivityLine& line) {
    w_.begin_object()
        .member("id", line.activity.id)
        .member("version", line.activity.version)
        .member("name", line.activity.name)
        .member("controller", line.activity.controller);
    w_.key("purposes").begin_array();
    for (const auto& purpose : line.purposes) write_purpose(purpose);
    w_.end_array();
    write_texts("recipients", line.activity.recipients);
    write_texts("dataSubjects", line.activity.data_subjects);
    w_.key("thirdCountries").begin_array().end_array();
    w_.key("retention").begin_object().member("text", line.activity.retention).key("terms").begin_array();
    for (const auto& rule : r_.retention)
      w_.begin_object()
          .member("data", rule.data)
          .member("days", rule.keep.count())
          .member("from", rule.from)
          .member("source", rule.source)
          .end_object();
    w_.end_array().end_object();
    write_texts("securityMeasures", measures_of(line));
    w_.end_object();
  }

  void write_purpose(const RegisteredPurposeLine& line) {
    const auto& purpose = line.purpose;
    w_.begin_object().member("purpose", purpose.id).member("recipient", purpose.recipient);
    w_.key("legalBasis")
        .begin_object()
        .member("sender", purpose.basis_sender)
        .member("recipient", purpose.basis_recipient)
        .end_object();
    w_.member("consentRequired", purpose.consent_required).member("validFrom", to_iso(purpose.valid_from));
    if (purpose.valid_until) w_.member("validUntil", to_iso(*purpose.valid_until));
    write_categories("dataCategories", line.categories());
    w_.key("agreements").begin_array();
    for (const auto& agreement : line.recipient.agreements) write_agreement(agreement);
    w_.end_array().key("mappings").begin_array();
    for (const auto& mapping : line.recipient.mappings)
      w_.begin_object()
          .member("name", mapping.mapping)
          .member("version", mapping.version)
          .member("message", mapping.message)
          .member("sha256", to_hex(mapping.hash))
          .end_object();
    w_.end_array().end_object();
  }

  void write_agreement(const Agreement& agreement) {
    w_.begin_object()
        .member("id", agreement.id)
        .member("type", agreement.type)
        .member("direction", agreement.direction)
        .member("sample", agreement.sample)
        .member("validFrom", to_iso(agreement.valid_from));
    if (agreement.valid_until) w_.member("validUntil", to_iso(*agreement.valid_until));
    w_.key("parties").begin_array();
    for (const auto& party : agreement.parties)
      w_.begin_object()
          .member("organisation", party.body)
          .member("name", party.name)
          .member("role", party.role)
          .member("dpo", party.dpo)
          .end_object();
    w_.end_array();
    if (!agreement.publication_url.empty()) w_.member("publication", agreement.publication_url);
    if (!agreement.retention.empty()) w_.member("retention", agreement.retention);
    w_.end_object();
  }

  JsonWriter w_;
  const ActivityRegister& r_;
  const exchange::Terms& t_;
};

void write_linked_purpose(JsonWriter& w, const RegisteredPurposeLine& line, const exchange::Terms& terms) {
  w.begin_object().member("@type", "dpv:Process");
  w.key("dpv:hasPurpose")
      .begin_object()
      .member("@id", "urn:ketenpoort:purpose:" + line.purpose.id)
      .member("dct:identifier", line.purpose.id)
      .end_object();
  w.member("dpv:hasProcessing", "dpv:Transmit");
  write_linked_categories(w, line.categories(), terms);
  w.key("dpv:hasRecipient").begin_array();
  std::set<std::string> named;
  for (const auto& agreement : line.recipient.agreements) {
    if (!named.insert(agreement.recipient_body).second) continue;
    w.begin_object().member("@id", organisation_iri(agreement.recipient_body));
    w.member("dct:identifier", agreement.recipient).end_object();
  }
  if (named.empty()) w.begin_object().member("dct:identifier", line.purpose.recipient).end_object();
  w.end_array().key("dpv:hasLegalBasis").begin_array();
  write_legal_basis(w, line.purpose.basis_sender);
  write_legal_basis(w, line.purpose.basis_recipient);
  w.end_array().end_object();
}

}  // namespace

CategorySet RegisteredRecipient::sendable() const {
  CategorySet out;
  for (const auto& mapping : mappings) out = out | mapping.categories;
  return out;
}

CategorySet RegisteredPurposeLine::categories() const {
  CategorySet covered;
  for (const auto& agreement : recipient.agreements) covered = covered | agreement.categories;
  const auto allowed = purpose.allowed() & covered;
  auto sendable = recipient.sendable();
  sendable.insert(Category::outcome);  // what comes back is sent by the partner
  return allowed & sendable;
}

ActivityRegister make_register(const History& history, const config::Configuration& configuration, Date on) {
  ActivityRegister out;
  out.on = on;
  out.retention = configuration.retention;
  for (const auto& category : configuration.categories)
    if (category.special) out.special.insert(category.category);
  for (const auto& activity : configuration.activities) {
    ActivityLine line{activity, {}};
    for (const auto& id : activity.purposes)
      for (const auto& recipient : activity.recipients)
        if (const auto* purpose = history.find_purpose(id, recipient, on))
          line.purposes.push_back(line_of(history, configuration, purpose->value, on));
    out.activities.push_back(std::move(line));
  }
  return out;
}

std::string register_as_json(const ActivityRegister& lines, const exchange::Terms& terms, const std::string& self) {
  std::string json;
  Writer(json, lines, terms).write(self);
  return json;
}

std::string register_as_csv(const ActivityRegister& lines) {
  std::string out;
  append_csv_line(out, {"activity", "name", "controller", "purpose", "recipient", "organisations", "basisSender",
                        "basisRecipient", "consentRequired", "dataSubjects", "dataCategories", "agreements", "mappings",
                        "retention", "securityMeasures", "thirdCountries"});
  for (const auto& line : lines.activities)
    for (const auto& purpose : line.purposes) {
      std::set<std::string> bodies;
      std::set<std::string> agreements;
      std::set<std::string> mappings;
      for (const auto& agreement : purpose.recipient.agreements) {
        bodies.insert(agreement.recipient_body);
        agreements.insert(agreement.id + " (" + agreement.type + ')');
      }
      for (const auto& mapping : purpose.recipient.mappings) mappings.insert(mapping.mapping + '@' + mapping.version);
      append_csv_line(
          out, {line.activity.id + '@' + line.activity.version, line.activity.name, line.activity.controller,
                purpose.purpose.id, purpose.purpose.recipient, joined(bodies), purpose.purpose.basis_sender,
                purpose.purpose.basis_recipient, purpose.purpose.consent_required ? "yes" : "no",
                joined(line.activity.data_subjects), joined(purpose.categories().names(), " "), joined(agreements),
                joined(mappings), line.activity.retention, joined(measures_of(line)), "none"});
    }
  return out;
}

std::string register_as_jsonld(const ActivityRegister& lines, const exchange::Terms& terms, const std::string& self) {
  std::string json;
  JsonWriter w(json);
  w.begin_object().key("@context").raw_value(linked_data_context);
  w.member("@id", self).member("@type", "dpv:RecordsOfActivities").member("dct:date", to_iso(lines.on));
  w.key("dct:hasPart").begin_array();
  for (const auto& line : lines.activities) {
    w.begin_object()
        .member("@id", "urn:ketenpoort:activity:" + line.activity.id + ':' + line.activity.version)
        .member("@type", "dpv:DataProcessingRecord")
        .member("dct:identifier", line.activity.id)
        .member("dct:hasVersion", line.activity.version)
        .member("dct:title", line.activity.name)
        .member("dpv:hasDataController", organisation_iri(line.activity.controller))
        .member("dpv:hasDataSubject", "dpv:DataSubject");
    w.key("dpv:hasProcess").begin_array();
    for (const auto& purpose : line.purposes) write_linked_purpose(w, purpose, terms);
    w.end_array().key("dpv:hasStorageCondition").begin_array();
    for (const auto& rule : lines.retention)
      w.begin_object()
          .member("@type", "dpv:StorageDuration")
          .member("dct:identifier", rule.data)
          .member("dct:extent", "P" + std::to_string(rule.keep.count()) + "D")
          .member("dct:source", rule.source)
          .end_object();
    w.end_array().key("dpv:hasTechnicalOrganisationalMeasure").begin_array();
    for (const auto& measure : measures_of(line)) w.begin_object().member("dct:description", measure).end_object();
    w.end_array().end_object();
  }
  w.end_array().end_object();
  return json;
}

}  // namespace ketenpoort::reporting
