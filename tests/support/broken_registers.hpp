// Agreements, anchors, consents and subjects' rights as registered: logs that break one rule of these.
#pragma once

#include "tests/support/broken_log.hpp"

namespace ketenpoort::ledger::test {

inline void add_registers(BrokenLogs& logs) {
  logs.append("agreement-registered-twice", 3, &Story::given, [](Story& s) {
    s.log.add(AgreementRegistered{Story::agreement_value(), {digest_of(2), {}}});
  });
  const auto amended = [](Story& s, Agreement agreement) {
    AgreementAmended body;
    body.agreement = std::move(agreement);
    body.file = {digest_of(23), {}};
    body.amends = s.agreement;
    s.log.add(body, {s.agreement});
  };
  logs.append("amended-under-another-id", 3, &Story::given, [&](Story& s) {
    auto agreement = Story::agreement_value();
    agreement.id = "another";
    amended(s, agreement);
  });
  logs.append("amended-after-its-end", 3, &Story::given, [&](Story& s) {
    s.log.add(AgreementEnded{s.agreement}, {s.agreement});
    amended(s, Story::agreement_value());
  });
  logs.append("time-stamp-of-the-future", 1, &Story::given, [](Story& s) {
    s.log.add(Anchored{s.log.lines.back().time, "rfc3161", digest_of(1), s.log.lines.size() + 1, "AAAA", "tsa"});
  });
  logs.append("anchored-by-nobody", 1, &Story::given, [](Story& s) {
    ConfigActivated body{"test", digest_of(9)};
    body.anchoring = Anchoring{3600, 0};
    s.log.add(body);
  });
  logs.append("time-stamp-of-an-empty-log", 1, &Story::given, [](Story& s) {
    s.log.add(Anchored{s.log.lines.back().time, "rfc3161", digest_of(1), 0, "AAAA", "tsa"});
  });
  logs.append("time-stamp-that-is-not-base64", 1, &Story::given, [](Story& s) {
    s.log.add(Anchored{s.log.lines.back().time, "rfc3161", digest_of(1), 3, "AAA", "tsa"});
  });
  logs.append("cosigned-by-nobody", 1, &Story::given, [](Story& s) {
    s.log.add(Cosigned{digest_of(1), {}, s.log.lines.size()});
  });
  logs.append("cosignature-of-the-future", 1, &Story::given, [](Story& s) {
    s.log.add(Cosigned{digest_of(1), {"\u2014 witness.example AAAA"}, s.log.lines.size() + 1});
  });
  logs.append("cosignature-that-is-no-line", 1, &Story::given, [](Story& s) {
    s.log.add(Cosigned{digest_of(1), {"signed, the witness"}, s.log.lines.size()});
  });
  logs.add("consent-id-of-another-version", 4, &Story::given,
           [](Story& s) { s.log.edit<ConsentGiven>(s.given, [](auto& b) { b.consent = numbered_id(399, 4); }); });
  logs.add("consent-for-more-than-a-year", 4, &Story::given,
           [](Story& s) { s.log.edit<ConsentGiven>(s.given, [](auto& b) { b.valid_until = day(2027, 11, 25); }); });
  logs.add("consent-expressed-tomorrow", 4, &Story::given,
           [](Story& s) { s.log.edit<ConsentGiven>(s.given, [](auto& b) { b.expressed.on = day(2026, 11, 25); }); });
  logs.add("consent-without-a-last-day", 4, &Story::given,
           [](Story& s) { s.log.edit<ConsentGiven>(s.given, [](auto& b) { b.valid_until.reset(); }); });
  logs.append("withdrawn-what-nobody-gave", 4, &Story::given, [](Story& s) {
    s.log.add(ConsentWithdrawn{s.consent_id, "work-guidance", "vdab", Story::sendable(), true}, {}, s.other);
  });
  logs.append("record-id-of-another-version", 2, &Story::given, [](Story& s) {
    auto body = s.record_body();
    body.record = numbered_id(101, 4);
    s.log.add(body, {}, s.subject);
  });
}

inline void add_subjects(BrokenLogs& logs) {
  const auto open = [](Story& s) {
    s.log.add(RequestOpened{17, day(2026, 12, 24), numbered_id(500, 4)}, {}, s.subject);
    return numbered_id(500, 4);
  };
  const auto broken = [&](std::string name, const std::function<void(Story&)>& change) {
    logs.append(std::move(name), 2, &Story::given, change);
  };
  broken("restricted-for-no-request", [](Story& s) {
    SubjectRestricted body;
    body.request = numbered_id(500, 4);
    s.log.add(body, {}, s.subject);
  });
  broken("unrestricted-who-was-not-restricted", [](Story& s) { s.log.add(SubjectUnrestricted{}, {}, s.subject); });
  broken("erased-for-anothers-request", [&](Story& s) {
    SubjectErased body;
    body.request = open(s);
    s.log.add(body, {}, s.other);
  });
  broken("rectified-for-a-closed-request", [&](Story& s) {
    const auto request = open(s);
    s.log.add(RequestClosed{"GRANTED", request}, {}, s.subject);
    s.log.add(SubjectRectified{{Category::contact}, request}, {}, s.subject);
  });
  broken("request-closed-twice", [&](Story& s) {
    const auto request = open(s);
    s.log.add(RequestClosed{"GRANTED", request}, {}, s.subject);
    s.log.add(RequestClosed{"GRANTED", request}, {}, s.subject);
  });
  broken("request-opened-twice", [&](Story& s) {
    open(s);
    open(s);
  });
  const auto extend = [](Story& s, std::uint32_t article, Date until) {
    RequestOpened body{article, until, numbered_id(500, 4)};
    body.extended = "complexity";
    s.log.add(body, {}, s.subject);
  };
  broken("request-extended-before-it-came", [&](Story& s) { extend(s, 17, day(2027, 2, 24)); });
  broken("request-extended-twice", [&](Story& s) {
    open(s);
    extend(s, 17, day(2027, 1, 24));
    extend(s, 17, day(2027, 2, 24));
  });
  broken("request-extended-to-another-article", [&](Story& s) {
    open(s);
    extend(s, 15, day(2027, 2, 24));
  });
  broken("request-extended-by-three-months", [&](Story& s) {
    open(s);
    extend(s, 17, day(2027, 3, 24));
  });
  broken("request-extended-to-an-earlier-day", [&](Story& s) {
    open(s);
    extend(s, 17, day(2026, 12, 24));
  });
  broken("request-extended-too-late", [&](Story& s) {
    s.log.add(RequestOpened{17, day(2026, 11, 23), numbered_id(500, 4)}, {}, s.subject);
    extend(s, 17, day(2027, 1, 23));
  });
  broken("nothing-rectified", [](Story& s) { s.log.add(SubjectRectified{{}, {}}, {}, s.subject); });
  const auto link = [](Story& s, SubjectRef subject) {
    SubjectLinked body;
    body.mark.fill(5);
    body.number = "ssin";
    s.log.add(body, {}, subject);
  };
  const auto unlink = [](Story& s, SubjectRef subject) {
    SubjectUnlinked body;
    body.mark.fill(5);
    body.number = "ssin";
    s.log.add(body, {}, subject);
  };
  broken("number-of-two", [&](Story& s) {
    link(s, s.subject);
    link(s, s.other);
  });
  broken("number-unlinked-from-another", [&](Story& s) {
    link(s, s.subject);
    unlink(s, s.other);
  });
  broken("number-unlinked-twice", [&](Story& s) {
    link(s, s.subject);
    unlink(s, s.subject);
    unlink(s, s.subject);
  });
  broken("nothing-erased", [](Story& s) {
    SubjectErased body;
    body.classes.clear();
    s.log.add(body, {}, s.subject);
  });
  broken("erased-and-kept", [](Story& s) {
    SubjectErased body;
    body.classes = {"payload", "proof"};
    body.kept = {{"proof", "art17-3-e"}};
    s.log.add(body, {}, s.subject);
  });
}

}  // namespace ketenpoort::ledger::test
