#include "gateway/api/routes/event_json.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

#include "gateway/api/routes/event_feed.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::api {
namespace {

TEST(EventId, of_a_date_says_where_it_stands_and_is_always_the_same) {
  std::mt19937_64 random{7};
  for (int i = 0; i < 1000; ++i) {
    const audit::DatePlace place{static_cast<std::int64_t>(random() >> 17U),
                                 static_cast<std::int64_t>(random() >> 10U)};
    for (const auto sort : {DateSort::recheck_due, DateSort::answer_overdue}) {
      const auto id = make_event_id(sort, place);
      EXPECT_EQ(version_of(id), 8U);
      const auto read = read_event_id(id);
      ASSERT_TRUE(read);
      EXPECT_EQ(read->sort, sort);
      EXPECT_EQ(read->place, place);
    }
  }
}

TEST(EventId, that_nobody_made_is_none) {
  auto id = make_event_id(DateSort::recheck_due, {1'800'000'000'000, 4});
  id.bytes[7] = 1;
  EXPECT_FALSE(read_event_id(id));
  id = make_event_id(DateSort::recheck_due, {1'800'000'000'000, 4});
  id.bytes[6] = 0x83;
  EXPECT_FALSE(read_event_id(id));
}

TEST(FeedPlace, reads_back_as_it_was_written) {
  EXPECT_EQ(parse_feed_place(to_text(FeedPlace{})), FeedPlace{});
  const FeedPlace place{12'345, {1'800'000'000'000, 0}, {1'700'000'000'000, 77}};
  EXPECT_EQ(parse_feed_place(to_text(place)), place);
  EXPECT_EQ(to_text(place), "12345-1800000000000-1-1700000000000-78");
}

TEST(FeedPlace, is_nothing_else) {
  for (const auto* text : {"", "1", "1-2-3-4", "1-2-3-4-", "1-2-3-4-5-6", "a-2-3-4-5", "1--3-4-5", "-1-2-3-4-5",
                           "1-2-3-4-99999999999999999999", "1-2-3-4-5 "})
    EXPECT_FALSE(parse_feed_place(text)) << text;
}

// {severity, code, remedy} of the event of an entry.
std::vector<std::string> error_in(std::string_view kind, const std::string& body) {
  audit::EntryEvent event;
  event.kind = kind;
  ledger::Entry entry;
  EXPECT_TRUE(entry.document.read(body));
  entry.kind = kind;
  entry.body = entry.document.root();
  const auto json = formats::parse_json(render_entry_event("https://example.org/log", event, entry));
  EXPECT_TRUE(json);
  const auto error = json->root().find("data").find("error");
  std::vector<std::string> out;
  for (const auto view : {json->root().find("severity"), error.find("code"), error.find("remedy")})
    if (view) out.emplace_back(view.as_string().value_or("?"));
  return out;
}

TEST(RenderEntryEvent, says_when_a_message_is_given_up_and_what_to_do) {
  using Said = std::vector<std::string>;
  EXPECT_EQ(error_in("transfer.abandoned", R"({"attempts":12,"class":"timeout"})"),
            (Said{"error", "timeout", "RETRY"}));
  EXPECT_EQ(error_in("transfer.refused", R"({"reasons":["hold-expired","no-consent"]})"),
            (Said{"error", "hold-expired", "NEW_RECORD"}));
  EXPECT_EQ(error_in("transfer.refused", R"({"reasons":["consent-refused"]})"),
            (Said{"error", "consent-refused", "CONSENT"}));
  EXPECT_EQ(error_in("transfer.refused", R"({"reasons":["no-agreement"]})"),
            (Said{"error", "no-agreement", "AGREEMENT"}));
  EXPECT_EQ(error_in("transfer.cancelled", R"({"reasons":["stay-ended"]})"), (Said{"error", "stay-ended", "NONE"}));
  for (const auto* own : {"superseded", "cancelled-by-operator"})
    EXPECT_EQ(error_in("transfer.cancelled", fmt::format(R"({{"reasons":["{}"]}})", own)), Said{}) << own;
  EXPECT_EQ(error_in("transfer.held", R"({"reasons":["no-consent"]})"), Said{});
  EXPECT_EQ(error_in("transfer.failed", R"({"attempt":1,"class":"http-503"})"), Said{});
}

TEST(RenderRecheckDue, is_a_cloud_event) {
  audit::DateEvent event;
  event.place = {1'796'770'800'000, 3};
  event.time = Timestamp{std::chrono::milliseconds{event.place.time}};
  event.matter = {Uuid{}, Uuid{}, "vdab", "work-guidance", "vdab-profile"};
  event.held_until = parse_date("2026-12-16");
  EXPECT_EQ(render_recheck_due("https://example.org/log", event),
            R"({"specversion":"1.0","id":")" + make_event_id(DateSort::recheck_due, event.place).text() +
                R"(","source":"https://example.org/log","type":"example.ketenpoort.transfer.recheck-due",)"
                R"("subject":"transfers/00000000-0000-0000-0000-000000000000","time":"2026-12-08T23:00:00.000Z",)"
                R"("datacontenttype":"application/json","data":{"transfer":"00000000-0000-0000-0000-000000000000",)"
                R"("record":"00000000-0000-0000-0000-000000000000","recipient":"vdab","message":"vdab-profile",)"
                R"("purpose":"work-guidance","state":"held","heldUntil":"2026-12-16"}})");
}

}  // namespace
}  // namespace ketenpoort::api
