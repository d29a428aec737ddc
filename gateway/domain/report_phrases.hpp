// What the access report says, by section and key, beside `states` and `reasons`, which have a key for each: every
// language that speaks it to residents (config/texts) says all of this. The program itself says the same in nl, fr, de
// and en (reporting/words_*).
#pragma once

#include <array>
#include <span>
#include <string_view>

namespace ketenpoort {

// In the order of reporting::Phrase.
inline constexpr std::array<std::string_view, 76> report_texts = {
    "title",
    "intro",
    "madeOn",
    "controller",
    "reference",
    "recipientsTitle",
    "recipientsNone",
    "recipientsMayHave",
    "transfersTitle",
    "transfersNone",
    "transfersIntro",
    "purpose",
    "ground",
    "agreement",
    "consent",
    "noConsentNeeded",
    "state",
    "sent",
    "leftOut",
    "leftOutNone",
    "reasons",
    "earlierDecisions",
    "until",
    "askedOn",
    "sentOn",
    "mayHaveArrived",
    "receivedConfirmed",
    "outcomesTitle",
    "outcomeRejected",
    "consentsTitle",
    "consentsNone",
    "given",
    "refused",
    "withdrawn",
    "replaced",
    "validUntil",
    "explained",
    "expressed",
    "noticesTitle",
    "noticesNone",
    "deadline",
    "noReplyYet",
    "requestsTitle",
    "requestsNone",
    "openRequest",
    "sourcesTitle",
    "sourcesNone",
    "stillKept",
    "noLongerKept",
    "categoriesTitle",
    "retentionTitle",
    "daysAfter",
    "sourceOfLaw",
    "rightsTitle",
    "rightsIntro",
    "withdrawRight",
    "complaint",
    "automatedTitle",
    "automated",
    "abroadTitle",
    "abroad",
    "lookedTitle",
    "lookedNone",
    "eventsTitle",
    "valuesTitle",
    "valuesIntro",
    "valuesNone",
    "valuesNotHere",
    "messageSent",
    "erasedTitle",
    "erasedIntro",
    "destroyed",
    "kept",
    "restrictedTitle",
    "restrictedIntro",
    "otherData",
};

// Codes of the ledger; reporting::Vocabulary.
inline constexpr std::array<std::string_view, 2> report_left_out_codes = {
    "never-for-purpose",
    "category-not-covered",
};
inline constexpr std::array<std::string_view, 6> report_cause_codes = {
    "WITHDRAWAL", "RECTIFICATION", "ERASURE", "RESTRICTION", "STAY_ENDED", "IDENTITY_CHANGED",
};
inline constexpr std::array<std::string_view, 3> report_reply_codes = {
    "ERASED",
    "STOPPED",
    "KEPT",
};
inline constexpr std::array<std::string_view, 8> report_status_codes = {
    "ACCEPTED", "DECLINED", "REGISTERED", "INVITED", "STARTED", "NO_SHOW", "COMPLETED", "STOPPED",
};
inline constexpr std::array<std::string_view, 7> report_outcome_kind_codes = {
    "REGISTRATION", "TRAINING", "TEST", "TRAJECTORY", "LANGUAGE_COURSE", "SOCIAL_ORIENTATION", "EMPLOYMENT",
};
inline constexpr std::array<std::string_view, 4> report_request_outcome_codes = {
    "GRANTED",
    "PARTLY_GRANTED",
    "REFUSED",
    "WITHDRAWN",
};
inline constexpr std::array<std::string_view, 4> report_data_codes = {
    "record",
    "payload",
    "proof",
    "directory",
};
inline constexpr std::array<std::string_view, 3> report_from_codes = {
    "stay-ended",
    "acknowledged",
    "consent-ended",
};
inline constexpr std::array<std::string_view, 9> report_ground_codes = {
    "art17-3-a",          "art17-3-b", "art17-3-c",    "art17-3-d",         "art17-3-e",
    "accuracy-contested", "unlawful",  "legal-claims", "objection-pending",
};
inline constexpr std::array<std::string_view, 7> report_how_codes = {
    "READ", "HEARD", "PICTOGRAM", "APP", "PAPER", "EID", "ORAL_BEFORE_WITNESS",
};
inline constexpr std::array<std::string_view, 6> report_event_codes = {
    "subject.restricted", "subject.unrestricted", "subject.rectified",
    "subject.linked",     "subject.unlinked",     "subject.erased",
};
inline constexpr std::array<std::string_view, 2> report_purpose_codes = {
    "supervision",
    "access-request",
};
// Said where the file of a language says `translation: machine`.
inline constexpr std::array<std::string_view, 1> report_notes = {"machineTranslation"};

inline constexpr std::array<std::string_view, 7> report_rights = {
    "15", "16", "17", "18", "19", "20", "21",
};

struct ReportSection {
  std::string_view name;
  std::span<const std::string_view> keys;
};
inline constexpr std::array<ReportSection, 15> report_sections = {{
    {"text", report_texts},
    {"leftOut", report_left_out_codes},
    {"causes", report_cause_codes},
    {"replies", report_reply_codes},
    {"statuses", report_status_codes},
    {"outcomeKinds", report_outcome_kind_codes},
    {"requestOutcomes", report_request_outcome_codes},
    {"data", report_data_codes},
    {"from", report_from_codes},
    {"grounds", report_ground_codes},
    {"how", report_how_codes},
    {"events", report_event_codes},
    {"looks", report_purpose_codes},
    {"rights", report_rights},
    {"notes", report_notes},
}};

// What a sentence is filled in with; a sentence that is not named here has no braces.
struct ReportPlaceholders {
  std::string_view key;  // of the section text
  std::span<const std::string_view> names;
};
inline constexpr std::array<std::string_view, 1> report_date = {"date"};
inline constexpr std::array<std::string_view, 2> report_term = {"days", "from"};
inline constexpr std::array<ReportPlaceholders, 3> report_placeholders = {{
    {"until", report_date},
    {"deadline", report_date},
    {"daysAfter", report_term},
}};

}  // namespace ketenpoort
