// For each invariant of docs/ledger-format.md that can be read from the log, a log that breaks just that one.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/support/log_story.hpp"

namespace ketenpoort::ledger::test {

struct RuleBreak {
  std::string name;
  int invariant = 0;
  Story story;
  Seq at = 0;  // the first entry that breaks it
};

namespace breaking {

inline RuleBreak of(std::string name, int invariant, const std::function<Seq(Story&)>& change) {
  RuleBreak out{std::move(name), invariant, Story::whole(), 0};
  out.at = change(out.story);
  return out;
}

template <class Body>
RuleBreak in(std::string name, int invariant, Seq Story::*at, const std::function<void(Body&)>& change) {
  return of(std::move(name), invariant, [&](Story& s) {
    s.log.edit<Body>(s.*at, change);
    return s.*at;
  });
}

// The subject's data is with VDAB, something changes, and nobody tells it for 73 hours.
template <class Body>
RuleBreak untold(std::string name, const Body& change) {
  return of(std::move(name), 7, [&](Story& s) {
    s = Story();
    s.open();
    s.give_consent();
    s.request(s.main_tx);
    s.permit(s.main_tx, 1);
    s.log.add(TransferDelivered{1, digest_of(6), 201}, {}, s.subject, s.main_tx);
    s.log.add(change, {}, s.subject);
    EntryDraft later;
    later.kind = std::string(ClockAnomaly::kind);
    later.body = encode_body(ClockAnomaly{1});
    return s.log.add(std::move(later), std::chrono::hours{73});
  });
}

}  // namespace breaking

// Invariant 8 is policy's (gateway/policy/replay): History accepts those two.
inline std::vector<RuleBreak> rule_breaks() {
  using namespace breaking;
  std::vector<RuleBreak> out;
  out.push_back(of("time-goes-back", 1, [](Story& s) {
    s.log.lines[s.delivered].time -= std::chrono::hours{1};
    return s.delivered;
  }));
  out.push_back(of("ref-forward", 1, [](Story& s) {
    s.log.lines[s.delivered].draft.refs = {s.delivered};
    return s.delivered;
  }));
  out.push_back(of("delivered-twice", 2, [](Story& s) {
    s.log.lines[s.acknowledged].draft.kind = std::string(TransferDelivered::kind);
    s.log.lines[s.acknowledged].draft.body = encode_body(TransferDelivered{2, digest_of(6), 201});
    return s.acknowledged;
  }));
  out.push_back(in<TransferPermitted>("never-sent-category", 3, &Story::permitted,
                                      [](auto& b) { b.categories.insert(Category::case_note); }));
  out.push_back(of("agreement-had-ended", 3, [](Story& s) {
    s = Story();
    s.open();
    s.give_consent();
    s.request(s.main_tx);
    s.log.add(AgreementEnded{s.agreement}, {s.agreement});
    return s.permit(s.main_tx, 1);
  }));
  out.push_back(of("consent-withdrawn-before", 4, [](Story& s) {
    s = Story();
    s.open();
    s.give_consent();
    s.request(s.main_tx);
    s.withdraw();
    s.given = s.withdrawn;
    return s.permit(s.main_tx, 1);
  }));
  out.push_back(of("subject-restricted", 5, [](Story& s) {
    s = Story();
    s.open();
    s.give_consent();
    s.request(s.main_tx);
    s.log.add(SubjectRestricted{}, {}, s.subject);
    return s.permit(s.main_tx, 1);
  }));
  out.push_back(in<TransferPermitted>("before-its-date", 5, &Story::permitted,
                                      [](auto& b) { b.not_before = day(2026, 11, 25); }));
  out.push_back(in<TransferPermitted>("mapping-of-another-hash", 6, &Story::permitted,
                                      [](auto& b) { b.mapping.hash = digest_of(0x77); }));
  const Story story;
  out.push_back(untold("withdrawal-untold",
                       ConsentWithdrawn{story.consent_id, "work-guidance", "vdab", Story::sendable(), true}));
  out.push_back(untold("refusal-untold", story.statement_body<ConsentRefused>(numbered_id(302, 7))));
  out.push_back(untold("rectification-untold", SubjectRectified{{Category::contact}, {}}));
  out.push_back(untold("restriction-untold", SubjectRestricted{}));
  out.push_back(untold("erasure-untold", SubjectErased{}));
  out.push_back(in<TransferHeld>("reason-without-ground", 8, &Story::held, [](auto& b) {
    b.reasons = {Reason::too_early, Reason::consent_refused};
  }));
  out.push_back(in<TransferRefused>("reason-left-out", 8, &Story::refused, [](auto& b) {
    b.reasons = {Reason::minor, Reason::no_consent};
  }));
  return out;
}

}  // namespace ketenpoort::ledger::test
