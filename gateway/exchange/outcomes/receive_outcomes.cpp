#include "gateway/exchange/outcomes/receive_outcomes.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "gateway/domain/ssin.hpp"
#include "gateway/exchange/facilities/ids.hpp"
#include "gateway/exchange/facilities/repeatable_call.hpp"
#include "gateway/exchange/facilities/replies.hpp"
#include "gateway/exchange/facilities/same_person.hpp"
#include "gateway/exchange/facilities/sealing.hpp"
#include "gateway/exchange/outcomes/find_reported.hpp"
#include "gateway/formats/json_text.hpp"
#include "gateway/ledger/entry/bodies.hpp"
#include "gateway/observability/log.hpp"
#include "gateway/policy/decide_outcome.hpp"

namespace ketenpoort::exchange {
namespace {

using formats::JsonView;
using ledger::EntryDraft;
using ledger::History;
using ledger::Transaction;

// After its month, the key by which a figure is known again goes.
constexpr std::chrono::hours counted_for{24};

// What a mapping puts where a code is not in its list; beside it stands the code (outcome-1.schema.json).
constexpr std::string_view unknown_mark = "UNKNOWN";
constexpr std::string_view status_code = "statusCode";
constexpr std::string_view kind_code = "kindCode";
constexpr std::string_view reason_code = "reasonCode";

constexpr std::size_t length_of_day = 10;  // yyyy-mm-dd

// One outcome as the mapping made it, and what is kept of it when it is covered.
struct Reported {
  using Dropped = OutcomeReceipt::Dropped;
  TransferId transfer;  // as the partner names it, or found by the person's number
  TransferId under;     // under which it is written down
  Dropped dropped = Dropped::no;
  std::optional<SubjectRef> subject;  // who bears the number, where no transfer is named
  std::optional<SubjectRef> beside;   // and where one is: it should be of that person
  std::string where;                  // in the report
  std::string status;
  std::string kind;
  std::string reason;
  std::optional<Date> on;
  std::string json;                         // with the recipient; without the person's number
  std::string said;                         // what makes it the same outcome again
  Digest mark{};                            // of it
  std::optional<Digest> key;                // it is known again by
  std::vector<OutcomeReceipt::Code> codes;  // that are in no list: it cannot be taken
};

std::optional<IdentifierMark> mark_of_person(const Facilities& facilities, JsonView outcome) {
  const auto ssin = outcome.find("person").find("ssin").as_string();
  const auto today = date_in_brussels(facilities.clock.now());
  if (!ssin || check_ssin(*ssin, facilities.terms->allow_mock_ssin, today).fault) return std::nullopt;
  return facilities.vault.mark(IdentifierKind::ssin, *ssin);
}

// Of a partner's message that names no referral, who it is about: an SSIN, of which nothing is kept but its mark. Of
// somebody whose data were erased it is no longer known who was told of them: such a number is answered like one that
// nobody bears, or whoever tries numbers would learn who was a resident once.
void find_transfer(const Facilities& facilities, JsonView outcome, Reported& out) {
  const auto mark = mark_of_person(facilities, outcome);
  if (const auto id = parse_uuid(outcome.find("transfer").as_string().value_or(""))) {
    out.transfer = *id;
    out.under = find_successor(facilities, *id);
    if (mark) out.beside = facilities.vault.find_subject(*mark);
    return;
  }
  if (!mark) {
    out.dropped = Reported::Dropped::unreadable;
    return;
  }
  out.said = to_hex(*mark);
  out.subject = facilities.vault.find_subject(*mark);
  if (!out.subject) out.dropped = Reported::Dropped::unknown;
}

OutcomeReceipt::Code describe(const Facilities& facilities, std::string_view of, JsonView beside) {
  OutcomeReceipt::Code out;
  out.unknown.of = of;
  out.unknown.list = text_of(beside.find("list"));
  if (auto code = text_of(beside.find("code")); looks_like_code(code)) out.unknown.code = std::move(code);
  if (out.unknown.list.empty()) {
    out.detail = fmt::format("it says no {}; send this item again with one", of);
    return out;
  }
  out.known = known_codes(facilities.formats->mappings, out.unknown.list, date_in_brussels(facilities.clock.now()));
  // Without what stood there: it is the partner's to look up, and might be anything.
  out.detail = fmt::format(
      "its {} is not in the code list {}, which knows {}; send this item again, under another Idempotency-Key, with "
      "one "
      "of these or once the list has it",
      of, out.unknown.list, out.known.empty() ? "none" : fmt::format("{}", fmt::join(out.known, ", ")));
  return out;
}

Result<Reported> read_outcome(const Facilities& facilities, JsonView outcome, std::string where,
                              const std::string& recipient) {
  Reported out;
  out.where = std::move(where);
  const auto named = outcome.find("transfer");
  if (named && !parse_uuid(named.as_string().value_or(""))) return fail(ErrorCode::invalid_input, out.where);
  find_transfer(facilities, outcome, out);
  out.status = text_of(outcome.find("status"));
  out.kind = text_of(outcome.find("kind"));
  out.reason = text_of(outcome.find("reason"));
  if (out.status == unknown_mark) out.codes.push_back(describe(facilities, "status", outcome.find(status_code)));
  if (out.kind == unknown_mark) out.codes.push_back(describe(facilities, "kind", outcome.find(kind_code)));
  if (out.reason == unknown_mark) out.codes.push_back(describe(facilities, "reason", outcome.find(reason_code)));
  if (const auto on = outcome.find("on")) {
    out.on = parse_date(on.as_string().value_or(""));
    if (!out.on) return fail(ErrorCode::invalid_input, out.where);
  }
  // The schema knows the form of a moment, not the calendar: somebody will go there on that day.
  for (const auto* bound : {"start", "end"})
    if (const auto moment = outcome.find("appointment").find(bound).as_string();
        moment && !parse_date(moment->substr(0, length_of_day)))
      return fail(ErrorCode::invalid_input, out.where);
  std::string rest;
  formats::JsonWriter writer(rest);
  writer.begin_object().member("recipient", recipient);
  for (const auto& [key, value] : outcome.members())
    if (key != "person" && key != status_code && key != kind_code && key != reason_code) writer.member(key, value);
  writer.end_object();
  // Of whom by the number's mark: the transfer that it leads to may be another when the report comes again.
  out.said += rest;
  out.json = std::move(rest);
  return out;
}

Result<std::vector<Reported>> read_outcomes(const Facilities& facilities, const IncomingOutcomes& incoming) {
  const auto terms = facilities.terms.get();
  const auto* partner = terms->find_recipient(incoming.recipient);
  if (partner == nullptr || partner->outcomes.empty())
    return fail(ErrorCode::not_found, "no mapping reads what this partner reports");
  auto converted = convert_input(
      facilities, {incoming.format, outcome_schema, incoming.mapping, partner->outcomes, false, incoming.charset},
      incoming.body);
  if (!converted) return fail(std::move(converted.error()));
  std::vector<Reported> out;
  for (const auto& one : *converted) {
    const auto document = formats::parse_json(one.json);
    if (!document) return fail(document.error());
    std::size_t place = 0;
    for (const auto outcome : document->root().find("outcomes").elements()) {
      auto where = fmt::format("{}{}outcomes[{}]", one.where, one.where.empty() ? "" : ", ", place++);
      auto read = read_outcome(facilities, outcome, where, incoming.recipient);
      if (!read)
        return fail(ErrorCode::invalid_input, "the report cannot be read",
                    {{ErrorCode::invalid_input, where, "no such transfer id, or no such day"}});
      out.push_back(std::move(*read));
    }
  }
  return out;
}

class OutcomeReception : public std::enable_shared_from_this<OutcomeReception> {
 public:
  OutcomeReception(Facilities& facilities, UnknownCodes& unknown_codes, IncomingOutcomes incoming,
                   std::vector<Reported> reported,
                   std::function<std::string(const std::vector<OutcomeReceipt>&)> render,
                   std::function<void(Result<PastReply>)> on_done)
      : facilities_(facilities),
        unknown_codes_(unknown_codes),
        incoming_(std::move(incoming)),
        reported_(std::move(reported)),
        render_(std::move(render)),
        on_done_(std::move(on_done)),
        call_(facilities_, "outcomes", incoming_.caller.client, incoming_.idempotency_key, incoming_.body,
              {.status = 202}) {
    const auto lacks_code = [](const Reported& one) { return !one.codes.empty(); };
    comes_again_ = !call_.has_key() || std::ranges::any_of(reported_, lacks_code);
    give_keys();
  }

  void attempt() {
    auto self = shared_from_this();
    facilities_.sequencer.submit(
        [self](const History& history, std::uint64_t, Timestamp now) { return self->prepare(history, now); },
        [self](Result<ledger::Committed> committed) { self->finish(std::move(committed)); });
  }

 private:
  // Each outcome is known again by what it says, if it names its day (a file comes whole, each time under another key),
  // or was received without a key of the partner's, or beside one whose code was not known: such a report comes again,
  // and doubles nothing. What was rejected is decided anew.
  void give_keys() {
    for (auto& one : reported_) {
      one.mark = facilities_.vault.mark(IdentifierKind::request_body, one.said);
      one.key = make_reply_key("outcome", incoming_.caller.client, to_hex(one.mark));
    }
  }

  [[nodiscard]] std::vector<Digest> claims() const {
    std::vector<Digest> keys;
    for (const auto& one : reported_) keys.push_back(*one.key);
    return keys;
  }

  Result<Transaction> prepare(const History& history, Timestamp now) {
    if (const auto begun = call_.begin(); !begun) return fail(begun.error());
    if (const auto claimed = call_.claim(claims()); !claimed) return fail(claimed.error());
    receipts_.clear();
    received_.clear();
    counted_.clear();
    lacking_.clear();
    Transaction transaction;
    std::vector<Issue> erased;
    std::vector<Issue> nobodys;
    std::size_t dropped = 0;
    bool names_somebody = false;
    for (auto& one : reported_) {
      if (one.subject) find_by_number(history, one);
      if (one.dropped != Reported::Dropped::no) {
        receipts_.push_back({std::nullopt, std::nullopt, {}, one.dropped});
        nobodys.push_back(why_dropped(one));
        ++dropped;
        continue;
      }
      const auto transfer = history.transfer(one.under);
      if (!transfer || transfer->recipient != incoming_.recipient || !may_be_reported_on(*transfer)) {
        // Another partner's is answered like one that does not exist, or whoever tries ids would learn of it.
        nobodys.push_back({ErrorCode::not_found, one.where, "no transfer with this id was sent to you"});
        receipts_.push_back({std::nullopt, one.transfer, {}, Reported::Dropped::unknown});
        ++dropped;
      } else if (history.is_erased(transfer->subject)) {
        erased.push_back({ErrorCode::gone, one.where, "the data of this person were erased"});
        receipts_.push_back({std::nullopt, one.transfer, {}, Reported::Dropped::erased});
      } else if (is_of_other_person(history, one, *transfer)) {
        names_somebody = true;
        nobodys.push_back(
            {ErrorCode::invalid_input, one.where,
             "the transfer that it names is of another person than the number in the report; look up whose "
             "file it is, and send it with the right one"});
        receipts_.push_back({std::nullopt, one.transfer, {}, Reported::Dropped::other_person});
        ++dropped;
      } else if (!one.codes.empty()) {
        names_somebody = true;
        for (const auto& code : one.codes) nobodys.push_back({ErrorCode::invalid_input, one.where, code.detail});
        receipts_.push_back({std::nullopt, one.transfer, {}, Reported::Dropped::unknown_code, one.codes});
        lacking_.insert(lacking_.end(), one.codes.begin(), one.codes.end());
        ++dropped;
      } else if (auto added = add(history, one, *transfer, now, transaction); !added) {
        return fail(std::move(added.error()));
      }
    }
    if (!erased.empty() && erased.size() == reported_.size())
      return fail(ErrorCode::gone, "the data of everybody in this report were erased; nothing about them is taken",
                  std::move(erased));
    if (dropped == reported_.size())
      return fail(ErrorCode::invalid_input,
                  names_somebody ? "nothing of the report can be taken"
                                 : "the report names no transfer of yours and nobody who was referred to you",
                  std::move(nobodys));
    call_.answer.body = render_(receipts_);
    call_.keep_answer(transaction.changes, now);
    return transaction;
  }

  // On the history as it is now: a newer transfer may have arrived since the report came in.
  void find_by_number(const History& history, Reported& one) const {
    const auto transfer = find_transfer_to(history, *one.subject, incoming_.recipient);
    one.dropped = transfer ? Reported::Dropped::no : Reported::Dropped::unknown;
    one.transfer = one.under = transfer.value_or(TransferId{});
  }

  // A number that this partner was never sent says nothing: it may be a new one of the same person, and an answer that
  // told it apart would tell whose numbers are known here.
  [[nodiscard]] bool is_of_other_person(const History& history, const Reported& one,
                                        const History::Transfer& transfer) const {
    if (!one.beside) return false;
    const auto together = protected_together(history, transfer.subject);
    return std::ranges::find(together, *one.beside) == together.end() &&
           find_transfer_to(history, *one.beside, incoming_.recipient).has_value();
  }

  static Issue why_dropped(const Reported& one) {
    if (one.dropped == Reported::Dropped::unknown)
      return {ErrorCode::not_found, one.where, "nobody who bears this number was referred to you"};
    return {ErrorCode::invalid_input, one.where,
            "it names neither a transfer nor a person: give the transfer's id, or an SSIN with right check digits"};
  }

  // Received before, or earlier in this report.
  [[nodiscard]] std::optional<Uuid> find_received(const Digest& key) const {
    if (const auto here = received_.find(key); here != received_.end()) return here->second;
    const auto past = facilities_.vault.find_reply(key);
    return past ? parse_uuid(past->body) : std::nullopt;
  }

  Status add(const History& history, const Reported& one, const History::Transfer& transfer, Timestamp now,
             Transaction& transaction) {
    if (const auto before = find_received(*one.key)) {
      receipts_.push_back({*before, one.transfer, {}, Reported::Dropped::no});
      return {};
    }
    const auto today = date_in_brussels(now);
    const auto decision =
        policy::decide_outcome(history, {transfer.subject, incoming_.recipient, one.status, one.kind, today});
    const auto id = new_uuid_v7(now);
    receipts_.push_back({id, one.transfer, decision.reasons, Reported::Dropped::no});
    if (decision.only_as_figure)
      if (auto counted = count(history, one, transfer, today, transaction); !counted) return counted;
    if (!decision.taken()) return add_rejected(history, one, transfer, today, decision, id, transaction);
    received_.emplace(*one.key, id);
    if (comes_again_ || one.on) {
      transaction.changes.push_back(
          facilities_.vault.add_reply(*one.key, {one.mark, 202, id.text()}, now + reply_lifetime));
    }
    return add_received(history, one, transfer, today, decision, id, transaction);
  }

  [[nodiscard]] EntryDraft draft_of(std::string_view kind, const History::Transfer& transfer,
                                    const policy::OutcomeDecision& decision) const {
    EntryDraft draft;
    draft.kind = kind;
    draft.actor = incoming_.caller.actor();
    draft.subject = transfer.subject;
    draft.activity = facilities_.terms->activity_for(policy::follow_up);
    draft.tx = transfer.id;
    draft.trace = incoming_.caller.trace;
    for (const auto& seq : {decision.agreement, decision.consent})
      if (seq) draft.refs.push_back(*seq);
    std::sort(draft.refs.begin(), draft.refs.end());
    return draft;
  }

  Status add_received(const History& history, const Reported& one, const History::Transfer& transfer, Date today,
                      const policy::OutcomeDecision& decision, const Uuid& id, Transaction& transaction) {
    const auto keys = facilities_.vault.keys_of(transfer.subject);
    if (!keys) return fail(ErrorCode::internal, keys.error().message);
    const Commitment commitment;
    ledger::OutcomeReceived body;
    body.agreement = *decision.agreement;
    body.commit = commitment.of(one.json);
    body.consent = decision.consent;
    body.decided_for = today;
    body.ledger_size = history.size();
    body.on = one.on;
    body.outcome = id;
    body.purpose = policy::follow_up;
    body.recipient = incoming_.recipient;
    body.size = one.json.size();
    body.sort = one.kind;
    body.status = one.status;
    EntryDraft draft = draft_of(ledger::OutcomeReceived::kind, transfer, decision);
    draft.body = ledger::encode_body(body);
    draft.sealed = seal_part(*keys, draft.kind, transfer.subject, draft.tx,
                             ledger::ObjectWriter().string("commitKey", to_hex(commitment.key)).take());
    transaction.entries.push_back(std::move(draft));
    // Kept like a record of the person: sealed under the same class of keys, dropped and erased with them.
    transaction.changes.push_back(facilities_.vault.add_record(id, transfer.subject, *keys, one.json));
    return {};
  }

  // Kept as a figure that says nothing about whom (docs/reports.md, "Figures"). One person counts once in a month for
  // each thing that is said, however often it is said: the key that tells outlives the month by little.
  Status count(const History& history, const Reported& one, const History::Transfer& transfer, Date today,
               Transaction& transaction) {
    const Date month = today.year() / today.month() / 1;
    const auto mark =
        facilities_.vault.mark(IdentifierKind::request_body,
                               fmt::format("{} {} {} {} {} {}", ledger::to_text(transfer.subject), incoming_.recipient,
                                           one.kind, one.status, one.reason, to_iso(month)));
    const auto key = make_reply_key("figure", incoming_.recipient, to_hex(mark));
    if (counted_.contains(key) || facilities_.vault.find_reply(key)) return {};
    if (auto claimed = call_.claim({key}); !claimed) return claimed;
    counted_.insert(key);
    transaction.changes.push_back(facilities_.vault.add_reply(
        key, {mark, 202, {}}, start_of_day_in_brussels(add_months(month, 1)) + counted_for));
    transaction.changes.push_back(facilities_.vault.count_outcome(
        {month, centre_of(history, transfer), incoming_.recipient, one.kind, one.status, one.reason}));
    return {};
  }

  [[nodiscard]] static std::string centre_of(const History& history, const History::Transfer& transfer) {
    auto record = history.record(transfer.record);
    if (!record) record = history.latest_record(transfer.subject);
    return record ? std::string(record->centre) : std::string();
  }

  // What it says is dropped: not even its status stands in the ledger.
  Status add_rejected(const History& history, const Reported&, const History::Transfer& transfer, Date today,
                      const policy::OutcomeDecision& decision, const Uuid& id, Transaction& transaction) const {
    ledger::OutcomeRejected body;
    body.agreement = decision.agreement;
    body.consent = decision.consent;
    body.decided_for = today;
    body.ledger_size = history.size();
    body.outcome = id;
    body.purpose = policy::follow_up;
    body.reasons = decision.reasons;
    body.recipient = incoming_.recipient;
    EntryDraft draft = draft_of(ledger::OutcomeRejected::kind, transfer, decision);
    draft.body = ledger::encode_body(body);
    transaction.entries.push_back(std::move(draft));
    return {};
  }

  void finish(Result<ledger::Committed> committed) {
    auto answer = call_.end(committed);
    if (committed || committed.error().code == ErrorCode::invalid_input) tell_operator();
    if (!answer) return attempt();
    on_done_(std::move(*answer));
  }

  // The code itself is the partner's text: it stands in GET /mappings, where an operator looks, and in no log.
  void tell_operator() {
    for (const auto& code : lacking_) {
      if (code.unknown.list.empty()) continue;  // not for us to mend
      unknown_codes_.note(incoming_.recipient, code.unknown, facilities_.clock.now());
      const auto list = log::ConfiguredName::parse(code.unknown.list);
      const auto recipient = log::ConfiguredName::parse(incoming_.recipient);
      if (list && recipient)
        log::warning("outcome_code_unknown", log::field("recipient", *recipient), log::field("code_list", *list),
                     log::field("trace", incoming_.caller.trace));
    }
    lacking_.clear();
  }

  Facilities& facilities_;
  UnknownCodes& unknown_codes_;
  IncomingOutcomes incoming_;
  std::vector<Reported> reported_;
  std::function<std::string(const std::vector<OutcomeReceipt>&)> render_;
  std::function<void(Result<PastReply>)> on_done_;
  RepeatableCall call_;
  std::vector<OutcomeReceipt> receipts_;
  std::map<Digest, Uuid> received_;  // by this report
  std::set<Digest> counted_;         // by this report
  std::vector<OutcomeReceipt::Code> lacking_;
  bool comes_again_ = true;
};

}  // namespace

void receive_outcomes(Facilities& facilities, UnknownCodes& unknown_codes, IncomingOutcomes incoming,
                      std::function<std::string(const std::vector<OutcomeReceipt>&)> render,
                      std::function<void(Result<PastReply>)> on_done) {
  auto reported = read_outcomes(facilities, incoming);
  if (!reported) return on_done(fail(std::move(reported.error())));
  std::make_shared<OutcomeReception>(facilities, unknown_codes, std::move(incoming), std::move(*reported),
                                     std::move(render), std::move(on_done))
      ->attempt();
}

}  // namespace ketenpoort::exchange
