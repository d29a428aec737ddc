#include "gateway/exchange/consent/record_consent.hpp"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <utility>

#include "gateway/exchange/consent/cut_consent.hpp"
#include "gateway/exchange/consent/read_consent.hpp"
#include "gateway/exchange/facilities/identity.hpp"
#include "gateway/exchange/facilities/ids.hpp"
#include "gateway/exchange/facilities/number_doubt.hpp"
#include "gateway/exchange/facilities/repeatable_call.hpp"
#include "gateway/exchange/facilities/same_person.hpp"
#include "gateway/exchange/facilities/sealing.hpp"
#include "gateway/exchange/notices/notify.hpp"
#include "gateway/exchange/notices/recall.hpp"

namespace ketenpoort::exchange {
namespace {

using ledger::EntryDraft;
using ledger::History;
using ledger::Transaction;

class Recording : public std::enable_shared_from_this<Recording> {
 public:
  Recording(Facilities& facilities, InFlight& in_flight, IncomingConsent incoming, Conversation conversation,
            std::function<std::string(const ConsentReceipt&)> render,
            std::function<void(Result<PastReply>)> on_recorded, std::function<void(const SubjectRef&)> on_changed)
      : facilities_(facilities),
        in_flight_(in_flight),
        incoming_(std::move(incoming)),
        conversation_(std::move(conversation)),
        render_(std::move(render)),
        on_recorded_(std::move(on_recorded)),
        on_changed_(std::move(on_changed)),
        call_(facilities_, "consents", incoming_.caller.client, incoming_.idempotency_key, incoming_.body,
              {.status = 201}) {
    identifiers_ = read_identifiers(facilities_.vault, conversation_.document.root().find("subject"));
  }

  void attempt() {
    match_ = match_subject(facilities_.vault, identifiers_);
    if (match_.conflict)
      return on_recorded_(fail(ErrorCode::conflict,
                               "the numbers given belong to two different people; check which one is right",
                               {{ErrorCode::conflict, "subject", "two numbers of two people"}}));
    const auto contradicting =
        find_contradicting_record(facilities_, match_, conversation_.document.root().find("subject"));
    if (!contradicting) return on_recorded_(fail(contradicting.error()));
    if (*contradicting)
      return on_recorded_(fail(ErrorCode::conflict,
                               "the SSIN was somebody else's, whose newest record has another; check which is right",
                               {{ErrorCode::conflict, "subject", "give the Fedasil number alone"}}));
    auto person = find_or_make_person(facilities_.vault, match_);
    if (!person) return on_recorded_(fail(person.error()));
    person_ = *person;
    auto self = shared_from_this();
    facilities_.sequencer.submit([self](const History& history, std::uint64_t first_seq,
                                        Timestamp now) { return self->prepare(history, first_seq, now); },
                                 [self](Result<ledger::Committed> committed) { self->finish(std::move(committed)); });
  }

 private:
  Result<Transaction> prepare(const History& history, std::uint64_t first_seq, Timestamp now) {
    if (const auto begun = call_.begin(); !begun) return fail(begun.error());
    if (facilities_.pending.is_moving(identifiers_.matching))
      return fail(ErrorCode::changed, "it is being decided whose a number is");
    if (match_ != match_subject(facilities_.vault, identifiers_))
      return fail(ErrorCode::changed, "somebody else introduced this person");
    if (history.is_erased(person_.ref))
      return fail(ErrorCode::gone, "the data of this person were erased; consents are not taken");
    if (auto last = is_last_word(history); !last) return fail(last.error());
    if (const auto claimed = call_.claim(match_.unknown); !claimed) return fail(claimed.error());
    give_ids(history, now);

    Transaction transaction;
    const Date today = date_in_brussels(now);
    for (const auto& recorded : conversation_.consents) transaction.entries.push_back(draft(history, recorded, today));
    recall(history, first_seq, now, transaction);
    narrow_the_others(history, first_seq, now, transaction);
    add_person_changes(facilities_.vault, person_, match_, transaction.changes);
    call_.keep_answer(transaction.changes, now);
    return transaction;
  }

  // Paper may be entered late. A yes on it does not undo the no, or the less, that was said after it was signed.
  [[nodiscard]] Status is_last_word(const History& history) const {
    for (std::size_t i = 0; i < conversation_.consents.size(); ++i) {
      const auto& [statement, given] = conversation_.consents[i];
      if (!given) continue;
      for (const auto& one : kept_same_person(history, person_.ref)) {
        const auto cell = history.cell(one, statement.purpose, statement.recipient);
        if (!cell || cell->said_on <= statement.expressed.on || cell->categories.includes(statement.categories))
          continue;
        return fail(ErrorCode::conflict, "the resident has said no, or less, since that day",
                    {{ErrorCode::conflict, fmt::format("consents[{}]", i),
                      fmt::format("what counts was said on {}: ask again, and record the new answer with its own day",
                                  to_iso(*cell->said_on))}});
      }
    }
    return {};
  }

  void give_ids(const History& history, Timestamp now) {
    auto last = history.last_ids().consent;
    for (auto& recorded : conversation_.consents) last = recorded.statement.consent = new_id_after(last, now);
    call_.answer.body = render_({conversation_.id, conversation_.consents, conversation_.findings});
  }

  void recall(const History& history, std::uint64_t first_seq, Timestamp now, Transaction& transaction) {
    recalled_.clear();
    for (std::size_t i = 0; i < conversation_.consents.size(); ++i) {
      const auto& [statement, given] = conversation_.consents[i];
      const CategorySet allowed = given ? statement.categories : CategorySet();
      const ChangedCell cell{person_.ref, statement.purpose, statement.recipient,
                             allowed,     first_seq + i,     Reason::consent_refused};
      const EntryDraft like = transaction.entries[i];
      recalled_.push_back(recall_permitted(history, in_flight_, like, cell, now, transaction));
      const auto before = history.cell(person_.ref, statement.purpose, statement.recipient);
      if (!before || before->state != History::CellState::given) continue;
      const Change change{"WITHDRAWAL", first_seq + i, before->categories.without(allowed), statement.recipient,
                          statement.purpose};
      add_notifications(history, like, change, recalled_.back().stopped, now, transaction);
    }
  }

  // A "no", or less than before, is said by the person: it reaches everybody who is one with the subject, by what was
  // decided about their numbers. A consent never grows by this.
  void narrow_the_others(const History& history, std::uint64_t first_seq, Timestamp now, Transaction& transaction) {
    others_ = kept_others(history, person_.ref);
    cut_ = {};
    for (const auto& other : others_) {
      for (std::size_t i = 0; i < conversation_.consents.size(); ++i) {
        const auto& [statement, given] = conversation_.consents[i];
        const CategorySet allowed = given ? statement.categories : CategorySet();
        const EntryDraft like = transaction.entries[i];
        add_cut(history, in_flight_, like,
                {other, statement.purpose, statement.recipient, CategorySet::all().without(allowed)}, first_seq, now,
                transaction, cut_);
      }
    }
  }

  EntryDraft draft(const History& history, const ConsentReceipt::Recorded& recorded, Date today) const {
    EntryDraft out;
    out.kind = recorded.given ? ledger::ConsentGiven::kind : ledger::ConsentRefused::kind;
    out.actor = incoming_.caller.actor();
    out.subject = person_.ref;
    out.activity = facilities_.terms->activity_for(recorded.statement.purpose);
    out.trace = incoming_.caller.trace;
    if (const auto* purpose = history.find_purpose(recorded.statement.purpose, recorded.statement.recipient, today))
      out.refs = {purpose->seq};
    out.body = recorded.given ? ledger::encode_body(ledger::ConsentGiven{recorded.statement})
                              : ledger::encode_body(ledger::ConsentRefused{recorded.statement});
    out.sealed = seal_part(person_.keys, out.kind, person_.ref, std::nullopt, conversation_.sealed_part);
    return out;
  }

  void finish(Result<ledger::Committed> committed) {
    auto answer = call_.end(committed);
    if (!committed) {
      for (const auto& recalled : recalled_) release(in_flight_, recalled);
      release(in_flight_, cut_.recalled);
    }
    if (!answer) return attempt();
    on_recorded_(std::move(*answer));
    if (!committed) return;
    on_changed_(person_.ref);
    for (const auto& other : others_) on_changed_(other);
  }

  Facilities& facilities_;
  InFlight& in_flight_;
  IncomingConsent incoming_;
  Conversation conversation_;
  std::function<std::string(const ConsentReceipt&)> render_;
  std::function<void(Result<PastReply>)> on_recorded_;
  std::function<void(const SubjectRef&)> on_changed_;

  Identifiers identifiers_;
  RepeatableCall call_;

  Match match_;
  Person person_;
  std::vector<Recalled> recalled_;
  std::vector<SubjectRef> others_;  // the same person
  CutOutcome cut_;
};

}  // namespace

void record_consent(Facilities& facilities, InFlight& in_flight, IncomingConsent incoming,
                    std::function<std::string(const ConsentReceipt&)> render,
                    std::function<void(Result<PastReply>)> on_recorded,
                    std::function<void(const SubjectRef&)> on_changed) {
  auto conversation = read_conversation(facilities, incoming.body, date_in_brussels(facilities.now()));
  if (!conversation) return on_recorded(fail(conversation.error()));
  std::make_shared<Recording>(facilities, in_flight, std::move(incoming), std::move(*conversation), std::move(render),
                              std::move(on_recorded), std::move(on_changed))
      ->attempt();
}

}  // namespace ketenpoort::exchange
