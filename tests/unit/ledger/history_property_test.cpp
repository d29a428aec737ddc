// Random lives of transfers: what the diagram allows is accepted, and one change anywhere is not.
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <random>

#include "tests/support/log_story.hpp"

namespace ketenpoort::ledger::test {
namespace {

using enum TransferState;

// Leads many transfers of many subjects through the diagram, keeping its own account of where each stands.
class RandomLog {
 public:
  explicit RandomLog(unsigned seed) : random_(seed) { story.open(); }

  void run(std::size_t steps) {
    for (std::uint8_t i = 0; i < 6; ++i) add_subject(i);
    for (std::size_t i = 0; i < steps; ++i) step();
  }

  // So long that nobody may be left untold.
  Seq let_time_pass() {
    EntryDraft draft;
    draft.kind = std::string(ClockAnomaly::kind);
    draft.body = encode_body(ClockAnomaly{1});
    return story.log.add(std::move(draft), std::chrono::hours{80});
  }

  // Any number below `limit`.
  std::size_t pick(std::size_t limit) { return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_); }

  struct Person {
    SubjectRef ref{};
    RecordId record;
    Seq received = 0;
    std::optional<Seq> cell;  // set while consent is given
    ConsentId consent;
    bool restricted = false;
    std::optional<Uuid> request;  // open
    std::vector<SubjectRef> marks;
    TransferId arrived_last;
  };
  struct Life {
    TransferId id;
    std::size_t person = 0;
    TransferState state = requested;
    std::uint32_t attempts = 0;
    std::vector<Seq> seqs;
    bool overtaken = false;  // a later one was delivered before this one was acknowledged
  };

  // Whether a later entry may still name it.
  [[nodiscard]] bool is_kept(const Life& life) const {
    if (people[life.person].arrived_last == life.id) return true;
    return !life.overtaken && !is_final(life.state);
  }

  Story story;
  std::vector<Person> people;
  std::vector<Life> lives;
  std::vector<Seq> notified;

 private:
  void add_subject(std::uint8_t number) {
    Person person;
    person.ref = subject_number(number);
    person.record = fresh_id();
    story.subject = person.ref;
    story.record = person.record;
    person.received = story.log.add(story.record_body(), {}, person.ref);
    people.push_back(person);
  }

  Uuid fresh_id() { return numbered_id(next_id_++); }

  void step() {
    const auto choice = pick(12);
    if (choice > 9) return exercise_a_right(people[pick(people.size())]);
    if (choice < 2) return speak_of_consent(people[pick(people.size())]);
    if (choice < 4 || lives.empty()) return request(pick(people.size()));
    move(lives[pick(lives.size())]);
  }

  // As the gateway does: in the same breath, whether or not it has anything.
  void tell(const Person& person, std::string cause, Seq seq) {
    const RecipientNotified b{std::move(cause), "vdab", story.today, {}};
    notified.push_back(story.log.add(b, {seq}, person.ref));
  }

  void speak_of_consent(Person& person) {
    if (person.cell && pick(2) == 0) {
      const ConsentWithdrawn b{person.consent, "work-guidance", "vdab", Story::sendable(), true};
      tell(person, "WITHDRAWAL", story.log.add(b, {*person.cell}, person.ref));
      person.cell.reset();
      return;
    }
    person.consent = fresh_id();
    person.cell = story.log.add(story.statement_body<ConsentGiven>(person.consent), {}, person.ref);
  }

  void exercise_a_right(Person& person) {
    switch (pick(4)) {
      case 0:
        if (person.restricted)
          story.log.add(SubjectUnrestricted{person.request}, {}, person.ref);
        else
          tell(person, "RESTRICTION", story.log.add(SubjectRestricted{"unlawful", person.request}, {}, person.ref));
        person.restricted = !person.restricted;
        return;
      case 1:
        if (person.request) {
          story.log.add(RequestClosed{"GRANTED", *person.request}, {}, person.ref);
          person.request.reset();
        } else {
          person.request = fresh_id();
          story.log.add(RequestOpened{16, story.today, *person.request}, {}, person.ref);
        }
        return;
      case 2:
        tell(person, "RECTIFICATION",
             story.log.add(SubjectRectified{{Category::contact}, person.request}, {}, person.ref));
        return;
      default:
        return change_number(person);
    }
  }

  void change_number(Person& person) {
    if (!person.marks.empty() && pick(2) == 0) {
      SubjectUnlinked b;
      b.mark = person.marks.back();
      b.number = "ssin";
      story.log.add(b, {}, person.ref);
      person.marks.pop_back();
      return;
    }
    SubjectLinked b;
    b.mark = fresh_id().bytes;
    b.number = "ssin";
    story.log.add(b, {}, person.ref);
    person.marks.push_back(b.mark);
  }

  void request(std::size_t who) {
    Life life{.id = fresh_id(), .person = who, .state = requested, .attempts = 0, .seqs = {}};
    const TransferRequested b{people[who].record, 0, "vdab", "work-guidance", "vdab-profile"};
    life.seqs.push_back(story.log.add(b, {people[who].received}, people[who].ref, life.id));
    lives.push_back(life);
  }

  template <class Body>
  void write(Life& life, const Body& body, TransferState to, std::vector<Seq> refs = {}) {
    life.seqs.push_back(story.log.add(body, std::move(refs), people[life.person].ref, life.id));
    life.state = to;
  }

  template <class Body>
  void end(Life& life, TransferState to) {
    Body b;
    b.reasons = {Reason::cancelled_by_operator};
    write(life, b, to);
  }

  void permit(Life& life) {
    const auto& person = people[life.person];
    if (!person.cell || person.restricted) return;
    story.given = *person.cell;
    write(life, story.permit_body(++life.attempts), permitted, story.permit_refs());
  }

  void hold(Life& life) {
    TransferHeld b;
    b.reasons = {Reason::no_consent};
    b.decided_for = story.today;
    write(life, b, held);
  }

  void deliver(Life& life) {
    write(life, TransferDelivered{life.attempts, digest_of(1), 200}, delivered);
    people[life.person].arrived_last = life.id;
    for (auto& other : lives)
      if (other.person == life.person && other.id != life.id && other.state == delivered) other.overtaken = true;
  }

  void move(Life& life) {
    const auto choice = pick(4);
    switch (life.state) {
      case requested:
        if (choice == 0) return hold(life);
        if (choice == 1) return end<TransferRefused>(life, refused);
        return permit(life);
      case held:
        return choice == 0 ? end<TransferCancelled>(life, cancelled) : permit(life);
      case permitted:
        if (choice == 0) return end<TransferCancelled>(life, cancelled);
        if (choice == 1) return deliver(life);
        if (choice == 2) people[life.person].arrived_last = life.id;
        return write(life, TransferFailed{life.attempts, "timeout", choice == 2, {}}, failed);
      case failed:
        if (choice == 0) return hold(life);
        if (choice == 1) return write(life, TransferAbandoned{life.attempts, "timeout"}, abandoned);
        if (choice == 2) return end<TransferCancelled>(life, cancelled);
        return permit(life);
      case delivered:
        if (!is_kept(life)) return;
        return write(life, TransferAcknowledged{life.attempts, digest_of(1), "ref"}, acknowledged);
      case abandoned:
        return permit(life);
      case refused:
      case acknowledged:
      case cancelled:
        return;
    }
  }

  std::mt19937 random_;
  std::uint64_t next_id_ = 10'000;
};

TEST(RandomLives, every_life_the_diagram_allows_is_accepted_and_told_truly) {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    RandomLog log(seed);
    log.run(300);
    log.let_time_pass();
    History history(History::Reader::verifier);
    const auto replayed = log.story.log.replay(history);
    ASSERT_TRUE(replayed) << "seed " << seed << ": " << replayed.error().message;
    for (const auto& life : log.lives) {
      const auto told = history.transfer(life.id);
      ASSERT_EQ(told.has_value(), log.is_kept(life)) << to_text(life.state);
      if (!told) continue;
      ASSERT_EQ(told->state, life.state);
      ASSERT_EQ(told->attempts, life.attempts);
      ASSERT_EQ(told->seqs, life.seqs);
    }
    for (const auto& person : log.people) {
      const auto cell = history.cell(person.ref, "work-guidance", "vdab");
      ASSERT_EQ(cell && cell->state == History::CellState::given, person.cell.has_value());
    }
  }
}

TEST(RandomLives, forgetting_keeps_count_of_every_state) {
  RandomLog log(3);
  log.run(400);
  History history;
  ASSERT_TRUE(log.story.log.replay(history));
  std::array<std::uint64_t, 9> expected{};
  for (const auto& life : log.lives) ++expected[static_cast<std::size_t>(life.state)];
  EXPECT_EQ(history.counts().transfers, expected);
  EXPECT_EQ(history.transfer_count(), log.lives.size());
}

// Saved anywhere and taken up again, the history goes on as the one that saw it all.
TEST(RandomLives, a_history_that_is_saved_and_loaded_goes_on_the_same) {
  for (unsigned seed = 1; seed <= 25; ++seed) {
    RandomLog log(seed);
    log.run(200);
    const auto lines = log.story.log.encode();
    History whole;
    for (const auto& line : lines) ASSERT_TRUE(whole.apply(decode_entry(line).value()));
    for (int cut = 0; cut < 4; ++cut) {
      const auto at = log.pick(lines.size() + 1);
      History first;
      for (std::size_t i = 0; i < at; ++i) ASSERT_TRUE(first.apply(decode_entry(lines[i]).value()));
      const auto bytes = first.save();
      auto second = History::load(bytes);
      ASSERT_TRUE(second);
      ASSERT_EQ(second->save(), bytes);
      for (std::size_t i = at; i < lines.size(); ++i) {
        const auto applied = second->apply(decode_entry(lines[i]).value());
        ASSERT_TRUE(applied) << "seed " << seed << " cut at " << at << ": " << applied.error().message;
      }
      ASSERT_EQ(second->save(), whole.save()) << "seed " << seed << " cut at " << at;
      ASSERT_EQ(second->open_transfers(), whole.open_transfers());
    }
  }
}

TEST(RandomLives, a_saved_history_that_is_cut_short_or_longer_is_not_loaded) {
  RandomLog log(5);
  log.run(60);
  History history;
  ASSERT_TRUE(log.story.log.replay(history));
  const auto bytes = history.save();
  for (std::size_t size = 0; size < bytes.size(); size += 97)
    EXPECT_FALSE(History::load(std::string_view(bytes).substr(0, size))) << size;
  EXPECT_FALSE(History::load(bytes + "x"));
}

void make_neutral(Line& line) {
  line.draft = {.kind = "partner.resumed", .actor = {"system", "", "gateway", ""}};
  line.draft.body = encode_body(PartnerResumed{"vdab"});
}

// One thing about an entry of a life that no rule can let pass; the invariant it breaks, or 0 when the picked place has
// nothing of that sort.
int change_a_life(RandomLog& log) {
  const auto& life = log.lives[log.pick(log.lives.size())];
  const auto at = log.pick(life.seqs.size());
  auto& line = log.story.log.lines[life.seqs[at]];
  const bool is_last = at + 1 == life.seqs.size();
  switch (log.pick(4)) {
    case 0:  // an entry in the middle of a life vanishes
      // (others leave a life that could have been so: requested, permitted, cancelled without its permit)
      if (is_last || (at != 0 && line.draft.kind != "transfer.delivered")) return 0;
      make_neutral(line);
      return 2;
    case 1:  // an entry moves to another transfer
      if (at == 0) return 0;
      line.draft.tx = numbered_id(5);
      return 2;
    case 2:  // to another subject
      line.draft.subject = subject_number(99);
      return 2;
    default: {  // an attempt is miscounted
      const auto where = line.draft.body.find("\"attempt\":");
      if (where == std::string::npos) return 0;
      line.draft.body.insert(where + 10, "1");
      return 2;
    }
  }
}

// The same of a permit.
int change_a_permit(RandomLog& log) {
  std::vector<Seq> permits;
  for (const auto& line : log.story.log.lines)
    if (line.draft.kind == "transfer.permitted") permits.push_back(line.seq);
  if (permits.empty()) return 0;
  const Seq at = permits[log.pick(permits.size())];
  auto& refs = log.story.log.lines[at].draft.refs;
  const auto edit = [&](auto change) { log.story.log.edit<TransferPermitted>(at, change); };
  switch (log.pick(5)) {
    case 0:  // it loses what it rests on
      refs.erase(refs.begin() + static_cast<std::ptrdiff_t>(log.pick(refs.size())));
      return 1;
    case 1: {  // sends more than may be sent; a later attempt, than the first did
      bool is_first = true;
      edit([&](auto& b) {
        b.categories.insert(Category::case_note);
        is_first = b.attempt == 1;
      });
      return is_first ? 3 : 2;
    }
    case 2:  // comes before its day
      edit([](auto& b) { b.not_before = day(2027, 1, 1); });
      return 5;
    case 3:  // is made with another mapping than was activated
      edit([](auto& b) { b.mapping.version = "9.9.9"; });
      return 6;
    default:  // names as its consent what is none
      edit([&](auto& b) { b.consent = log.people.front().received; });
      refs.push_back(log.people.front().received);
      return 4;
  }
}

TEST(RandomLives, one_change_is_always_refused_under_its_invariant) {
  std::map<int, int> broken;
  for (unsigned seed = 1; seed <= 300; ++seed) {
    RandomLog log(seed);
    log.run(80);
    const int invariant = log.pick(3) == 0 ? change_a_life(log) : change_a_permit(log);
    if (invariant == 0) continue;
    ++broken[invariant];
    History history;
    const auto replayed = log.story.log.replay(history);
    ASSERT_FALSE(replayed) << "seed " << seed;
    ASSERT_EQ(replayed.error().issues.at(0).where, "invariant " + std::to_string(invariant))
        << "seed " << seed << ": " << replayed.error().message;
  }
  for (int invariant = 1; invariant <= 6; ++invariant) EXPECT_GT(broken[invariant], 10) << invariant;
}

TEST(RandomLives, whoever_is_not_told_is_found) {
  int untold = 0;
  for (unsigned seed = 1; seed <= 80; ++seed) {
    RandomLog log(seed);
    log.run(80);
    if (log.notified.empty()) continue;
    make_neutral(log.story.log.lines[log.notified[log.pick(log.notified.size())]]);
    const Seq end = log.let_time_pass();
    History gateway;
    ASSERT_TRUE(log.story.log.replay(gateway)) << "seed " << seed;
    History verifier(History::Reader::verifier);
    const auto replayed = log.story.log.replay(verifier);
    if (gateway.open_duties() == 0) {  // it had nothing, so there was nothing to tell
      ASSERT_TRUE(replayed) << "seed " << seed << ": " << replayed.error().message;
      continue;
    }
    ++untold;
    ASSERT_FALSE(replayed) << "seed " << seed;
    EXPECT_EQ(replayed.error().issues.at(0).where, "invariant 7");
    EXPECT_EQ(verifier.size(), end);
  }
  EXPECT_GT(untold, 5);
}

}  // namespace
}  // namespace ketenpoort::ledger::test
