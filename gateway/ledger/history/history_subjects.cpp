// Rights a subject exercises, and the numbers it goes by.
#include <algorithm>
#include <utility>

#include "gateway/ledger/history/history_rules.hpp"

namespace ketenpoort::ledger {
namespace {

// A request that an entry says it answers is open and of the same subject.
Status check_request(const HistoryState& state, const Entry& entry, const std::optional<Uuid>& request) {
  if (!request) return {};
  const Row row = state.requests.find(*request);
  if (row == no_row || !state.requests[row].open || state.subjects[state.requests[row].subject].ref != *entry.subject)
    return broken(entry, 2, "the request it answers is not an open one of this subject");
  return {};
}

// A term that ends on a holiday ends on the next working day: a deadline may lie so much later.
constexpr int days_of_holidays = 7;

// GDPR art. 12(3): once, by two further months, and said before the first month is over.
Status apply_extension(HistoryState& state, const Entry& entry, const RequestOpened& body) {
  if (auto request = check_request(state, entry, body.request); !request) return request;
  const Row row = state.requests.find(body.request);
  const auto& before = state.requests[row];
  if (before.extended || before.article != body.article)
    return broken(entry, 2, "a request is extended once, and keeps its article");
  const Date until = *before.deadline.date();
  if (date_in_brussels(entry.time) > until)
    return broken(entry, 2, "a request is extended while its deadline has not passed");
  if (body.deadline <= until || body.deadline > add_days(add_months(until, 2), days_of_holidays))
    return broken(entry, 2, "a request is extended by two months at most");
  auto& request = state.change(state.requests[row]);
  request.deadline = PackedDate(body.deadline);
  request.extended = true;
  return {};
}

template <std::size_t n>
std::uint8_t place_in(const std::array<std::string_view, n>& list, std::string_view text) {
  return static_cast<std::uint8_t>(std::ranges::find(list, text) - list.begin());
}

bool has_named_number(const HistoryState& state, Row subject) {
  for (Row row = 0; row < state.marks.places(); ++row)
    if (!state.marks.is_free(row) && state.marks[row].subject == subject) return true;
  return false;
}

// Whoever has a number again is continued by nobody; whoever lost the last one to another is.
void note_passing(HistoryState& state, const Entry& entry, Row subject, Row left, Seq left_at) {
  auto& continued = state.continued;
  if (std::ranges::any_of(continued, [&](const auto& one) { return one.from == subject; }))
    std::erase_if(state.change(continued), [&](const auto& one) { return one.from == subject; });
  const bool passed = left != no_row && left != subject && relies_on(entry, left_at);
  if (!passed || has_named_number(state, left)) return;
  if (std::ranges::any_of(continued, [&](const auto& one) { return one.from == left; })) return;
  state.change(continued).push_back({left, subject});
}

}  // namespace

Status apply_request_opened(HistoryState& state, const Entry& entry) {
  const auto body = body_of<RequestOpened>(entry);
  if (!body) return fail(body.error());
  if (body->extended) return apply_extension(state, entry, *body);
  if (state.requests.find(body->request) != no_row) return broken(entry, 2, "this request id was used before");
  const Row subject = state.subject(*entry.subject);
  state.add(state.requests, {.id = body->request,
                             .opened = entry.seq,
                             .subject = subject,
                             .deadline = PackedDate(body->deadline),
                             .article = static_cast<std::uint8_t>(body->article)});
  return {};
}

Status apply_request_closed(HistoryState& state, const Entry& entry) {
  const auto body = body_of<RequestClosed>(entry);
  if (!body) return fail(body.error());
  if (auto request = check_request(state, entry, body->request); !request) return request;
  auto& closed = state.change(state.requests[state.requests.find(body->request)]);
  closed.open = false;
  closed.closed = entry.seq;
  closed.outcome = place_in(request_outcomes, body->outcome);
  return {};
}

Status apply_restriction(HistoryState& state, const Entry& entry) {
  const auto body = body_of<SubjectRestricted>(entry);
  if (!body) return fail(body.error());
  if (auto request = check_request(state, entry, body->request); !request) return request;
  const Row subject = state.subject(*entry.subject);
  state.change(state.subjects[subject]).restricted =
      static_cast<std::uint8_t>(1 + place_in(restriction_grounds, body->ground));
  add_duties(state, entry, subject, Cause::restriction, CategorySet::all());
  return {};
}

Status apply_unrestriction(HistoryState& state, const Entry& entry) {
  const auto body = body_of<SubjectUnrestricted>(entry);
  if (!body) return fail(body.error());
  if (auto request = check_request(state, entry, body->request); !request) return request;
  const Row subject = state.subjects.find(*entry.subject);
  if (subject == no_row || state.subjects[subject].restricted == 0)
    return broken(entry, 2, "nothing restricts this subject itself");
  state.change(state.subjects[subject]).restricted = 0;
  return {};
}

Status apply_rectification(HistoryState& state, const Entry& entry) {
  const auto body = body_of<SubjectRectified>(entry);
  if (!body) return fail(body.error());
  if (auto request = check_request(state, entry, body->request); !request) return request;
  if (body->categories.empty()) return broken(entry, 2, "nothing is rectified");
  const Row subject = state.subject(*entry.subject);
  state.add(state.rectified,
            {.at = entry.seq, .right = entry.refs.empty() ? Seq{0} : entry.refs.front(), .subject = subject});
  add_duties(state, entry, subject, Cause::rectification, body->categories);
  return {};
}

Status apply_link(HistoryState& state, const Entry& entry) {
  const auto body = body_of<SubjectLinked>(entry);
  if (!body) return fail(body.error());
  if (auto request = check_request(state, entry, body->request); !request) return request;
  const Row subject = state.subject(*entry.subject);
  const Row mark = state.marks.find(body->mark);
  if (mark != no_row && state.marks[mark].subject != no_row)
    return broken(entry, 2, "the number belongs to a subject already");
  state.change(state.last_number_change) = entry.seq;
  if (mark == no_row) {
    state.add(state.marks, {.mark = body->mark, .subject = subject});
    note_passing(state, entry, subject, no_row, 0);
    return {};
  }
  state.change(state.marks[mark]).subject = subject;
  note_passing(state, entry, subject, state.marks[mark].left, state.marks[mark].left_at);
  return {};
}

Status apply_unlink(HistoryState& state, const Entry& entry) {
  const auto body = body_of<SubjectUnlinked>(entry);
  if (!body) return fail(body.error());
  if (auto request = check_request(state, entry, body->request); !request) return request;
  const Row mark = state.marks.find(body->mark);
  if (mark == no_row || state.marks[mark].subject != state.subjects.find(*entry.subject))
    return broken(entry, 2, "the number does not belong to this subject");
  state.change(state.last_number_change) = entry.seq;
  auto& row = state.change(state.marks[mark]);
  row.left = std::exchange(row.subject, no_row);
  row.left_at = entry.seq;
  return {};
}

Status apply_erasure(HistoryState& state, const Entry& entry) {
  const auto body = body_of<SubjectErased>(entry);
  if (!body) return fail(body.error());
  if (auto request = check_request(state, entry, body->request); !request) return request;
  if (body->classes.empty()) return broken(entry, 2, "nothing is erased");
  for (const auto& kept : body->kept)
    if (std::ranges::find(body->classes, kept.key_class) != body->classes.end())
      return broken(entry, 2, fmt::format("{} is erased and kept", kept.key_class));
  const Row row = state.subject(*entry.subject);
  auto& subject = state.change(state.subjects[row]);
  const bool by_time = entry.actor.role == retention_role;
  subject.retired = by_time && (!subject.erased || subject.retired);
  subject.erased = true;
  for (const auto& name : body->classes)
    if (const auto one = parse_key_class(name)) subject.erased_classes.insert(*one);
  if (std::ranges::find(body->classes, "proof") != body->classes.end()) subject.sealed_decisions = 0;
  add_duties(state, entry, row, Cause::erasure, CategorySet::all());
  return {};
}

}  // namespace ketenpoort::ledger
