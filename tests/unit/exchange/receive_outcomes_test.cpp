// What a partner learns, and what is kept, when its report names persons by number.
#include "gateway/exchange/outcomes/receive_outcomes.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <set>

#include "gateway/exchange/terms/activate.hpp"
#include "tests/support/broken_outcomes.hpp"
#include "tests/unit/exchange/reply_vault.hpp"
#include "tests/unit/exchange/story_ledger.hpp"

namespace ketenpoort::exchange {
namespace {

using testing::ElementsAre;
using testing::SizeIs;
using Dropped = OutcomeReceipt::Dropped;

constexpr std::string_view referred = "91631400287";
constexpr std::string_view referred_too = "93640515064";
constexpr std::string_view erased = "91631500257";
constexpr std::string_view stranger = "92620300342";

class NumberVault final : public ReplyVault {
 public:
  std::optional<SubjectRef> find_subject(const IdentifierMark& mark) const override {
    const auto found = subjects.find(mark);
    return found == subjects.end() ? std::nullopt : std::optional(found->second);
  }
  bool is_suppressed(const IdentifierMark& mark) const override { return suppressed.contains(mark); }
  Result<SubjectKeys> keys_of(const SubjectRef&) const override { return SubjectKeys{}; }
  ledger::VaultChange add_record(const RecordId&, const SubjectRef&, const SubjectKeys&,
                                 std::string_view json) const override {
    kept.emplace_back(json);
    return {1, "record"};
  }
  std::map<IdentifierMark, SubjectRef> subjects;
  std::set<IdentifierMark> suppressed;
  mutable std::vector<std::string> kept;
};

class OutcomesByNumber : public testing::Test {
 protected:
  OutcomesByNumber() {
    auto& story = log.story;
    story.open();
    story.give_consent();
    story.request(story.main_tx);
    story.permit(story.main_tx, 1);
    story.log.add(ledger::TransferDelivered{1, ledger::test::digest_of(6), 201}, {}, story.subject, story.main_tx);
    refer_another(story);
    ledger::test::ReportStory().prepare(story);
    vault.subjects[vault.mark(IdentifierKind::ssin, referred)] = story.subject;
    vault.subjects[vault.mark(IdentifierKind::ssin, referred_too)] = story.other;
    vault.suppressed.insert(vault.mark(IdentifierKind::ssin, erased));
    facilities = &log.open("2026-11-29T12:00:00Z");
    write_mapping();
    auto formats = load_formats(folder.path() / "mappings", {});
    if (!formats)
      for (const auto& issue : formats.error().issues) ADD_FAILURE() << issue.where << ": " << issue.detail;
    facilities->formats.put(std::move(*formats));
    facilities->terms.change([](Terms& terms) {
      terms.allow_mock_ssin = true;
      for (const auto* id : {"vdab", "agii"}) {
        terms.recipients[id].id = id;
        terms.recipients[id].outcomes = {"note-to-outcome"};
      }
    });
  }

  // Somebody else of whom the same partner was told.
  void refer_another(ledger::test::Story& story) {
    const auto first = std::tuple(story.subject, story.record, story.consent_id, story.received, story.given);
    story.subject = story.other;
    story.record = ledger::test::numbered_id(101);
    story.consent_id = ledger::test::numbered_id(311);
    story.received = story.log.add(story.record_body(), {}, story.subject);
    story.give_consent();
    story.request(another_tx);
    story.permit(another_tx, 1);
    story.log.add(ledger::TransferDelivered{1, ledger::test::digest_of(6), 201}, {}, story.subject, another_tx);
    std::tie(story.subject, story.record, story.consent_id, story.received, story.given) = first;
  }

  // A message that names persons, with appointments.
  void write_mapping() const {
    const auto mappings = folder.path() / "mappings";
    std::filesystem::copy("mappings", mappings, std::filesystem::copy_options::recursive);
    std::ofstream(mappings / "schemas/note.json")
        << R"({"type":"object","required":["seekers"],"additionalProperties":false,"properties":{"seekers":{)"
           R"("type":"array","items":{"type":"object","additionalProperties":false,"properties":{)"
           R"("ssin":{"type":"string"},"day":{"type":"string"},"at":{"type":"string"}}}}}})";
    std::ofstream(mappings / "note-to-outcome.yaml")
        << "mapping: note-to-outcome\nversion: 1.0.0\neffective: { from: 2026-01-01 }\ndirection: in\n"
           "source: { format: json, schema: schemas/note.json }\n"
           "target: { format: json, schema: schemas/outcome-1.schema.json }\nfields:\n  outcomes:\n"
           "    for_each: seekers\n    fields:\n"
           "      person: { fields: { ssin: { from: ssin, do: [ssin], data: identity-core } } }\n"
           "      status: { value: INVITED }\n      kind: { value: REGISTRATION }\n"
           "      on: { from: day, data: outcome }\n"
           "      appointment: { fields: { start: { from: at, data: outcome } } }\n";
  }

  static std::string seeker(std::string_view ssin, std::string_view at = "2026-12-01T09:00:00+01:00") {
    return fmt::format(R"({{"ssin":"{}","day":"2026-11-28","at":"{}"}})", ssin, at);
  }

  Result<std::vector<OutcomeReceipt>> report(const std::string& partner, const std::string& seekers) {
    return send(partner, "json", R"({"seekers":[)" + seekers + "]}", {});
  }
  Result<std::vector<OutcomeReceipt>> send(const std::string& partner, const std::string& format,
                                           const std::string& body, const std::string& key) {
    std::vector<OutcomeReceipt> receipts;
    std::promise<Result<PastReply>> said;
    receive_outcomes(
        *facilities, unknown_codes, {{partner, "0887010362", "partner", new_uuid_v4()}, partner, key, format, {}, body},
        [&](const std::vector<OutcomeReceipt>& all) {
          receipts = all;
          return std::string();
        },
        [&](Result<PastReply> reply) { said.set_value(std::move(reply)); });
    auto reply = said.get_future().get();
    if (!reply) return fail(std::move(reply.error()));
    return receipts;
  }
  Uuid id_of(const std::string& seekers) {
    const auto receipts = report("vdab", seekers);
    EXPECT_TRUE(receipts) << receipts.error().message;
    return receipts ? receipts->at(0).id.value() : Uuid{};
  }

  const TransferId another_tx = ledger::test::numbered_id(211);
  ketenpoort::test::ScratchFolder folder;
  NumberVault vault;
  test::StoryLedger log{vault};
  UnknownCodes unknown_codes;
  Facilities* facilities = nullptr;
};

// VDAB's file of invitations.
class OutcomesOfFile : public OutcomesByNumber {
 protected:
  OutcomesOfFile() {
    facilities->terms.change([](Terms& terms) { terms.recipients["vdab"].outcomes = {"vdab-dossier-to-outcome"}; });
  }
  static std::string invitation(const Uuid& transfer, std::string_view state) {
    return fmt::format("<Uitnodiging><ID>1</ID><ToeleidingsID>{}</ToeleidingsID><Toestand>{}</Toestand></Uitnodiging>",
                       transfer.text(), state);
  }
  Result<std::vector<OutcomeReceipt>> report_file(const std::string& items, const std::string& key = {}) {
    return send("vdab", "xml", "<DossierVDAB><Uitnodigingen>" + items + "</Uitnodigingen></DossierVDAB>", key);
  }
  Result<std::vector<OutcomeReceipt>> report_file_of(std::string_view ssin, const std::string& items) {
    return send("vdab", "xml",
                fmt::format("<DossierVDAB><Personalia><INSZ>{}</INSZ></Personalia><Uitnodigingen>{}</Uitnodigingen>"
                            "</DossierVDAB>",
                            ssin, items),
                {});
  }
  [[nodiscard]] std::vector<UnknownCodes::Seen> lacking() {
    return unknown_codes.lacking(facilities->formats->mappings, parse_date("2026-11-29").value());
  }
  // As an operator mends it.
  void add_code(const std::string& code, const std::string& status) {
    std::ofstream(folder.path() / "mappings/codelists/vdab-invitation-to-status.csv", std::ios::app)
        << code << ',' << status << ",Voorbeeld,,\n";
    auto formats = load_formats(folder.path() / "mappings", {});
    ASSERT_TRUE(formats);
    facilities->formats.put(std::move(*formats));
  }
};

TEST_F(OutcomesOfFile, a_referral_of_another_person_than_the_file_is_about_is_left_out) {
  const auto tx = log.story.main_tx;
  const auto done = report_file_of(referred, invitation(another_tx, "01") + invitation(tx, "01"));
  ASSERT_TRUE(done) << done.error().message;
  ASSERT_THAT(*done, SizeIs(2));
  EXPECT_EQ(done->at(0).dropped, Dropped::other_person);
  EXPECT_EQ(done->at(0).transfer, another_tx);
  EXPECT_FALSE(done->at(0).id);
  EXPECT_TRUE(done->at(1).id);
  EXPECT_THAT(vault.kept, SizeIs(1));
  const auto refused = report_file_of(referred_too, invitation(tx, "01"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid_input);
  EXPECT_EQ(refused.error().message, "nothing of the report can be taken");
  ASSERT_THAT(refused.error().issues, SizeIs(1));
  EXPECT_EQ(refused.error().issues[0].where, "outcomes[0]");
  EXPECT_THAT(refused.error().issues[0].detail, testing::HasSubstr("of another person than the number in the report"));
  EXPECT_THAT(vault.kept, SizeIs(1));
}

TEST_F(OutcomesOfFile, a_number_that_the_partner_was_never_told_of_says_nothing) {
  const auto take = [&](std::string_view ssin, const std::string& state) {
    const auto done = report_file_of(ssin, invitation(log.story.main_tx, state));
    return done && done->at(0).id.has_value();
  };
  EXPECT_TRUE(take(stranger, "01")) << "it may be a new one of the same person";
  vault.subjects[vault.mark(IdentifierKind::ssin, stranger)] = ledger::test::subject_number(0xC3);
  EXPECT_TRUE(take(stranger, "02")) << "and tells nobody whose numbers are known";
  EXPECT_TRUE(take("12345", "03")) << "nor does one that is none";
}

TEST_F(OutcomesOfFile, a_state_that_no_list_has_leaves_out_its_own_item_and_names_it) {
  const auto tx = log.story.main_tx;
  const auto done = report_file(invitation(tx, "99") + invitation(tx, "01"));
  ASSERT_TRUE(done) << done.error().message;
  ASSERT_THAT(*done, SizeIs(2));
  EXPECT_EQ(done->at(0).dropped, Dropped::unknown_code);
  EXPECT_EQ(done->at(0).transfer, tx);
  ASSERT_THAT(done->at(0).codes, SizeIs(1));
  const auto& code = done->at(0).codes[0];
  EXPECT_EQ(code.unknown.of, "status");
  EXPECT_EQ(code.unknown.code, "99");
  EXPECT_EQ(code.unknown.list, "vdab-invitation-to-status");
  EXPECT_THAT(code.known, ElementsAre("01", "02", "03", "04"));
  EXPECT_THAT(code.detail,
              testing::HasSubstr("is not in the code list vdab-invitation-to-status, which knows 01, 02, 03, 04"));
  EXPECT_TRUE(done->at(1).id) << "the other is taken";
  ASSERT_THAT(vault.kept, SizeIs(1));
  EXPECT_THAT(vault.kept[0], testing::Not(testing::HasSubstr("Code"))) << "the partner's code is not kept";
  ASSERT_THAT(lacking(), SizeIs(1));
  EXPECT_EQ(lacking()[0].recipient, "vdab");
  EXPECT_EQ(lacking()[0].items, 1U);
}

TEST_F(OutcomesOfFile, comes_again_once_the_list_has_the_code_and_doubles_nothing) {
  const auto tx = log.story.main_tx;
  for (const std::string key : {"", "first"}) {
    const auto file = invitation(tx, key.empty() ? "98" : "97") + invitation(tx, key.empty() ? "01" : "04");
    const auto first = report_file(file, key);
    ASSERT_TRUE(first) << first.error().message;
    const auto kept = vault.kept.size();
    const auto repeated = report_file(file, key.empty() ? key : "second");
    ASSERT_TRUE(repeated);
    EXPECT_EQ(repeated->at(1).id, first->at(1).id);
    EXPECT_EQ(vault.kept.size(), kept);
    add_code(key.empty() ? "98" : "97", key.empty() ? "NO_SHOW" : "STARTED");
    EXPECT_THAT(lacking(), SizeIs(0));
    const auto again = report_file(file, key.empty() ? key : "third");
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_TRUE(again->at(0).id);
    EXPECT_EQ(again->at(1).id, first->at(1).id);
    EXPECT_EQ(vault.kept.size(), kept + 1);
  }
  EXPECT_EQ(unknown_codes.items(), 4U);
}

// A file comes whole each time, and a program that sends it makes a new key each time.
TEST_F(OutcomesOfFile, what_names_its_day_is_not_doubled_under_another_key) {
  const auto on = [&](std::string_view day, std::string_view state) {
    auto item = invitation(log.story.main_tx, state);
    return item.insert(item.find("<Toestand>"), fmt::format("<Datum>{}</Datum>", day));
  };
  const auto first = report_file(on("2026-11-20", "03"), "monday");
  ASSERT_TRUE(first) << first.error().message;
  const auto second = report_file(on("2026-11-20", "03") + on("2026-12-04", "01"), "tuesday");
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(second->at(0).id, first->at(0).id);
  EXPECT_NE(second->at(1).id, first->at(0).id);
  EXPECT_THAT(vault.kept, SizeIs(2));
  // Without a day it may have happened again, and a new key says that it did.
  const auto undated = report_file(invitation(log.story.main_tx, "01"), "wednesday");
  const auto again = report_file(invitation(log.story.main_tx, "01"), "thursday");
  ASSERT_TRUE(undated && again);
  EXPECT_NE(undated->at(0).id, again->at(0).id);
}

TEST_F(OutcomesOfFile, a_file_with_nothing_else_is_refused_and_says_why) {
  const auto refused = report_file(invitation(log.story.main_tx, "99"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid_input);
  ASSERT_THAT(refused.error().issues, SizeIs(1));
  EXPECT_THAT(refused.error().issues[0].detail,
              testing::AllOf(testing::HasSubstr("is not in the code list"), testing::Not(testing::HasSubstr("99"))));
  EXPECT_THAT(lacking(), SizeIs(1)) << "the operator learns of it all the same";
}

TEST_F(OutcomesOfFile, an_item_without_state_is_left_out_and_no_list_is_to_blame) {
  const auto tx = log.story.main_tx;
  const auto done =
      send("vdab", "xml",
           fmt::format("<DossierVDAB><Adviezen><Advies><ID>1</ID><ToeleidingsID>{0}</ToeleidingsID><Toestand>  "
                       "</Toestand></Advies></Adviezen><Uitnodigingen>{1}</Uitnodigingen></DossierVDAB>",
                       tx.text(), invitation(tx, "01")),
           {});
  ASSERT_TRUE(done) << done.error().message;
  ASSERT_THAT(*done, SizeIs(2));
  EXPECT_EQ(done->at(0).dropped, Dropped::unknown_code);
  EXPECT_EQ(done->at(0).codes.at(0).detail, "it says no status; send this item again with one");
  EXPECT_TRUE(done->at(1).id);
  EXPECT_THAT(lacking(), SizeIs(0));
}

// The other three ways to report, item by item as well.
TEST_F(OutcomesOfFile, a_code_that_no_list_has_leaves_out_its_own_item_in_every_message) {
  facilities->terms.change([](Terms& terms) {
    terms.recipients["vdab"].outcomes = {"ksz-status-to-outcome", "kbi-follow-up-to-outcome", "report-to-outcome"};
  });
  const auto tx = log.story.main_tx.text();
  const auto item = [&](std::string_view sort, std::string_view state, std::string_view reason = "ANDERE") {
    return fmt::format(R"({{"toeleidingsID":"{}","soort":"{}","toestand":"{}","reden":"{}"}})", tx, sort, state,
                       reason);
  };
  const auto course = [&](std::string_view type, std::string_view code) {
    return fmt::format("<Traject><Referte>{}</Referte><Type>{}</Type><Status><Code>{}</Code></Status></Traject>", tx,
                       type, code);
  };
  const auto seeker_of = [](std::string_view type, std::string_view reason, std::string_view source = "VDAB") {
    return fmt::format(R"(<jobSeeker source="{}"><event><id>1</id><type>{}</type><date>2026-11-20</date></event>)"
                       "<deregistrationDetails><registrationDate>2026-09-01</registrationDate><reason>{}</reason>"
                       "</deregistrationDetails><ssin>{}</ssin></jobSeeker>",
                       source, type, reason, referred);
  };
  const auto said = [&](std::string_view format, const std::string& body) {
    std::vector<std::string> out;
    const auto done = send("vdab", std::string(format), body, {});
    if (!done) return std::vector{done.error().message};
    for (const auto& one : *done) {
      std::string codes;
      for (const auto& code : one.codes)
        codes += (codes.empty() ? "" : " ") + code.unknown.of + ' ' + code.unknown.code + ' ' + code.unknown.list;
      out.push_back(codes);
    }
    return out;
  };
  EXPECT_THAT(said("json", R"({"meldingen":[)" + item("STAGE", "GESTART") + ',' + item("TRAJECT", "UITGESTELD") + ',' +
                               item("TRAJECT", "GEWEIGERD", "WACHTLIJST") + ',' + item("TRAJECT", "GESTART") + "]}"),
              ElementsAre("kind STAGE report-to-kind", "status UITGESTELD report-to-status",
                          "reason WACHTLIJST report-to-reason", ""));
  EXPECT_THAT(said("xml", R"(<KBIOpvolging xmlns="https://ketenpoort.example/ns/kbi-follow-up/1">)" +
                              course("TT_NIEUW", "XX") + course("TT_NT2", "OP") + "</KBIOpvolging>"),
              ElementsAre("status XX kbi-trajectory-to-status kind TT_NIEUW kbi-trajectory-to-kind", ""));
  EXPECT_THAT(
      said("xml", R"(<n:notifyJobSeekerStatus xmlns:n="https://ketenpoort.example/ns/job-seeker-status/1">)"
                  "<sender/><receiver/><legalContext>X</legalContext><sequenceNumber>1</sequenceNumber><jobSeekers>" +
                      seeker_of("SUSPENSION", "OTHER_REASON") + seeker_of("DEREGISTRATION", "RETIREMENT") +
                      seeker_of("OTHER", "OTHER_REASON", "NEW_SERVICE") + seeker_of("REGISTRATION", "OTHER_REASON") +
                      "</jobSeekers></n:notifyJobSeekerStatus>"),
      ElementsAre("status SUSPENSION ksz-event-to-status", "kind RETIREMENT ksz-reason-to-kind", ""));
}

TEST_F(OutcomesOfFile, of_a_transfer_of_another_partner_nothing_is_said) {
  const auto done = report_file(invitation(new_uuid_v4(), "99") + invitation(log.story.main_tx, "01"));
  ASSERT_TRUE(done);
  EXPECT_EQ(done->at(0).dropped, Dropped::unknown);
  EXPECT_THAT(done->at(0).codes, SizeIs(0));
  EXPECT_THAT(lacking(), SizeIs(0));
}

TEST_F(OutcomesByNumber, nobody_learns_that_somebody_was_erased) {
  for (const std::string partner : {"vdab", "agii"}) {
    const auto of_erased = report(partner, seeker(erased));
    const auto of_stranger = report(partner, seeker(stranger));
    ASSERT_FALSE(of_erased) << partner;
    ASSERT_FALSE(of_stranger) << partner;
    EXPECT_EQ(of_erased.error().code, of_stranger.error().code) << partner;
    EXPECT_EQ(of_erased.error().message, of_stranger.error().message) << partner;
    ASSERT_THAT(of_erased.error().issues, SizeIs(1));
    EXPECT_EQ(of_erased.error().issues[0].detail, of_stranger.error().issues[0].detail) << partner;
  }
  const auto mixed = report("vdab", seeker(erased) + ',' + seeker(referred) + ',' + seeker(stranger));
  ASSERT_TRUE(mixed) << mixed.error().message;
  ASSERT_THAT(*mixed, SizeIs(3));
  EXPECT_EQ(mixed->at(0).dropped, Dropped::unknown);
  EXPECT_EQ(mixed->at(1).dropped, Dropped::no);
  EXPECT_EQ(mixed->at(1).transfer, log.story.main_tx);
  EXPECT_EQ(mixed->at(2).dropped, Dropped::unknown);
  EXPECT_EQ(report("agii", seeker(referred)).error().code, ErrorCode::invalid_input) << "of another partner's";
}

TEST_F(OutcomesByNumber, a_moved_appointment_is_another_outcome_and_the_same_one_is_not) {
  const auto first = id_of(seeker(referred, "2026-12-01T09:00:00+01:00"));
  const auto moved = id_of(seeker(referred, "2026-12-03T14:00:00+01:00"));
  EXPECT_NE(moved, first);
  EXPECT_EQ(id_of(seeker(referred, "2026-12-01T09:00:00+01:00")), first);
  EXPECT_EQ(id_of(seeker(referred, "2026-12-03T14:00:00+01:00")), moved);
  ASSERT_THAT(vault.kept, SizeIs(2));
  EXPECT_THAT(vault.kept[1], testing::HasSubstr("2026-12-03T14:00:00+01:00"));
  for (const auto& json : vault.kept) EXPECT_THAT(json, testing::Not(testing::HasSubstr(std::string(referred))));
}

// Somebody will go there: what is no day or no time tells nobody when.
TEST_F(OutcomesByNumber, an_appointment_is_on_a_day_there_is_or_not_taken) {
  for (const auto* at : {"2026-12-01", "2026-12-01T09:00:00+01:00", "2026-12-01T09:00Z", "2026-12-01T09:00:00"})
    EXPECT_TRUE(report("vdab", seeker(referred, at))) << at;
  for (const auto* at : {"morgen om 9 uur", "2026-02-30", "2026-02-30T09:00:00+01:00", "2026-12-01T25:00:00Z",
                         "2026-12-01 09:00", "01/12/2026"})
    EXPECT_EQ(report("vdab", seeker(referred, at)).error().code, ErrorCode::invalid_input) << at;
}

}  // namespace
}  // namespace ketenpoort::exchange
