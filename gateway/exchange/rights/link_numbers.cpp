#include "gateway/exchange/rights/link_numbers.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <utility>

#include "gateway/exchange/consent/cut_consent.hpp"
#include "gateway/exchange/facilities/identity.hpp"
#include "gateway/exchange/facilities/person_entry.hpp"
#include "gateway/exchange/facilities/repeatable_call.hpp"
#include "gateway/exchange/notices/notify.hpp"
#include "gateway/exchange/notices/recall.hpp"
#include "gateway/exchange/rights/proposals.hpp"
#include "gateway/ledger/entry/bodies.hpp"
#include "gateway/ledger/history/history.hpp"

namespace ketenpoort::exchange {
namespace {

using ledger::EntryDraft;
using ledger::History;
using ledger::Transaction;
using State = NumberDecision::State;

constexpr std::array<std::pair<IdentifierKind, std::string_view>, 3> number_kinds = {
    {{IdentifierKind::fedasil_number, "fedasil-number"},
     {IdentifierKind::ssin, "ssin"},
     {IdentifierKind::immigration_office_number, "immigration-office-number"}}};

// Any subject may bear an immigration office number beside others: it may be a family's.
bool is_matched_on(const NamedNumber& number) {
  return number.kind != IdentifierKind::immigration_office_number;
}

// One number named twice is one number: it must not leave or come twice.
void add_once(std::vector<NamedNumber>& numbers, const NamedNumber& number) {
  if (std::ranges::find(numbers, number.mark, &NamedNumber::mark) == numbers.end()) numbers.push_back(number);
}

std::string_view proposal_kind(NumberChange change) {
  return change == NumberChange::link ? link_proposal : unlink_proposal;
}

std::string to_details(const std::vector<NamedNumber>& numbers) {
  std::string json;
  formats::JsonWriter writer(json);
  writer.begin_object().key("numbers").begin_array();
  for (const auto& number : numbers)
    writer.begin_object().member("kind", number_kind(number.kind)).member("mark", to_hex(number.mark)).end_object();
  writer.end_array().end_object();
  return json;
}

bool is_borne(const Vault& vault, const NamedNumber& number, const SubjectRef& subject) {
  if (is_matched_on(number)) return vault.find_subject(number.mark) == subject;
  const auto all = vault.numbers_of(subject);
  return std::find(all.begin(), all.end(), number.mark) != all.end();
}

tl::unexpected<Error> conflict(std::string message, std::string where, std::string detail) {
  return fail(ErrorCode::conflict, std::move(message), {{ErrorCode::conflict, std::move(where), std::move(detail)}});
}

// A number that an erased subject bore may be nobody's again, and not come in through this door.
Status check_link(const Vault& vault, const SubjectRef& subject, const std::vector<NamedNumber>& numbers) {
  for (const auto& number : numbers)
    if (is_matched_on(number) && vault.is_suppressed(number.mark))
      return fail(ErrorCode::gone, "the data of whoever bore one of these numbers were erased");
  if (std::ranges::all_of(numbers, [&](const auto& one) { return is_borne(vault, one, subject); }))
    return conflict("there is nothing to link", "identifiers", "these numbers are this subject's already");
  return {};
}

// A restriction would be lost: who bears the number next is somebody new.
Status check_unlink(const Vault& vault, const History& history, const SubjectRef& subject,
                    const std::vector<NamedNumber>& numbers) {
  for (const auto& number : numbers)
    if (!is_borne(vault, number, subject))
      return conflict("a number is not this subject's", "identifiers", std::string(number_kind(number.kind)));
  if (history.is_restricted(subject))
    return conflict("the subject is restricted, and a number that leaves would escape that", "subject",
                    "link the number to whose it is, or end the restriction first");
  return {};
}

Status check_change(const Vault& vault, const History& history, const RightsCall& call, NumberChange change,
                    const std::vector<NamedNumber>& numbers) {
  if (!history.knows(call.subject)) return fail(ErrorCode::not_found, "nothing is known of this subject");
  if (history.is_erased(call.subject)) return fail(ErrorCode::gone, "the data of this subject were erased");
  if (call.request && history.subject_of_request(*call.request) != call.subject)
    return fail(ErrorCode::invalid_input, "no such request is open",
                {{ErrorCode::invalid_input, "request", "an open request of this subject (POST /requests)"}});
  return change == NumberChange::link ? check_link(vault, call.subject, numbers)
                                      : check_unlink(vault, history, call.subject, numbers);
}

PendingNumbers to_pending(const Vault& vault, const Proposal& proposal) {
  PendingNumbers out{.id = proposal.id,
                     .subject = proposal.subject,
                     .asked_at = proposal.asked_at,
                     .numbers = read_proposed_numbers(proposal.details),
                     .owners = {}};
  for (const auto& number : out.numbers)
    out.owners.push_back(is_matched_on(number) ? vault.find_subject(number.mark) : std::nullopt);
  return out;
}

// Somebody who loses numbers, and all there are of them.
struct Loser {
  SubjectRef subject{};
  std::vector<IdentifierMark> all;
  bool loses_all = false;  // of the numbers it is found by
  std::uint64_t left_at = 0;
  bool operator==(const Loser& other) const { return subject == other.subject && all == other.all; }
};

// The immigration office's number of the newest record: nobody is found by it.
std::vector<IdentifierMark> numbers_not_matched_on(const Facilities& facilities, const SubjectRef& subject) {
  const auto newest = facilities.sequencer.read([&](const History& history) { return history.latest_record(subject); });
  if (!newest) return {};
  const auto record = facilities.vault.find_record(newest->id);
  if (!record) return {};
  const auto document = formats::parse_json(*record);
  if (!document) return {};
  return read_identifiers(facilities.vault, document->root().find("resident").find("identifiers")).kept;
}

std::vector<Loser> find_losers(const Facilities& facilities, const SubjectRef& subject,
                               const std::vector<NamedNumber>& numbers) {
  std::vector<Loser> losers;
  for (const auto& number : numbers) {
    if (!is_matched_on(number)) continue;
    const auto owner = facilities.vault.find_subject(number.mark);
    if (!owner || *owner == subject) continue;
    if (std::ranges::any_of(losers, [&](const Loser& one) { return one.subject == *owner; })) continue;
    losers.push_back({.subject = *owner, .all = facilities.vault.numbers_of(*owner)});
    auto left = losers.back().all;
    const auto spare = numbers_not_matched_on(facilities, *owner);
    std::erase_if(left, [&](const IdentifierMark& mark) {
      return std::ranges::any_of(numbers, [&](const auto& one) { return one.mark == mark; }) ||
             std::find(spare.begin(), spare.end(), mark) != spare.end();
    });
    losers.back().loses_all = left.empty();
  }
  return losers;
}

class Changing : public std::enable_shared_from_this<Changing> {
 public:
  Changing(Facilities& facilities, InFlight& in_flight, RightsCall call, NumberChange change, std::optional<Uuid> id,
           std::vector<NamedNumber> expected, std::function<void(Result<NumbersChanged>)> done,
           OnSubjectChanged on_changed)
      : facilities_(facilities),
        in_flight_(in_flight),
        call_(std::move(call)),
        change_(change),
        id_(id),
        expected_(std::move(expected)),
        done_(std::move(done)),
        on_changed_(std::move(on_changed)) {}

  void attempt() {
    auto proposal = find_approvable(facilities_, call_.subject, proposal_kind(change_), id_, call_.caller.client,
                                    facilities_.now());
    if (!proposal) return done_(fail(proposal.error()));
    proposal_ = std::move(*proposal);
    call_.request = proposal_.request;
    numbers_ = read_proposed_numbers(proposal_.details);
    if (numbers_.empty()) return done_(fail(ErrorCode::conflict, "what was proposed cannot be read: propose it again"));
    if (!expected_.empty() && !same_numbers())
      return done_(
          conflict("other numbers were proposed", "identifiers", "look at the proposal before you approve it"));
    losers_ = change_ == NumberChange::link ? find_losers(facilities_, call_.subject, numbers_) : std::vector<Loser>{};
    auto self = shared_from_this();
    facilities_.sequencer.submit([self](const History& history, std::uint64_t first_seq,
                                        Timestamp now) { return self->prepare(history, first_seq, now); },
                                 [self](const Result<ledger::Committed>& committed) { self->finish(committed); });
  }

 private:
  [[nodiscard]] bool same_numbers() const {
    return expected_.size() == numbers_.size() && std::ranges::all_of(expected_, [&](const auto& one) {
             return std::ranges::find(numbers_, one) != numbers_.end();
           });
  }

  Result<Transaction> prepare(const History& history, std::uint64_t first_seq, Timestamp now) {
    outcome_ = {};
    cut_ = {};
    first_seq_ = first_seq;
    transaction_ = {};
    if (auto fits = check_change(facilities_.vault, history, call_, change_, numbers_); !fits)
      return fail(fits.error());
    if (!is_as_seen()) return fail(ErrorCode::changed, "the numbers moved on");
    auto claims = std::vector{sha256(as_bytes(proposal_.id.text()))};
    for (const auto& number : numbers_) claims.push_back(number.mark);
    if (!facilities_.pending.claim(claims)) return fail(ErrorCode::changed, "the same number is in this batch");
    claimed_ = std::move(claims);
    facilities_.pending.begin_moving(claimed_);
    change_ == NumberChange::link ? link(history, now) : unlink(history, now);
    transaction_.changes.push_back(facilities_.vault.drop_decision(proposal_.id));
    outcome_.outcome.subject = call_.subject;
    outcome_.outcome.seq = first_seq;
    return std::move(transaction_);
  }

  // Nobody got or lost a number since, which a batch of others may have brought about.
  [[nodiscard]] bool is_as_seen() const {
    const auto proposal = find_proposal(facilities_.vault, call_.subject, proposal_kind(change_));
    if (!proposal || proposal->id != proposal_.id) return false;
    for (const auto& loser : losers_)
      if (facilities_.vault.numbers_of(loser.subject) != loser.all) return false;
    for (const auto& number : numbers_) {
      const auto owner = is_matched_on(number) ? facilities_.vault.find_subject(number.mark) : std::nullopt;
      if (change_ == NumberChange::link && owner && *owner != call_.subject && find_loser(*owner) == losers_.end())
        return false;
    }
    return true;
  }
  [[nodiscard]] std::vector<Loser>::const_iterator find_loser(const SubjectRef& subject) const {
    return std::ranges::find(losers_, subject, &Loser::subject);
  }

  [[nodiscard]] std::uint64_t next_seq() const { return first_seq_ + transaction_.entries.size(); }

  template <class Body>
  std::uint64_t add_number(const NamedNumber& number, const SubjectRef& subject, const SubjectRef& reference,
                           std::vector<std::uint64_t> refs = {}) {
    Body body;
    body.mark = reference;
    body.number = number_kind(number.kind);
    if (subject == call_.subject) body.request = call_.request;
    auto draft = draft_by_person(call_.caller, subject, body);
    draft.refs = std::move(refs);
    const auto seq = next_seq();
    transaction_.entries.push_back(std::move(draft));
    return seq;
  }

  // A number that came with a record or a consent has no entry of its own until somebody decides about it.
  SubjectRef name_number(const History& history, const NamedNumber& number, const SubjectRef& subject) {
    const auto decided = facilities_.vault.find_number(number.mark, subject);
    if (decided && history.owner_of_number(decided->reference) == subject) return decided->reference;
    const SubjectRef reference = random_bytes<16>();
    add_number<ledger::SubjectLinked>(number, subject, reference);
    return reference;
  }

  void set(const NamedNumber& number, const SubjectRef& subject, const SubjectRef& reference, State state) {
    transaction_.changes.push_back(facilities_.vault.set_number(
        {.mark = number.mark, .subject = subject, .reference = reference, .state = state}));
  }

  // What of the subject is permitted and has not begun to leave was made with numbers that are others' now.
  Recalled stop_and_ask_again(const History& history, const SubjectRef& subject, std::uint64_t seq, Timestamp now) {
    EntryDraft like = transaction_.entries.front();
    like.subject = subject;
    auto recalled = recall_all(history, in_flight_, like, {Reason::superseded, seq, true}, now, transaction_);
    note_recalled(recalled);
    return recalled;
  }
  void note_recalled(const Recalled& recalled) {
    auto& outcome = outcome_.outcome;
    outcome.stopped.insert(outcome.stopped.end(), recalled.stopped.begin(), recalled.stopped.end());
    outcome.in_flight.insert(outcome.in_flight.end(), recalled.in_flight.begin(), recalled.in_flight.end());
    cut_.recalled.stopped.insert(cut_.recalled.stopped.end(), recalled.stopped.begin(), recalled.stopped.end());
  }

  void tell(const History& history, const SubjectRef& subject, std::string_view cause, std::uint64_t seq,
            Timestamp now) {
    EntryDraft like = transaction_.entries.front();
    like.subject = subject;
    const auto categories = cause == "IDENTITY_CHANGED" ? CategorySet{Category::identity_core} : CategorySet::all();
    for (auto& recipient : add_notifications(history, like, {.cause = cause, .seq = seq, .categories = categories},
                                             cut_.recalled.stopped, now, transaction_))
      note_told(std::move(recipient));
  }
  void note_told(std::string recipient) {
    auto& told = outcome_.outcome.to_notify;
    if (std::find(told.begin(), told.end(), recipient) == told.end()) told.push_back(std::move(recipient));
  }

  // First every number leaves, then every number comes: so the log knows who has none left when they come.
  void link(const History& history, Timestamp now) {
    std::vector<std::pair<NamedNumber, SubjectRef>> coming;  // with its reference
    std::vector<std::optional<std::uint64_t>> left_at;
    for (const auto& number : numbers_) {
      if (is_borne(facilities_.vault, number, call_.subject)) continue;
      const auto owner = is_matched_on(number) ? facilities_.vault.find_subject(number.mark) : std::nullopt;
      left_at.emplace_back();
      if (!owner) {
        const auto before = facilities_.vault.find_number(number.mark, call_.subject);
        coming.emplace_back(number, before ? before->reference : SubjectRef(random_bytes<16>()));
        continue;
      }
      coming.emplace_back(number, name_number(history, number, *owner));
      auto& loser = losers_[static_cast<std::size_t>(find_loser(*owner) - losers_.begin())];
      loser.left_at = add_number<ledger::SubjectUnlinked>(number, *owner, coming.back().second);
      if (loser.loses_all) left_at.back() = loser.left_at;
      set(number, *owner, coming.back().second, loser.loses_all ? State::passed : State::parted);
    }
    for (const auto& loser : losers_)
      if (loser.loses_all) part_spare_numbers(history, loser);
    std::uint64_t came_at = first_seq_;
    for (std::size_t i = 0; i < coming.size(); ++i) {
      const auto& [number, reference] = coming[i];
      auto refs = left_at[i] ? std::vector{*left_at[i]} : std::vector<std::uint64_t>{};
      came_at = add_number<ledger::SubjectLinked>(number, call_.subject, reference, std::move(refs));
      set(number, call_.subject, reference, State::borne);
    }
    follow_up_link(history, came_at, now);
  }

  // Who has nothing left to be found by keeps no number that nobody is found by either: else the log would not know
  // that somebody continues them.
  void part_spare_numbers(const History& history, const Loser& loser) {
    for (const auto& mark : loser.all) {
      const auto has_left = [&](const NamedNumber& one) { return one.mark == mark && is_matched_on(one); };
      if (std::ranges::any_of(numbers_, has_left)) continue;
      const auto decided = facilities_.vault.find_number(mark, loser.subject);
      if (!decided || history.owner_of_number(decided->reference) != loser.subject) continue;
      const NamedNumber spare{IdentifierKind::immigration_office_number, mark};
      add_number<ledger::SubjectUnlinked>(spare, loser.subject, decided->reference);
      set(spare, loser.subject, decided->reference, State::passed);
    }
  }

  void follow_up_link(const History& history, std::uint64_t came_at, Timestamp now) {
    carry_restriction(history, now);
    carry_refusals(history, now);
    for (const auto& loser : losers_) {
      outcome_.passed_from.push_back(loser.subject);
      if (loser.loses_all) outcome_.continues.push_back(loser.subject);
      stop_and_ask_again(history, loser.subject, loser.left_at, now);
      tell(history, loser.subject, "IDENTITY_CHANGED", loser.left_at, now);
    }
    tell(history, call_.subject, "IDENTITY_CHANGED", came_at, now);
  }

  // What restricts one of those whom the numbers pass between restricts them all, whoever keeps a number.
  void carry_restriction(const History& history, Timestamp now) {
    std::vector<SubjectRef> all{call_.subject};
    for (const auto& loser : losers_) all.push_back(loser.subject);
    std::optional<std::string> ground;
    for (const auto& subject : all)
      for (const auto& one : history.same_person(subject))
        if (const auto stated = history.restriction_ground(one); stated && !ground) ground = std::string(*stated);
    if (!ground) return;
    for (const auto& subject : all)
      if (!history.is_restricted(subject) && !history.is_erased(subject)) restrict(history, subject, *ground, now);
  }

  void restrict(const History& history, const SubjectRef& subject, const std::string& ground, Timestamp now) {
    const auto request = subject == call_.subject ? call_.request : std::nullopt;
    const auto seq = next_seq();
    transaction_.entries.push_back(draft_by_person(call_.caller, subject, ledger::SubjectRestricted{ground, request}));
    EntryDraft like = transaction_.entries.back();
    note_recalled(recall_all(history, in_flight_, like, {Reason::subject_restricted, seq, true}, now, transaction_));
    tell(history, subject, "RESTRICTION", seq, now);
  }

  // What any of them said later than the subject, and less: each cell once.
  void carry_refusals(const History& history, Timestamp now) {
    std::map<std::pair<std::string_view, std::string_view>, ConsentCut> cuts;
    for (const auto& loser : losers_)
      for (const auto& one : history.same_person(loser.subject))
        for (const auto& cut : find_overruled(history, call_.subject, one)) {
          auto& merged = cuts.try_emplace({cut.purpose, cut.recipient}, cut).first->second;
          merged.lost = merged.lost | cut.lost;
        }
    const EntryDraft like = transaction_.entries.front();
    for (const auto& [cell, cut] : cuts) add_cut(history, in_flight_, like, cut, first_seq_, now, transaction_, cut_);
  }

  void unlink(const History& history, Timestamp now) {
    std::uint64_t seq = first_seq_;
    for (const auto& number : numbers_) {
      const auto reference = name_number(history, number, call_.subject);
      seq = add_number<ledger::SubjectUnlinked>(number, call_.subject, reference);
      set(number, call_.subject, reference, State::parted);
    }
    stop_and_ask_again(history, call_.subject, seq, now);
    tell(history, call_.subject, "IDENTITY_CHANGED", seq, now);
  }

  void finish(const Result<ledger::Committed>& committed) {
    facilities_.pending.end_moving(claimed_);
    facilities_.pending.release(std::exchange(claimed_, {}));
    if (!committed) {
      release(in_flight_, cut_.recalled);
      if (committed.error().code == ErrorCode::changed && ++attempts_ < RepeatableCall::most_attempts) return attempt();
      return done_(fail(committed.error()));
    }
    auto& outcome = outcome_.outcome;
    outcome.stopped.insert(outcome.stopped.end(), cut_.stopped.begin(), cut_.stopped.end());
    outcome.in_flight.insert(outcome.in_flight.end(), cut_.in_flight.begin(), cut_.in_flight.end());
    keep_each_once();
    for (auto& recipient : cut_.to_notify) note_told(std::move(recipient));
    outcome_.approved = to_pending(facilities_.vault, proposal_);
    auto changed = outcome_.passed_from;
    changed.push_back(call_.subject);
    done_(std::move(outcome_));
    for (const auto& subject : changed) on_changed_(subject);
  }

  // A restriction and a refusal that come along may both reach for one transfer.
  void keep_each_once() {
    auto& stopped = outcome_.outcome.stopped;
    auto& in_flight = outcome_.outcome.in_flight;
    for (auto* list : {&stopped, &in_flight}) {
      std::ranges::sort(*list);
      list->erase(std::unique(list->begin(), list->end()), list->end());
    }
    std::erase_if(in_flight, [&](const TransferId& id) { return std::ranges::binary_search(stopped, id); });
  }

  Facilities& facilities_;
  InFlight& in_flight_;
  RightsCall call_;
  NumberChange change_;
  std::optional<Uuid> id_;
  std::vector<NamedNumber> expected_;
  std::function<void(Result<NumbersChanged>)> done_;
  OnSubjectChanged on_changed_;

  Proposal proposal_;
  std::vector<NamedNumber> numbers_;
  std::vector<Loser> losers_;
  std::vector<Digest> claimed_;
  std::uint64_t first_seq_ = 0;
  Transaction transaction_;
  NumbersChanged outcome_;
  CutOutcome cut_;
  int attempts_ = 0;
};

}  // namespace

std::string_view number_kind(IdentifierKind kind) {
  for (const auto& [one, name] : number_kinds)
    if (one == kind) return name;
  return {};
}

std::vector<NamedNumber> read_numbers(const Vault& vault, formats::JsonView identifiers) {
  std::vector<NamedNumber> numbers;
  const auto add = [&](IdentifierKind kind, formats::JsonView value) {
    if (const auto text = value.as_string()) add_once(numbers, {kind, vault.mark(kind, *text)});
  };
  add(IdentifierKind::fedasil_number, identifiers.find("fedasilNumber"));
  add(IdentifierKind::ssin, identifiers.find("ssin"));
  for (const auto previous : identifiers.find("previousSsins").elements()) add(IdentifierKind::ssin, previous);
  add(IdentifierKind::immigration_office_number, identifiers.find("immigrationOfficeNumber"));
  return numbers;
}

std::vector<NamedNumber> read_proposed_numbers(std::string_view details) {
  std::vector<NamedNumber> out;
  const auto document = formats::parse_json(details);
  if (!document) return out;
  for (const auto number : document->root().find("numbers").elements()) {
    const auto kind = number.find("kind").as_string().value_or("");
    const auto mark = from_hex(number.find("mark").as_string().value_or(""));
    const auto known = std::ranges::find_if(number_kinds, [&](const auto& one) { return one.second == kind; });
    if (known == number_kinds.end() || !mark || mark->size() != IdentifierMark{}.size()) return {};
    NamedNumber read{known->first, {}};
    std::copy(mark->begin(), mark->end(), read.mark.begin());
    add_once(out, read);
  }
  return out;
}

void propose_numbers(Facilities& facilities, const RightsCall& call, NumberChange change,
                     std::vector<NamedNumber> numbers, std::function<void(Result<PendingNumbers>)> done) {
  auto proposal = std::make_shared<Proposal>(Proposal{.id = new_uuid_v4(),
                                                      .subject = call.subject,
                                                      .kind = std::string(proposal_kind(change)),
                                                      .asked_by = call.caller.client,
                                                      .request = call.request,
                                                      .details = to_details(numbers)});
  facilities.sequencer.submit(
      [proposal, call, change, numbers = std::move(numbers), &facilities](const History& history, std::uint64_t,
                                                                          Timestamp now) -> Result<Transaction> {
        if (auto fits = check_change(facilities.vault, history, call, change, numbers); !fits)
          return fail(fits.error());
        proposal->asked_at = now;
        Transaction transaction;
        transaction.changes = replace_proposals(facilities.vault, *proposal);
        return transaction;
      },
      [proposal, &facilities, done = std::move(done)](const Result<ledger::Committed>& committed) {
        if (!committed) return done(fail(committed.error()));
        done(to_pending(facilities.vault, *proposal));
      });
}

void approve_numbers(Facilities& facilities, InFlight& in_flight, const RightsCall& call, NumberChange change,
                     std::optional<Uuid> id, std::vector<NamedNumber> numbers,
                     std::function<void(Result<NumbersChanged>)> done, OnSubjectChanged on_changed) {
  std::make_shared<Changing>(facilities, in_flight, call, change, id, std::move(numbers), std::move(done),
                             std::move(on_changed))
      ->attempt();
}

}  // namespace ketenpoort::exchange
