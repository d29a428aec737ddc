// What partners publish: checked, kept, replaced, withdrawn, forgotten in time.
#include <gmock/gmock.h>

#include <thread>

#include "gateway/exchange/outcomes/activity_board.hpp"
#include "gateway/exchange/outcomes/check_activity.hpp"
#include "tests/support/scratch_folder.hpp"

namespace ketenpoort::exchange {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr std::string_view schema = "mappings/schemas/activity-1.schema.json";

Clock clock_at(std::string_view moment) {
  const auto wanted = parse_rfc3339(moment).value();
  return Clock(std::chrono::duration_cast<std::chrono::milliseconds>(wanted - Clock().now()));
}

std::string activity(std::string_view reference, std::string_view from = "2026-12-01",
                     std::string_view until = "2026-12-20", std::string_view more = {}) {
  return fmt::format(R"({{"reference":"{}","title":{{"nl":"Werken in Vlaanderen"}},"kind":"INFO_SESSION","from":"{}",)"
                     R"("until":"{}","languages":["nld","ara"],"enrol":{{"how":"BY_CENTRE"}}{}}})",
                     reference, from, until, more);
}

class Board : public testing::Test {
 protected:
  std::unique_ptr<ActivityBoard> open(std::string_view moment = "2026-11-24T12:00:00+01:00") {
    return ActivityBoard::open(folder_.path() / "activities", schema, clock_at(moment)).value();
  }
  static std::vector<std::string> shown(const ActivityBoard& board, const ActivityQuery& query = {}) {
    std::vector<std::string> out;
    for (const auto& one : board.list(query)) out.push_back(one.reference);
    return out;
  }
  test::ScratchFolder folder_;
};

TEST_F(Board, keeps_what_is_published_over_a_restart) {
  PublishedActivity published;
  {
    const auto board = open();
    auto done = board->publish("vdab", activity("A-1"));
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_TRUE(done->is_new);
    published = done->activity;
  }
  const auto board = open();
  ASSERT_THAT(board->list({}), SizeIs(1));
  const auto kept = board->list({}).front();
  EXPECT_EQ(kept.id, published.id);
  EXPECT_EQ(kept.json, published.json);
  EXPECT_EQ(kept.changed, published.changed);
  EXPECT_EQ(kept.partner, "vdab");
}

TEST_F(Board, replaces_by_the_partners_own_reference) {
  const auto board = open();
  const auto first = board->publish("vdab", activity("A-1")).value().activity;
  const auto same = board->publish("vdab", activity("A-1")).value();
  EXPECT_FALSE(same.is_new);
  EXPECT_EQ(same.activity.changed, first.changed);
  const auto other = board->publish("vdab", activity("A-1", "2026-12-02")).value();
  EXPECT_FALSE(other.is_new);
  EXPECT_EQ(other.activity.id, first.id);
  EXPECT_EQ(other.activity.published, first.published);
  EXPECT_THAT(board->list({}), SizeIs(1));
  EXPECT_TRUE(board->publish("agii", activity("A-1")).value().is_new) << "another partner's is another";
  EXPECT_THAT(board->list({}), SizeIs(2));
}

TEST_F(Board, has_room_again_for_a_partner_that_withdrew_some) {
  const auto clock = clock_at("2026-11-24T12:00:00+01:00");
  const auto board = ActivityBoard::open(folder_.path() / "activities", schema, clock, 2).value();
  const auto first = board->publish("vdab", activity("A-1")).value().activity.id;
  ASSERT_TRUE(board->publish("vdab", activity("A-2")));
  ASSERT_TRUE(board->publish("agii", activity("A-1"))) << "each partner's own";
  const auto refused = board->publish("vdab", activity("A-3"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
  ASSERT_TRUE(board->withdraw("vdab", first));
  EXPECT_TRUE(board->publish("vdab", activity("A-3")));
  EXPECT_FALSE(board->find(first));
  EXPECT_FALSE(board->publish("vdab", activity("A-4")));
}

TEST_F(Board, shows_nothing_withdrawn_until_it_is_published_again) {
  const auto board = open();
  const auto id = board->publish("vdab", activity("A-1")).value().activity.id;
  EXPECT_EQ(board->withdraw("agii", id).error().code, ErrorCode::not_found);
  EXPECT_TRUE(board->withdraw("vdab", id).value().withdrawn);
  EXPECT_TRUE(board->withdraw("vdab", id).value().withdrawn) << "again";
  EXPECT_THAT(board->list({}), IsEmpty());
  EXPECT_TRUE(board->find(id)->withdrawn);
  EXPECT_THAT(open()->list({}), IsEmpty());
  EXPECT_FALSE(board->publish("vdab", activity("A-1")).value().activity.withdrawn);
  EXPECT_EQ(shown(*board), std::vector<std::string>{"A-1"});
}

TEST_F(Board, forgets_what_is_over) {
  const auto id = open()->publish("vdab", activity("A-1", "2026-12-01", "2026-12-02")).value().activity.id;
  EXPECT_THAT(open("2026-12-02T23:00:00+01:00")->list({}), SizeIs(1));
  const auto over = open("2026-12-03T00:30:00+01:00");
  EXPECT_THAT(over->list({}), IsEmpty());
  EXPECT_TRUE(over->find(id));
  EXPECT_TRUE(open("2027-01-01T12:00:00+01:00")->find(id));
  EXPECT_FALSE(open("2027-01-02T12:00:00+01:00")->find(id));
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path() / "activities"));
}

// What a running gateway holds goes as well, without a restart or anything published.
TEST_F(Board, forgets_at_midnight_what_was_over_long_ago) {
  const auto id = open()->publish("vdab", activity("A-1", "2026-12-01", "2026-12-02")).value().activity.id;
  const auto board = open("2027-01-01T23:59:57+01:00");
  ASSERT_TRUE(board->find(id));
  std::this_thread::sleep_for(std::chrono::milliseconds{3100});
  EXPECT_FALSE(board->find(id));
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path() / "activities"));
}

TEST_F(Board, is_asked_by_kind_language_place_day_and_group) {
  const auto board = open();
  for (const auto& one :
       {activity("A-1", "2026-12-05", "2026-12-06", R"(,"place":{"municipality":"Ieper","municipalityNis":"33011"})"),
        activity("A-2", "2026-12-01", "2026-12-31",
                 R"(,"targetGroup":{"profiles":["RESETTLED"],"culturalOrientation":true})"),
        activity("A-3", "2026-12-20", "2026-12-21", R"(,"place":{"postalCode":"8970"})")})
    ASSERT_TRUE(board->publish("vdab", one)) << board->publish("vdab", one).error().issues.front().where;
  using Names = std::vector<std::string>;
  EXPECT_EQ(shown(*board), (Names{"A-2", "A-1", "A-3"})) << "by first day";
  EXPECT_EQ(shown(*board, {.partner = "agii"}), Names{});
  EXPECT_EQ(shown(*board, {.kind = "TRAINING"}), Names{});
  EXPECT_EQ(shown(*board, {.language = "ara"}), (Names{"A-2", "A-1", "A-3"}));
  EXPECT_EQ(shown(*board, {.language = "fra"}), Names{});
  EXPECT_EQ(shown(*board, {.place = "ieper"}), Names{"A-1"});
  EXPECT_EQ(shown(*board, {.place = "33011"}), Names{"A-1"});
  EXPECT_EQ(shown(*board, {.place = "8970"}), Names{"A-3"});
  EXPECT_EQ(shown(*board, {.profile = "APPLICANT"}), (Names{"A-1", "A-3"})) << "without a group it is for all";
  EXPECT_EQ(shown(*board, {.orientation = true}), Names{"A-2"});
  EXPECT_EQ(shown(*board, {.from = parse_date("2026-12-10")}), (Names{"A-2", "A-3"}));
  EXPECT_EQ(shown(*board, {.until = parse_date("2026-12-04")}), Names{"A-2"});
  const auto first = board->list({.limit = 1});
  EXPECT_EQ(shown(*board, {.after = std::pair(first[0].from, first[0].id)}), (Names{"A-1", "A-3"}));
}

TEST_F(Board, takes_nothing_that_is_wrong) {
  const auto board = open();
  EXPECT_EQ(board->publish("vdab", "{").error().code, ErrorCode::malformed);
  EXPECT_EQ(board->publish("vdab", activity("A 1")).error().code, ErrorCode::schema_violation);
  EXPECT_EQ(board->publish("vdab", activity("A-1", "2026-12-01", "2026-12-20", R"(,"extra":1)")).error().code,
            ErrorCode::schema_violation);
  EXPECT_EQ(board->publish("vdab", activity("A-1", "2026-02-30")).error().issues.front().where, "from");
  EXPECT_EQ(board->publish("vdab", activity("A-1", "2026-12-20", "2026-12-01")).error().issues.front().where, "until");
  EXPECT_EQ(board->publish("vdab", activity("A-1", "2026-11-01", "2026-11-23")).error().issues.front().where, "until");
  const auto outside = board->publish(
      "vdab", activity("A-1", "2026-12-01", "2026-12-20", R"(,"sessions":[{"start":"2026-12-21T09:00:00+01:00"}])"));
  EXPECT_EQ(outside.error().issues.front().where, "sessions[0]");
  for (const auto* unreadable : {"   ", "\\n", "Infosessie\\u0007", "\\u007f"}) {
    const auto done = board->publish("vdab", activity("A-1", "2026-12-01", "2026-12-20",
                                                      fmt::format(R"(,"description":{{"nl":"{}"}})", unreadable)));
    ASSERT_FALSE(done) << unreadable;
    EXPECT_EQ(done.error().issues.front().where, "description.nl");
  }
  EXPECT_THAT(board->list({}), IsEmpty());
}

TEST_F(Board, takes_texts_of_several_lines) {
  const auto more = R"(,"description":{"nl":"Eerst dit.\n\tDan dat."})";
  EXPECT_TRUE(open()->publish("vdab", activity("A-1", "2026-12-01", "2026-12-20", more)));
}

TEST_F(Board, says_nothing_about_anybody) {
  const auto board = open();
  const auto with = [&](std::string_view text) {
    return board->publish(
        "vdab", activity("A-1", "2026-12-01", "2026-12-20", fmt::format(R"(,"description":{{"nl":"{}"}})", text)));
  };
  for (const auto* text : {"voor 91.63.14-002.87", "91631400287", "mail mia.voorbeeld@vdab.example",
                           "bel 057 12 34 56 7", "bel +32 470 00 00 01", "dossier 1234567"}) {
    const auto done = with(text);
    ASSERT_FALSE(done) << text;
    EXPECT_EQ(done.error().issues.front().where, "description.nl");
    EXPECT_THAT(done.error().issues.front().detail, Not(HasSubstr(text)));
  }
  EXPECT_TRUE(with("Op 3/12/2026 om 9.30 uur, 8900 Ieper, 25 euro @ de bibliotheek"));
  const auto enrol = R"({"reference":"A-2","title":{"fr":"Parler"},"kind":"LANGUAGE_COURSE","from":"2026-12-01",)"
                     R"("until":"2026-12-02","languages":["fra"],)"
                     R"("enrol":{"how":"EMAIL","email":"ieper.onthaal@vdab.example","phone":"+3257123456"}})";
  EXPECT_TRUE(board->publish("vdab", enrol)) << "a team's mailbox and number have their places";
}

TEST(PersonalText, numbers_are_found_however_they_are_written) {
  const auto today = parse_date("2026-11-24").value();
  for (const auto* text : {"91631400287", "91 63 14 002 87", "x91.63.14-002.87y", "91/63/14/002/87."})
    EXPECT_THAT(std::string(find_personal(text, today)), HasSubstr("person's number")) << text;
  for (const auto* text :
       {"", "2026", "8900 Ieper", "van 09.00 tot 12.30", "12345", "a @ b", "2026-12-03 en 2026-12-04"})
    EXPECT_EQ(find_personal(text, today), "") << text;
}

TEST(PersonalText, telephones_are_told_from_days_and_hours) {
  const auto today = parse_date("2026-11-24").value();
  for (const auto* text : {"0470-12-34-56", "+32-470-12-34-56", "0470 - 12 34 56", "(057)-12-34-56", "02-534-56-78",
                           "057/12-34-56", "bel 0470-12-34-56 voor 03-12-2026", "+32-12-2004-11-22", "09-12-2026-34"})
    EXPECT_THAT(std::string(find_personal(text, today)), HasSubstr("telephone")) << text;
  for (const auto* text : {"03-12-2026 en 04-12-2026", "2026-12-03 2026-12-04", "2026-12-03/2026-12-04",
                           "03-12-2026 - 10-12-2026", "09.00-12.30 8900 Ieper", "03-12-2026 09.00-12.30", "0-12 jaar"})
    EXPECT_EQ(find_personal(text, today), "") << text;
}

}  // namespace
}  // namespace ketenpoort::exchange
