// What the gateway writes as events, Fedasil's receiver takes; what is changed in a way it would notice, it refuses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/simulator/partner_profile.hpp"
#include "gateway/api/routes/event_json.hpp"
#include "tests/support/log_story.hpp"

namespace ketenpoort::simulator {
namespace {

using testing::HasSubstr;

std::string fault(const std::string& body) {
  return fedasil().find_fault(body, "").value_or("");
}

// One event of every sort.
std::vector<std::string> all_events() {
  std::vector<std::string> out;
  const auto story = ledger::test::Story::whole();
  const audit::EventMatter matter{story.main_tx, story.record, "vdab", "work-guidance", "vdab-profile"};
  for (const auto& bytes : story.log.encode()) {
    const auto entry = ledger::decode_entry(bytes).value();
    audit::EntryEvent event{{entry.seq, 0}, entry.time, std::string(entry.kind), matter};
    if (!entry.tx) event.matter.transfer.reset();
    if (!entry.tx) event.matter.purpose = event.matter.message = "";
    const bool told = (entry.kind.starts_with("transfer.") && entry.kind != "transfer.requested" &&
                       entry.kind != "transfer.permitted") ||
                      entry.kind == "consent.withdrawn" || entry.kind == "recipient.notified";
    if (told) out.push_back(api::render_entry_event("https://example.org/log", event, entry));
  }
  audit::DateEvent date{{1'796'770'800'000, 3},
                        Timestamp{std::chrono::milliseconds{1'796'770'800'000}},
                        matter,
                        parse_date("2026-12-16")};
  out.push_back(api::render_recheck_due("https://example.org/log", date));
  out.push_back(api::render_answer_overdue("https://example.org/log", date, std::chrono::days{30}));
  return out;
}

std::string batch(const std::vector<std::string>& events) {
  std::string body = "[";
  for (const auto& event : events) body += (body.size() > 1 ? "," : "") + event;
  return body + "]";
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  if (at == std::string::npos) throw std::logic_error("the event no longer has what this test changes");
  return text.replace(at, from.size(), to);
}

TEST(FedasilReceiver, takes_every_sort_of_event) {
  const auto events = all_events();
  EXPECT_EQ(events.size(), 13U);
  EXPECT_EQ(fault(batch(events)), "");
}

TEST(FedasilReceiver, refuses_what_is_no_batch) {
  EXPECT_THAT(fault(""), HasSubstr("not JSON"));
  EXPECT_THAT(fault("[]"), HasSubstr("at least one"));
  EXPECT_THAT(fault(all_events().front()), HasSubstr("a list"));
  const auto one = all_events().front();
  EXPECT_THAT(fault(batch({one, one})), HasSubstr("same id twice"));
}

TEST(FedasilReceiver, refuses_what_is_no_event_it_knows) {
  const auto held = all_events().front();
  const auto changed = [&](std::string_view from, std::string_view to) {
    return fault(batch({replaced(held, from, to)}));
  };
  EXPECT_THAT(changed(R"("specversion":"1.0")", R"("specversion":"0.3")"), HasSubstr("specversion"));
  EXPECT_THAT(changed("transfer.held", "transfer.lost"), HasSubstr("type"));
  EXPECT_THAT(changed(R"("state":"held",)", ""), HasSubstr("lacks"));
  EXPECT_THAT(changed(R"("state":"held")", R"("state":"held","name":"x")"), HasSubstr("name is not known"));
  EXPECT_THAT(changed(R"("state":"held")", R"("state":null)"), HasSubstr("null"));
  EXPECT_THAT(changed(R"("recipient":"vdab")", R"("recipient":"85073003328")"), HasSubstr("national number"));
  EXPECT_THAT(changed(R"("subject":"transfers/)", R"("subject":"somebody )"), HasSubstr("subject"));
  EXPECT_THAT(changed(R"("source":"https://)", R"("source":")"), HasSubstr("source"));
}

TEST(FedasilReceiver, wants_to_know_what_is_given_up_and_what_can_be_done) {
  std::size_t errors = 0;
  for (const auto& event : all_events()) {
    if (event.find(R"("severity":"error")") == std::string::npos) continue;
    ++errors;
    EXPECT_EQ(fault(batch({event})), "");
    EXPECT_THAT(fault(batch({replaced(event, R"("severity":"error",)", "")})), HasSubstr("severity"));
    EXPECT_THAT(fault(batch({replaced(event, R"("remedy":")", R"("remedy":"X)")})), HasSubstr("no remedy"));
    EXPECT_THAT(fault(batch({replaced(event, R"("error":{"code":)", R"("error":{"cause":)")})), HasSubstr("its code"));
  }
  EXPECT_GE(errors, 2U) << "abandoned and refused";
}

}  // namespace
}  // namespace ketenpoort::simulator
