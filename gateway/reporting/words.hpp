// What the access report says in words a resident reads. Codes stand beside the words wherever the report is read by
// a program.
#pragma once

#include <string_view>

#include "gateway/domain/transfer.hpp"
#include "gateway/reporting/language.hpp"

namespace ketenpoort::reporting {

std::string_view say(Reason reason, Language language);
std::string_view say(TransferState state, Language language);

// A word of one of the ledger's vocabularies. The text itself where there is no word for it: codes are open.
enum class Vocabulary : unsigned char {
  left_out,         // why a category was left out: never-for-purpose
  cause,            // of a notification: WITHDRAWAL
  reply,            // to one: ERASED
  status,           // of an outcome: INVITED
  outcome_kind,     // TRAINING
  request_outcome,  // GRANTED
  data,             // of retention: record, payload, proof, directory
  from,             // when a term begins: stay-ended
  ground,           // of keeping or of a restriction: art17-3-e, unlawful
  how,              // something was explained or said: READ, PAPER
  event,            // subject.restricted
  purpose,          // work-guidance
};
std::string_view say(Vocabulary vocabulary, std::string_view code, Language language);

// Of the GDPR, 15 to 21: "access to your data".
std::string_view say_right(unsigned article, Language language);

// Headings and sentences.
enum class Phrase : unsigned char {
  title,
  intro,
  made_on,
  controller,
  reference,
  recipients_title,
  recipients_none,
  recipients_may_have,
  transfers_title,
  transfers_none,
  transfers_intro,
  purpose,
  ground,
  agreement,
  consent,
  no_consent_needed,
  state,
  sent,
  left_out,
  left_out_none,
  reasons,
  earlier_decisions,
  until,
  asked_on,
  sent_on,
  may_have_arrived,
  received_confirmed,
  outcomes_title,
  outcome_rejected,
  consents_title,
  consents_none,
  given,
  refused,
  withdrawn,
  replaced,
  valid_until,
  explained,
  expressed,
  notices_title,
  notices_none,
  deadline,
  no_reply_yet,
  requests_title,
  requests_none,
  open_request,
  sources_title,
  sources_none,
  still_kept,
  no_longer_kept,
  categories_title,
  retention_title,
  days_after,
  source_of_law,
  rights_title,
  rights_intro,
  withdraw_right,
  complaint,
  automated_title,
  automated,
  abroad_title,
  abroad,
  looked_title,
  looked_none,
  events_title,
  values_title,
  values_intro,
  values_none,
  values_not_here,
  message_sent,
  erased_title,
  erased_intro,
  destroyed,
  kept,
  restricted_title,
  restricted_intro,
  other_data,
  count,
};
std::string_view say(Phrase phrase, Language language);

}  // namespace ketenpoort::reporting
