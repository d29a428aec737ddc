// What a data subject is told (GDPR art. 15): who received which categories, when, why and on what ground; what was
// not passed on and why; and, for the subject alone, the data themselves. Put together from the log, and from the vault
// as long as that keeps something. It names no person who works with it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/audit/index.hpp"
#include "gateway/config/settings.hpp"
#include "gateway/exchange/facilities/facilities.hpp"
#include "gateway/ledger/entry/bodies.hpp"
#include "gateway/reporting/language.hpp"

namespace ketenpoort::reporting {

// A decision that sent nothing.
struct ReportedDecision {
  Timestamp at{};
  TransferState state = TransferState::refused;
  std::vector<Reason> reasons;
  std::optional<Date> held_until;
};

// A permit: what may have left, and what it rested on.
struct ReportedSending {
  Timestamp at{};
  std::uint32_t attempt = 1;
  CategorySet categories;
  std::vector<ledger::LeftOut> left_out;
  std::string basis;
  std::string recipient_body;  // KBO number
  std::optional<Agreement> agreement;
  std::optional<ConsentId> consent;
  std::optional<Timestamp> delivered;
  std::optional<Timestamp> acknowledged;
  std::string reference;  // the partner's
  bool failed = false;
  bool may_have_arrived = false;

  // Something of it is, or may be, with the recipient.
  [[nodiscard]] bool arrived() const { return delivered || acknowledged || may_have_arrived || !failed; }
};

struct ReportedOutcome {
  Timestamp at{};
  Uuid id{};
  bool taken = false;
  std::string status, kind;  // when taken
  std::optional<Date> on;
  std::vector<Reason> reasons;  // when not
};

struct ReportedTransfer {
  TransferId id{};
  std::string recipient, purpose, message;
  Timestamp requested{};
  TransferState state = TransferState::requested;
  std::vector<ReportedDecision> decisions;
  std::vector<ReportedSending> sendings;
  std::vector<ReportedOutcome> outcomes;
  RecordId record{};  // that asked for it

  [[nodiscard]] const ReportedSending* last_arrived() const;
};

struct ReportedConsent {
  Timestamp at{};
  bool given = false;
  ledger::ConsentStatement statement;
  CategorySet remaining;
  bool superseded = false;
  struct Withdrawal {
    Timestamp at{};
    CategorySet categories;
  };
  std::vector<Withdrawal> withdrawals;
};

struct ReportedNotification {
  std::uint64_t seq = 0;
  Timestamp at{};
  std::string recipient, cause;
  Date deadline{};
  std::optional<Timestamp> replied;
  std::string reply;
  std::optional<std::string> ground;
};

struct ReportedRequest {
  Uuid id{};
  Timestamp at{};
  std::uint32_t article = 15;
  Date deadline{};
  std::optional<Timestamp> closed;
  std::string outcome;
};

struct ReportedSource {
  RecordId record{};
  Timestamp at{};
  std::string system, organisation, centre;
  std::string json;          // the record while it is kept and is the subject's; empty otherwise
  bool is_anothers = false;  // about somebody else: persons decided that its Fedasil number is not the subject's

  [[nodiscard]] bool is_kept() const { return is_anothers || !json.empty(); }
};

// A look into the file: when and why, never by whom.
struct ReportedLook {
  Timestamp at{};
  std::string kind, purpose;
};

struct ReportedEvent {
  Timestamp at{};
  std::string kind;    // subject.restricted
  std::string ground;  // of a restriction
};

struct ReportedErasure {
  Timestamp at{};
  std::vector<std::string> classes;
  std::vector<ledger::Kept> kept;
};

// The copy of art. 15(3).
struct ReportedMessage {
  TransferId transfer{};
  std::string content_type, content;
};

struct SubjectReport {
  SubjectRef ref{};
  Timestamp made{};
  std::uint64_t entries = 0;
  bool restricted = false;
  bool erased = false;
  bool with_values = false;
  std::optional<Party> controller;  // as its agreements name it
  std::vector<ReportedErasure> erasures;
  std::vector<ReportedTransfer> transfers;  // in the order they were asked for
  std::vector<ReportedConsent> consents;
  std::vector<ReportedNotification> notifications;
  std::vector<ReportedRequest> requests;
  std::vector<ReportedSource> sources;
  std::vector<ReportedLook> looks;
  std::vector<ReportedEvent> events;
  std::map<std::string, Purpose> purposes;     // those that transfers and consents name, as last in force
  std::map<Uuid, std::string> outcome_values;  // JSON, by outcome
  std::vector<ReportedMessage> messages;
  CategorySet held;  // categories of what is kept now
};

class ReportLanguage;

// What a recipient has, or may have (art. 19): all that reached it, and whether it was told what it must hear.
struct RecipientHolding {
  std::string recipient;
  std::string body, name;  // the legal person, when a permit names it
  CategorySet categories;
  std::vector<std::string> purposes;
  Timestamp first{}, last{};
  bool certain = false;  // at least one delivery is known to have arrived
  std::vector<const ReportedNotification*> notifications;
};
std::vector<RecipientHolding> holdings_of(const SubjectReport& report);

// Nothing when the log does not know this reference. Waits for disks. `with_values`: with the copy of what is kept.
Result<std::optional<SubjectReport>> make_subject_report(const exchange::Facilities& facilities, audit::Index& index,
                                                         const SubjectRef& ref, bool with_values);

// The language the resident prefers (ISO 639-3), as the newest record says that is still kept; empty when none does.
std::string preferred_language_of(const SubjectReport& report);

// The words the renderers share.
struct ReportTerms {
  const exchange::Terms& terms;
  const std::vector<config::RetentionRule>& retention;
  std::string base;  // of links
};

std::string render_json(const SubjectReport& report, const ReportTerms& terms, const ReportLanguage& language);
std::string render_jsonld(const SubjectReport& report, const ReportTerms& terms);
struct HtmlPage {
  std::string body;
  std::string style_hash;  // for style-src of a content security policy: 'sha256-...'
};
HtmlPage render_html(const SubjectReport& report, const ReportTerms& terms, const ReportLanguage& language);

std::string recipients_as_json(const SubjectReport& report, const ReportTerms& terms, const std::string& self,
                               const ReportLanguage& language);
std::string recipients_as_csv(const SubjectReport& report);

// The category that a field of the resident record belongs to ("resident.name.family"); nothing for what describes the
// submission.
std::optional<Category> category_of_field(std::string_view path);
std::string label_of(Category category, const exchange::Terms& terms, Language language);
std::string name_of_purpose(const std::string& purpose, Language language);

}  // namespace ketenpoort::reporting
