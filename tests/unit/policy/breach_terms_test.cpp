#include "gateway/policy/breach_terms.hpp"

#include <gtest/gtest.h>

namespace ketenpoort::policy {
namespace {

Timestamp at(std::string_view text) {
  return parse_rfc3339(text).value();
}

// Known on a Friday at noon.
ledger::BreachRecorded breach(std::string risk) {
  ledger::BreachRecorded out;
  out.aware_at = at("2026-11-20T12:00:00+01:00");
  out.risk = std::move(risk);
  return out;
}

TEST(TellAuthority, is_due_72_hours_on_whatever_day_that_is) {
  EXPECT_EQ(tell_authority_before(breach("risk")), at("2026-11-23T12:00:00+01:00"));
  EXPECT_EQ(tell_authority_before(breach("high")), at("2026-11-23T12:00:00+01:00"));
  auto in_march = breach("risk");
  in_march.aware_at = at("2027-03-27T12:00:00+01:00");
  EXPECT_EQ(tell_authority_before(in_march), at("2027-03-30T13:00:00+02:00")) << "hours, not days";
}

TEST(TellAuthority, is_not_asked_where_a_risk_is_unlikely) {
  EXPECT_EQ(tell_authority_before(breach("none")), std::nullopt);
  EXPECT_EQ(authority_told(breach("none"), at("2027-11-20T12:00:00Z")), Told::not_required);
}

TEST(TellAuthority, is_overdue_from_the_moment_after_the_term) {
  EXPECT_EQ(authority_told(breach("risk"), at("2026-11-23T12:00:00+01:00")), Told::pending);
  EXPECT_EQ(authority_told(breach("risk"), at("2026-11-23T12:00:00.001+01:00")), Told::overdue);
}

TEST(TellAuthority, tells_in_time_from_late) {
  auto told = breach("risk");
  told.authority_told = at("2026-11-23T12:00:00+01:00");
  EXPECT_EQ(authority_told(told, at("2027-01-01T00:00:00Z")), Told::told);
  told.authority_told = at("2026-11-23T12:00:01+01:00");
  EXPECT_EQ(authority_told(told, at("2027-01-01T00:00:00Z")), Told::told_late);
  told.risk = "none";
  EXPECT_EQ(authority_told(told, at("2027-01-01T00:00:00Z")), Told::told) << "nothing made it late";
}

TEST(TellSubjects, is_asked_where_the_risk_is_high) {
  EXPECT_EQ(subjects_told(breach("none")), Told::not_required);
  EXPECT_EQ(subjects_told(breach("risk")), Told::not_required);
  EXPECT_EQ(subjects_told(breach("high")), Told::pending);
  auto told = breach("high");
  told.subjects_told = parse_date("2026-11-24");
  EXPECT_EQ(subjects_told(told), Told::told);
}

TEST(Told, reads_what_it_writes) {
  for (const auto one : {Told::not_required, Told::pending, Told::overdue, Told::told, Told::told_late})
    EXPECT_EQ(parse_told(to_text(one)), one);
  EXPECT_EQ(parse_told("LATE"), std::nullopt);
}

}  // namespace
}  // namespace ketenpoort::policy
