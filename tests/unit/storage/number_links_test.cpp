// Whose a number is, decided by two persons: exchange/rights/link_numbers on a real vault and a real log.
#include "tests/unit/storage/number_links.hpp"

#include <random>

#include "gateway/exchange/consent/cut_consent.hpp"
#include "gateway/exchange/consent/withdraw_consent.hpp"
#include "gateway/exchange/rights/proposals.hpp"

namespace ketenpoort::storage {
namespace {

TEST_F(NumberLinks, a_number_of_nobody_joins_a_subject) {
  const auto anna = receive({fedasil("F1")});
  const auto before = state->sequencer->size();
  const auto linked = change(anna, NumberChange::link, {ssin("S1")});
  ASSERT_TRUE(linked) << linked.error().message;
  EXPECT_EQ(owner(ssin("S1")), anna);
  EXPECT_EQ(kinds_since(before), "subject.linked");
  EXPECT_EQ(receive({ssin("S1")}), anna);
  expect_sound();
}

TEST_F(NumberLinks, takes_a_second_person) {
  const auto anna = receive({fedasil("F1")});
  EXPECT_EQ(approve(anna, NumberChange::link).error().code, ErrorCode::not_found);
  const auto pending = propose(anna, NumberChange::link, {ssin("S1")});
  ASSERT_TRUE(pending);
  EXPECT_EQ(approve(anna, NumberChange::link, "first").error().code, ErrorCode::forbidden);
  EXPECT_EQ(approve(anna, NumberChange::unlink).error().code, ErrorCode::not_found);
  EXPECT_EQ(approve(anna, NumberChange::link, "second", new_uuid_v4()).error().code, ErrorCode::conflict);
  EXPECT_EQ(approve(anna, NumberChange::link, "second", {}, {ssin("S2")}).error().code, ErrorCode::conflict);
  EXPECT_FALSE(owner(ssin("S1")));
  restart();  // it waits durably
  ASSERT_TRUE(approve(anna, NumberChange::link, "second", pending->id, {ssin("S1")}));
  EXPECT_EQ(owner(ssin("S1")), anna);
  EXPECT_EQ(approve(anna, NumberChange::link).error().code, ErrorCode::not_found) << "it was used";
}

TEST_F(NumberLinks, proposals_of_different_kinds_wait_beside_one_another) {
  const auto anna = receive({fedasil("F1"), ssin("S1")});
  ASSERT_TRUE(propose(anna, NumberChange::link, {ssin("S2")}));
  ASSERT_TRUE(propose(anna, NumberChange::unlink, {ssin("S1")}));
  ASSERT_TRUE(propose(anna, NumberChange::link, {ssin("S3")}));
  EXPECT_EQ(exchange::find_proposals(*state->vault, anna).size(), 2U) << "the newer link took the other's place";
  ASSERT_TRUE(approve(anna, NumberChange::link));
  EXPECT_EQ(owner(ssin("S3")), anna);
  EXPECT_FALSE(owner(ssin("S2")));
  ASSERT_TRUE(approve(anna, NumberChange::unlink));
  EXPECT_FALSE(owner(ssin("S1")));
}

TEST_F(NumberLinks, two_subjects_who_are_one_person_become_one) {
  const auto anna = receive({fedasil("F1")});
  const auto double_of_anna = receive({fedasil("F2"), ssin("S1")});
  EXPECT_EQ(receive({fedasil("F1"), ssin("S1")}), anna);
  EXPECT_TRUE(last_conflict);
  const auto linked = change(anna, NumberChange::link, {fedasil("F2"), ssin("S1")});
  ASSERT_TRUE(linked) << linked.error().message;
  EXPECT_EQ(linked->continues, std::vector{double_of_anna});
  for (const auto& number : {fedasil("F2"), ssin("S1")}) EXPECT_EQ(owner(number), anna);
  EXPECT_EQ(receive({fedasil("F1"), ssin("S1")}), anna);
  EXPECT_FALSE(last_conflict);
  restart();
  EXPECT_EQ(owner(ssin("S1")), anna);
  EXPECT_EQ(state->sequencer->read([&](const History& h) { return h.same_person(double_of_anna); }),
            (std::vector{anna, double_of_anna}));
  const auto all = state->vault->find_subjects(ssin("S1").mark).value();
  EXPECT_EQ(all.size(), 2U) << "whoever asks for the data of this number gets those of both";
  expect_sound();
}

TEST_F(NumberLinks, a_number_that_was_somebodys_by_mistake_makes_nobody_one_person) {
  const auto anna = receive({fedasil("F1")});
  const auto berta = receive({fedasil("F2"), ssin("S1")});
  const auto linked = change(anna, NumberChange::link, {ssin("S1")});
  ASSERT_TRUE(linked);
  EXPECT_TRUE(linked->continues.empty());
  EXPECT_EQ(linked->passed_from, std::vector{berta});
  EXPECT_EQ(receive({fedasil("F2"), ssin("S1")}), berta);
  EXPECT_TRUE(last_conflict) << "the record that says so is held";
  EXPECT_EQ(owner(ssin("S1")), anna);
  expect_sound();
}

TEST_F(NumberLinks, a_number_that_was_parted_does_not_come_back_with_the_next_record) {
  const auto anna = receive({fedasil("F1"), ssin("S1")});
  const auto before = state->sequencer->size();
  ASSERT_TRUE(change(anna, NumberChange::unlink, {ssin("S1")}));
  EXPECT_EQ(kinds_since(before), "subject.linked subject.unlinked") << "named for the first time, and parted";
  EXPECT_FALSE(owner(ssin("S1")));
  for (int again = 0; again < 2; ++again) {
    EXPECT_EQ(receive({fedasil("F1"), ssin("S1")}), anna);
    EXPECT_TRUE(last_conflict);
    EXPECT_FALSE(owner(ssin("S1")));
    restart();
  }
  const auto berta = receive({ssin("S1")});
  EXPECT_NE(berta, anna) << "somebody new bears it";
  ASSERT_TRUE(change(anna, NumberChange::link, {ssin("S1")})) << "persons may decide otherwise";
  EXPECT_EQ(receive({fedasil("F1"), ssin("S1")}), anna);
  EXPECT_FALSE(last_conflict);
  expect_sound();
}

TEST_F(NumberLinks, a_number_named_twice_is_one) {
  const auto document = formats::parse_json(R"({"ssin":"S1","previousSsins":["S1","S0","S0"],"fedasilNumber":"F9"})");
  const auto numbers = exchange::read_numbers(*state->vault, document->root());
  ASSERT_EQ(numbers.size(), 3U);
  EXPECT_EQ(numbers[0], fedasil("F9"));
  EXPECT_EQ(numbers[1], ssin("S1"));
  EXPECT_EQ(numbers[2], ssin("S0"));

  // As a proposal of before may say it twice.
  const auto anna = receive({fedasil("F1")});
  const auto second = receive({ssin("S1")});
  const auto before = state->sequencer->size();
  ASSERT_TRUE(change(anna, NumberChange::link, {ssin("S1"), ssin("S1")}));
  EXPECT_EQ(kinds_since(before), "subject.linked subject.unlinked subject.linked")
      << "named, taken from one, given to the other";
  EXPECT_EQ(owner(ssin("S1")), anna);
  const auto between = state->sequencer->size();
  ASSERT_TRUE(change(anna, NumberChange::unlink, {ssin("S1"), ssin("S1")}));
  EXPECT_EQ(kinds_since(between), "subject.unlinked");
  EXPECT_FALSE(owner(ssin("S1")));
  EXPECT_NE(second, anna);
  expect_sound();
}

TEST_F(NumberLinks, what_is_not_so_is_refused) {
  const auto anna = receive({fedasil("F1"), ssin("S1")});
  const auto berta = receive({fedasil("F2")});
  EXPECT_EQ(propose(anna, NumberChange::link, {ssin("S1")}).error().code, ErrorCode::conflict) << "it is hers";
  EXPECT_EQ(propose(berta, NumberChange::unlink, {ssin("S1")}).error().code, ErrorCode::conflict) << "it is not hers";
  EXPECT_EQ(propose(random_bytes<16>(), NumberChange::link, {ssin("S9")}).error().code, ErrorCode::not_found);
  erase(anna);
  EXPECT_EQ(propose(anna, NumberChange::link, {ssin("S9")}).error().code, ErrorCode::gone);
  EXPECT_EQ(propose(berta, NumberChange::link, {ssin("S1")}).error().code, ErrorCode::gone)
      << "the number of somebody who was erased";
}

TEST_F(NumberLinks, a_restriction_is_not_escaped_by_linking) {
  const auto anna = receive({fedasil("F1")});
  const auto second = receive({fedasil("F2"), ssin("S1")});
  restrict_processing(second);
  ASSERT_TRUE(change(anna, NumberChange::link, {fedasil("F2"), ssin("S1")}));
  EXPECT_TRUE(is_restricted(anna));
  EXPECT_EQ(state->sequencer->read([&](const History& h) { return h.restriction_ground(anna); }), "legal-claims");
  unrestrict(anna);
  EXPECT_FALSE(is_restricted(anna)) << "what ends it ends it for the whole person";
  EXPECT_FALSE(is_restricted(second));
  restrict_processing(second);
  EXPECT_TRUE(is_restricted(anna)) << "and begins it";
  expect_sound();
}

// The double keeps the number of its centre: nobody said that the two are one person.
TEST_F(NumberLinks, a_restriction_holds_for_who_keeps_a_number_as_well) {
  const auto anna = receive({fedasil("F1")});
  const auto second = receive({fedasil("F2"), ssin("S1")});
  ASSERT_TRUE(change(anna, NumberChange::link, {ssin("S1")}));
  const auto before = state->sequencer->size();
  restrict_processing(anna);
  EXPECT_TRUE(is_restricted(anna));
  EXPECT_TRUE(is_restricted(second));
  EXPECT_EQ(kinds_since(before), "subject.restricted subject.restricted");
  EXPECT_EQ(unrestrict(anna).still_restricted, std::vector{second}) << "for that one it is lifted apart";
  EXPECT_FALSE(is_restricted(anna));
  EXPECT_TRUE(is_restricted(second));
  EXPECT_TRUE(unrestrict(second).still_restricted.empty());
  EXPECT_FALSE(is_restricted(second));
  restrict_processing(second);
  EXPECT_TRUE(is_restricted(anna)) << "and the other way round";
  expect_sound();
}

TEST_F(NumberLinks, a_link_restricts_who_keeps_a_number_and_who_keeps_none) {
  const auto anna = receive({fedasil("F1")});
  const auto second = receive({fedasil("F2"), ssin("S1")});
  const auto third = receive({ssin("S3")});
  restrict_processing(anna);
  ASSERT_TRUE(change(anna, NumberChange::link, {ssin("S1"), ssin("S3")}));
  EXPECT_TRUE(is_restricted(second));
  EXPECT_TRUE(is_restricted(third));
  const auto fourth = receive({fedasil("F4"), ssin("S4")});
  restrict_processing(fourth);
  const auto fifth = receive({fedasil("F5")});
  ASSERT_TRUE(change(fifth, NumberChange::link, {ssin("S4")}));
  EXPECT_TRUE(is_restricted(fifth));
  restart();
  for (const auto& one : {anna, second, third, fourth, fifth}) EXPECT_TRUE(is_restricted(one));
  expect_sound();
}

// Only a number that came back or belongs to nobody ties them no more.
TEST_F(NumberLinks, who_never_shared_a_number_is_left_alone) {
  const auto anna = receive({fedasil("F1"), ssin("S1")});
  const auto second = receive({fedasil("F2")});
  ASSERT_TRUE(change(anna, NumberChange::unlink, {ssin("S1")}));
  const auto third = receive({fedasil("F3")});
  restrict_processing(anna);
  EXPECT_FALSE(is_restricted(second));
  EXPECT_FALSE(is_restricted(third));
  expect_sound();
}

// An immigration office's number that persons linked, and that is nobody's alone, must not hide that one goes on as the
// other.
TEST_F(NumberLinks, a_family_s_number_left_behind_does_not_part_one_person) {
  const auto anna = receive({fedasil("F1")});
  const auto second = receive({ssin("S2")});
  const NamedNumber spare{IdentifierKind::immigration_office_number,
                          state->vault->mark(IdentifierKind::immigration_office_number, "5123456")};
  ASSERT_TRUE(change(second, NumberChange::link, {spare}));
  const auto linked = change(anna, NumberChange::link, {ssin("S2"), spare});
  ASSERT_TRUE(linked);
  EXPECT_EQ(linked->continues, std::vector{second});
  EXPECT_EQ(state->sequencer->read([&](const History& h) { return h.same_person(anna); }).size(), 2U);
  restrict_processing(second);
  EXPECT_TRUE(is_restricted(anna));
  expect_sound();
}

TEST_F(NumberLinks, a_proposal_that_nobody_approved_in_time_must_be_made_again) {
  const auto anna = receive({fedasil("F1")});
  ASSERT_TRUE(propose(anna, NumberChange::link, {ssin("S1")}));
  restart(std::chrono::days{6});
  const auto again = receive({fedasil("F1")});
  ASSERT_EQ(again, anna);
  EXPECT_EQ(approve(anna, NumberChange::link, "first").error().code, ErrorCode::forbidden) << "it waits still";
  restart(std::chrono::days{8});
  EXPECT_EQ(approve(anna, NumberChange::link).error().code, ErrorCode::gone);
  EXPECT_FALSE(owner(ssin("S1")));
  ASSERT_TRUE(propose(anna, NumberChange::link, {ssin("S1")}));
  ASSERT_TRUE(approve(anna, NumberChange::link));
  EXPECT_EQ(owner(ssin("S1")), anna);
}

TEST_F(NumberLinks, an_erasure_that_nobody_approved_in_time_must_be_proposed_again) {
  const auto anna = receive({fedasil("F1")});
  exchange::ErasureDecision decision;
  decision.classes = {KeyClass::payload};
  ASSERT_TRUE(wait_for<exchange::PendingErasure>(
      [&](auto done) { exchange::propose_erasure(*facilities, call(anna), decision, done); }));
  restart(std::chrono::days{8});
  const auto late = wait_for<exchange::Erasure>([&](auto done) {
    exchange::approve_erasure(*facilities, in_flight, call(anna, "second"), {}, done, [](const auto&) {});
  });
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::gone);
  EXPECT_FALSE(state->sequencer->read([&](const History& h) { return h.is_erased(anna); }));
  facilities->terms.change([](exchange::Terms& terms) { terms.proposal_life = std::chrono::days{9}; });
  EXPECT_TRUE(wait_for<exchange::Erasure>([&](auto done) {
    exchange::approve_erasure(*facilities, in_flight, call(anna, "second"), {}, done, [](const auto&) {});
  })) << "it is the configuration that says how long";
}

TEST_F(NumberLinks, a_restriction_is_not_escaped_by_unlinking) {
  const auto anna = receive({fedasil("F1"), ssin("S1")});
  ASSERT_TRUE(propose(anna, NumberChange::unlink, {fedasil("F1")}));
  restrict_processing(anna);
  EXPECT_EQ(approve(anna, NumberChange::unlink).error().code, ErrorCode::conflict)
      << "restricted since it was proposed";
  EXPECT_EQ(owner(fedasil("F1")), anna);
}

TEST_F(NumberLinks, a_refusal_is_not_escaped_by_linking) {
  const auto anna = receive({fedasil("F1")});
  const auto second = receive({ssin("S1")});
  state_consent(anna, much);
  state_consent(second, {}, false);
  ASSERT_TRUE(change(anna, NumberChange::link, {ssin("S1")}));
  EXPECT_TRUE(allowed(anna).empty());
  expect_sound();
}

TEST_F(NumberLinks, less_is_not_escaped_by_linking_and_more_is_not_gained) {
  const auto anna = receive({fedasil("F1")});
  const auto second = receive({ssin("S1")});
  state_consent(anna, much);
  state_consent(second, little);
  ASSERT_TRUE(change(anna, NumberChange::link, {ssin("S1")}));
  EXPECT_EQ(allowed(anna), little);
  const auto third = receive({ssin("S3")});
  state_consent(third, much);
  ASSERT_TRUE(change(anna, NumberChange::link, {ssin("S3")}));
  EXPECT_EQ(allowed(anna), little);
  expect_sound();
}

TEST_F(NumberLinks, a_later_yes_stands_beside_an_earlier_no) {
  const auto anna = receive({fedasil("F1")});
  const auto second = receive({ssin("S1")});
  state_consent(second, {}, false);
  state_consent(anna, much);
  ASSERT_TRUE(change(anna, NumberChange::link, {ssin("S1")}));
  EXPECT_EQ(allowed(anna), much);
}

TEST_F(NumberLinks, a_refusal_of_whom_somebody_continues_goes_along_too) {
  const auto first = receive({fedasil("F1")});
  state_consent(first, much);
  const auto second = receive({ssin("S2")});
  const auto third = receive({ssin("S3")});
  state_consent(third, {}, false);
  ASSERT_TRUE(change(second, NumberChange::link, {ssin("S3")}));
  ASSERT_TRUE(change(first, NumberChange::link, {ssin("S2"), ssin("S3")}));
  EXPECT_TRUE(allowed(first).empty());
  expect_sound();
}

TEST_F(NumberLinks, who_withdraws_an_old_consent_withdraws_what_the_same_person_gave) {
  const auto anna = receive({fedasil("F1")});
  const auto second = receive({ssin("S1")});
  const auto old = state_consent(second, much);
  state_consent(anna, much);
  ASSERT_TRUE(change(anna, NumberChange::link, {ssin("S1")}));
  EXPECT_EQ(allowed(anna), much);
  const auto withdrawn = wait_for<exchange::Withdrawal>([&](auto done) {
    exchange::withdraw_consent(*facilities, in_flight, caller("recorder"), {old, {}, {}}, done, [](const auto&) {});
  });
  ASSERT_TRUE(withdrawn) << withdrawn.error().message;
  EXPECT_TRUE(allowed(second).empty());
  EXPECT_TRUE(allowed(anna).empty());
  expect_sound();
}

TEST_F(NumberLinks, an_erasure_takes_the_whole_person) {
  const auto anna = receive({fedasil("F1")});
  const auto second = receive({ssin("S1")});
  ASSERT_TRUE(change(anna, NumberChange::link, {ssin("S1")}));
  erase(anna);
  for (const auto& one : {anna, second}) EXPECT_EQ(state->vault->keys_of(one).error().code, ErrorCode::gone);
  EXPECT_TRUE(state->vault->is_suppressed(ssin("S1").mark));
  EXPECT_TRUE(state->vault->is_suppressed(fedasil("F1").mark));
  EXPECT_TRUE(state->vault->flush());
  EXPECT_TRUE(state->vault->check_erasures());
  restart();
  EXPECT_FALSE(owner(ssin("S1")));
  expect_sound();
}

// A number that moved by mistake left a row with who bore it before.
TEST_F(NumberLinks, an_erasure_takes_what_others_rows_say_of_the_persons_numbers) {
  const auto anna = receive({fedasil("F1")});
  const auto berta = receive({fedasil("F2"), ssin("S1")});
  ASSERT_TRUE(change(anna, NumberChange::link, {ssin("S1")}));
  ASSERT_TRUE(change(berta, NumberChange::link, {ssin("S2")}));
  ASSERT_TRUE(state->vault->find_number(ssin("S1").mark, berta)) << "parted";
  erase(anna);
  const auto check = [&] {
    EXPECT_FALSE(state->vault->find_number(ssin("S1").mark, berta));
    EXPECT_TRUE(state->vault->find_number(ssin("S2").mark, berta));
    EXPECT_EQ(owner(fedasil("F2")), berta);
  };
  check();
  ASSERT_TRUE(state->vault->flush());
  restart();
  check();
  expect_sound();
}

TEST_F(NumberLinks, the_log_says_nothing_by_which_a_number_could_be_told) {
  const auto anna = receive({fedasil("F1")});
  const auto berta = receive({fedasil("F2")});
  ASSERT_TRUE(change(anna, NumberChange::link, {ssin("S1")}));
  const auto first = state->vault->find_number(ssin("S1").mark, anna)->reference;
  erase(anna);
  EXPECT_FALSE(state->vault->find_number(ssin("S1").mark, anna)) << "the reference is nobody's number any more";
  ASSERT_TRUE(change(berta, NumberChange::link, {ssin("S2")}));
  EXPECT_NE(state->vault->find_number(ssin("S2").mark, berta)->reference, first);
  const auto digest = ssin("S2").mark;
  for (std::uint64_t seq = 0; seq < state->sequencer->size(); ++seq) {
    const auto bytes = state->sequencer->entry_bytes(seq).value();
    EXPECT_EQ(bytes.find(to_hex(digest).substr(0, 16)), std::string::npos);
  }
}

// ---- random histories ----

class RandomLinks : public NumberLinks, public testing::WithParamInterface<unsigned> {
 protected:
  std::size_t pick(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random); }
  NamedNumber any_number() {
    const auto which = std::to_string(pick(6));
    return pick(2) == 0 ? fedasil("F" + which) : ssin("S" + which);
  }
  SubjectRef any_subject() { return subjects[pick(subjects.size())]; }

  void act() {
    switch (pick(8)) {
      case 0:
      case 1:
      case 2:
        return note(receive({any_number(), any_number()}));
      case 3:
        return decide(NumberChange::unlink);
      case 4:
      case 5:
        return decide(NumberChange::link);
      case 6:
        if (pick(3) > 0) return;
        if (is_restricted(subjects.front()))
          unrestrict(any_subject());
        else
          restrict_processing(any_subject());
        return;
      default:
        speak_of_consent(any_subject());
    }
  }
  // A conversation names a number, so whoever has none has no conversation.
  void speak_of_consent(const SubjectRef& subject) {
    if (state->vault->numbers_of(subject).empty()) return;
    const bool given = pick(3) > 0;
    state_consent(subject, !given ? CategorySet{} : pick(2) == 0 ? much : little, given);
  }
  void note(const SubjectRef& subject) {
    if (std::ranges::find(subjects, subject) == subjects.end()) subjects.push_back(subject);
  }

  void decide(NumberChange what) {
    const auto subject = any_subject();
    const std::vector numbers{any_number()};
    const auto from = owner(numbers.front());
    const bool was_restricted = is_restricted(subject) || (what == NumberChange::link && from && is_restricted(*from));
    const auto before = allowed(subject);
    const auto changed = change(subject, what, numbers);
    if (!changed) {
      ASSERT_EQ(changed.error().code, ErrorCode::conflict) << changed.error().message;
      return;
    }
    ++decided;
    ASSERT_EQ(owner(numbers.front()), what == NumberChange::link ? std::optional(subject) : std::nullopt);
    ASSERT_EQ(is_restricted(subject), was_restricted);
    ASSERT_TRUE(before.includes(allowed(subject))) << "a consent grew by a link";
    if (what == NumberChange::link && from && *from != subject) expect_overruled(subject, *from);
  }
  void expect_overruled(const SubjectRef& subject, const SubjectRef& from) const {
    state->sequencer->read([&](const History& history) {
      for (const auto& one : history.same_person(from))
        EXPECT_TRUE(exchange::find_overruled(history, subject, one).empty());
      return 0;
    });
  }

  // One subject per number, both ways round, and the log agrees with the vault.
  void expect_one_subject_per_number() const {
    std::map<exchange::IdentifierMark, SubjectRef> owners;
    for (const auto& subject : subjects)
      for (const auto& mark : state->vault->numbers_of(subject)) {
        ASSERT_TRUE(owners.emplace(mark, subject).second) << "a number of two";
        ASSERT_EQ(state->vault->find_subject(mark), subject);
        if (const auto decided_number = state->vault->find_number(mark, subject))
          ASSERT_EQ(
              state->sequencer->read([&](const History& h) { return h.owner_of_number(decided_number->reference); }),
              subject);
      }
    for (int i = 0; i < 6; ++i)
      for (const auto& number : {fedasil("F" + std::to_string(i)), ssin("S" + std::to_string(i))})
        if (const auto bearer = owner(number)) ASSERT_TRUE(owners.contains(number.mark));
  }

  std::mt19937 random{GetParam()};
  std::vector<SubjectRef> subjects;
  int decided = 0;
};

TEST_P(RandomLinks, keep_one_subject_per_number_and_lose_no_protection) {
  note(receive({fedasil("F0")}));
  for (int step = 0; step < 120 && !HasFatalFailure(); ++step) {
    act();
    if (step % 40 == 39) restart();
    expect_one_subject_per_number();
  }
  EXPECT_GT(decided, 5);
  expect_sound();
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomLinks, testing::Range(1U, 13U));

}  // namespace
}  // namespace ketenpoort::storage
