// Rights a subject exercises, and the numbers it goes by.
#include <algorithm>

#include "gateway/ledger/history_rules.hpp"

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

}  // namespace

Status apply_request_opened(HistoryState& state, const Entry& entry) {
  const auto body = body_of<RequestOpened>(entry);
  if (!body) return fail(body.error());
  if (state.requests.find(body->request) != no_row) return broken(entry, 2, "this request id was used before");
  const Row subject = state.subject(*entry.subject);
  state.add(state.requests, {.id = body->request, .subject = subject});
  return {};
}

Status apply_request_closed(HistoryState& state, const Entry& entry) {
  const auto body = body_of<RequestClosed>(entry);
  if (!body) return fail(body.error());
  if (auto request = check_request(state, entry, body->request); !request) return request;
  state.change(state.requests[state.requests.find(body->request)]).open = false;
  return {};
}

Status apply_restriction(HistoryState& state, const Entry& entry) {
  const auto body = body_of<SubjectRestricted>(entry);
  if (!body) return fail(body.error());
  if (auto request = check_request(state, entry, body->request); !request) return request;
  const Row subject = state.subject(*entry.subject);
  state.change(state.subjects[subject]).restricted = true;
  add_duties(state, entry, subject, Cause::restriction, CategorySet::all());
  return {};
}

Status apply_unrestriction(HistoryState& state, const Entry& entry) {
  const auto body = body_of<SubjectUnrestricted>(entry);
  if (!body) return fail(body.error());
  if (auto request = check_request(state, entry, body->request); !request) return request;
  state.change(state.subjects[state.subject(*entry.subject)]).restricted = false;
  return {};
}

Status apply_rectification(HistoryState& state, const Entry& entry) {
  const auto body = body_of<SubjectRectified>(entry);
  if (!body) return fail(body.error());
  if (auto request = check_request(state, entry, body->request); !request) return request;
  if (body->categories.empty()) return broken(entry, 2, "nothing is rectified");
  add_duties(state, entry, state.subject(*entry.subject), Cause::rectification, body->categories);
  return {};
}

Status apply_link(HistoryState& state, const Entry& entry) {
  const auto body = body_of<SubjectLinked>(entry);
  if (!body) return fail(body.error());
  if (auto request = check_request(state, entry, body->request); !request) return request;
  const Row subject = state.subject(*entry.subject);
  const Row mark = state.marks.find(body->mark);
  if (mark == no_row) {
    state.add(state.marks, {.mark = body->mark, .subject = subject});
    return {};
  }
  if (state.marks[mark].subject != no_row) return broken(entry, 2, "the number belongs to a subject already");
  state.change(state.marks[mark]).subject = subject;
  return {};
}

Status apply_unlink(HistoryState& state, const Entry& entry) {
  const auto body = body_of<SubjectUnlinked>(entry);
  if (!body) return fail(body.error());
  if (auto request = check_request(state, entry, body->request); !request) return request;
  const Row mark = state.marks.find(body->mark);
  if (mark == no_row || state.marks[mark].subject != state.subjects.find(*entry.subject))
    return broken(entry, 2, "the number does not belong to this subject");
  state.change(state.marks[mark]).subject = no_row;
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
