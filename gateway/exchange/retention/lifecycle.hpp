// What a newer record of somebody means for those who have data of the one before: a stay that ended, another region,
// a status lost, a number that changed. Each such recipient is told in the transaction that receives the record.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/exchange/facilities/facilities.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/ledger/history/history.hpp"
#include "gateway/policy/facts.hpp"

namespace ketenpoort::exchange {

// The newest record so far, as far as a change from it to the next matters.
struct KnownLife {
  RecordId record;
  SubjectRef subject{};  // whose record it is: the subject asked for, or one that is the same person
  Date on{};             // the day it came
  policy::Facts facts;
  std::string fedasil_number;
  std::string ssin;  // empty when it had none
};

// Of the whole person, should the subject be one of several. Nothing when nobody has data of any of them, when there is
// no record, or when it is kept no longer.
std::optional<KnownLife> find_known_life(const Facilities& facilities, const SubjectRef& subject);

// What a record that comes says beside the one before it.
struct LifeChange {
  bool stay_ended = false;  // it had not ended yet
  bool renumbered = false;  // another Fedasil number or SSIN stands where one stood; a first SSIN is no change
  policy::Facts before, now;
};
// Whether recipients have yet to be told that a number of the resident took the place of another.
using IsNewsOfNumber = std::function<bool(IdentifierKind kind, std::string_view before, std::string_view now)>;
LifeChange find_life_change(const KnownLife& known, formats::JsonView record, const policy::Facts& now, Date today,
                            const IsNewsOfNumber& is_news = {});

// Whether they have: not of what persons decided (link_numbers told it), nor when what stood before was not the
// resident's and what stands now was known.
bool is_news_of_number(const Vault& vault, const SubjectRef& subject, IdentifierKind kind, std::string_view before,
                       std::string_view now);

// Changes that recipients must hear of though the record repeats no referral to them: a status granted or lost, another
// centre, region or chosen municipality.
bool needs_update(const LifeChange& change);

// Transfers to ask for anew: of what arrived, the messages for each recipient and purpose that `repeated` does not
// name. Each with the record and the referral that asked for it; its content will be that of the newest. A message that
// waits already is left out: it will say the newest by itself, and two of them would both go.
struct Repeated {
  std::string_view recipient, purpose;
};
struct Update {
  ledger::History::Transfer last;
  std::string message;
};
std::vector<Update> find_to_update(const ledger::History& history, const Terms& terms, const SubjectRef& subject,
                                   std::span<const Repeated> repeated);

// Adds a recipient.notified for each recipient that must hear of it, because of the entry `record_seq`; of each subject
// that is the same person, under that subject:
//   STAY_ENDED        everybody, once the stay ended; who may not act in the region the resident moved to
//   RECTIFICATION     whose purpose the resident fell out of the target group of: a status lost, an application refused
//   IDENTITY_CHANGED  who has the numbers
// Runs on the sequencer's thread.
void add_life_notifications(const ledger::History& history, const ledger::EntryDraft& like, const LifeChange& change,
                            std::uint64_t record_seq, Timestamp now, ledger::Transaction& transaction);

}  // namespace ketenpoort::exchange
