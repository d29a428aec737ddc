// Random lives of transfers: what the diagram allows is accepted, and one change anywhere is not.
#include <gtest/gtest.h>

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

  // Any number below `limit`.
  std::size_t pick(std::size_t limit) { return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_); }

  struct Person {
    SubjectRef ref{};
    RecordId record;
    Seq received = 0;
    std::optional<Seq> cell;  // set while consent is given
    ConsentId consent;
  };
  struct Life {
    TransferId id;
    std::size_t person = 0;
    TransferState state = requested;
    std::uint32_t attempts = 0;
    std::vector<Seq> seqs;
  };

  Story story;
  std::vector<Person> people;
  std::vector<Life> lives;

 private:
  void add_subject(std::uint8_t number) {
    Person person{.ref = subject_number(number), .record = fresh_id(), .received = 0, .cell = {}, .consent = {}};
    story.subject = person.ref;
    story.record = person.record;
    person.received = story.log.add(story.record_body(), {}, person.ref);
    people.push_back(person);
  }

  Uuid fresh_id() { return numbered_id(next_id_++); }

  void step() {
    const auto choice = pick(10);
    if (choice < 2) return speak_of_consent(people[pick(people.size())]);
    if (choice < 4 || lives.empty()) return request(pick(people.size()));
    move(lives[pick(lives.size())]);
  }

  void speak_of_consent(Person& person) {
    if (person.cell && pick(2) == 0) {
      const ConsentWithdrawn b{person.consent, "work-guidance", "vdab", Story::sendable(), true};
      story.log.add(b, {*person.cell}, person.ref);
      person.cell.reset();
      return;
    }
    person.consent = fresh_id();
    person.cell = story.log.add(story.statement_body<ConsentGiven>(person.consent), {}, person.ref);
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
    if (!person.cell) return;
    story.given = *person.cell;
    write(life, story.permit_body(++life.attempts), permitted, story.permit_refs());
  }

  void hold(Life& life) {
    TransferHeld b;
    b.reasons = {Reason::no_consent};
    b.decided_for = story.today;
    write(life, b, held);
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
        if (choice == 1) return write(life, TransferDelivered{life.attempts, digest_of(1), 200}, delivered);
        return write(life, TransferFailed{life.attempts, "timeout", choice == 2, {}}, failed);
      case failed:
        if (choice == 0) return hold(life);
        if (choice == 1) return write(life, TransferAbandoned{life.attempts, "timeout"}, abandoned);
        if (choice == 2) return end<TransferCancelled>(life, cancelled);
        return permit(life);
      case delivered:
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
  for (unsigned seed = 1; seed <= 60; ++seed) {
    RandomLog log(seed);
    log.run(300);
    History history;
    const auto replayed = log.story.log.replay(history);
    ASSERT_TRUE(replayed) << "seed " << seed << ": " << replayed.error().message;
    for (const auto& life : log.lives) {
      const auto told = history.transfer(life.id);
      ASSERT_TRUE(told);
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

void make_neutral(Line& line) {
  line.draft = {.kind = "partner.resumed", .actor = {"system", "", "gateway", ""}};
  line.draft.body = encode_body(PartnerResumed{"vdab"});
}

// Changes one thing that no rule can let pass; false when the picked place has nothing of that sort.
bool change_one_thing(RandomLog& log) {
  const auto& life = log.lives[log.pick(log.lives.size())];
  const auto at = log.pick(life.seqs.size());
  auto& line = log.story.log.lines[life.seqs[at]];
  const bool is_last = at + 1 == life.seqs.size();
  switch (log.pick(6)) {
    case 0:  // an entry in the middle of a life vanishes
      // (others leave a life that could have been so: requested, permitted, cancelled without its permit)
      if (is_last || (at != 0 && line.draft.kind != "transfer.delivered")) return false;
      make_neutral(line);
      return true;
    case 1:  // an entry moves to another transfer
      if (at == 0) return false;
      line.draft.tx = numbered_id(5);
      return true;
    case 2:  // to another subject
      line.draft.subject = subject_number(99);
      return true;
    case 3: {  // an attempt is miscounted
      const auto where = line.draft.body.find("\"attempt\":");
      if (where == std::string::npos) return false;
      line.draft.body.insert(where + 10, "1");
      return true;
    }
    case 4:  // a permit loses what it rests on
      if (line.draft.kind != "transfer.permitted") return false;
      line.draft.refs.erase(line.draft.refs.begin() + static_cast<std::ptrdiff_t>(log.pick(line.draft.refs.size())));
      return true;
    default:  // a permit sends more
      if (line.draft.kind != "transfer.permitted") return false;
      log.story.log.edit<TransferPermitted>(life.seqs[at], [](auto& b) { b.categories.insert(Category::case_note); });
      return true;
  }
}

TEST(RandomLives, one_change_is_always_refused) {
  std::size_t changed = 0;
  for (unsigned seed = 1; seed <= 400; ++seed) {
    RandomLog log(seed);
    log.run(80);
    if (!change_one_thing(log)) continue;
    ++changed;
    History history;
    ASSERT_FALSE(log.story.log.replay(history)) << "seed " << seed;
  }
  EXPECT_GT(changed, 100U);
}

}  // namespace
}  // namespace ketenpoort::ledger::test
