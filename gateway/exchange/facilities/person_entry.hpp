// The entry for what a person decided about a data subject.
#pragma once

#include "gateway/exchange/facilities/facilities.hpp"
#include "gateway/ledger/entry/entry.hpp"

namespace ketenpoort::exchange {

template <class Body>
ledger::EntryDraft draft_by_person(const Caller& caller, const SubjectRef& subject, const Body& body) {
  ledger::EntryDraft draft;
  draft.kind = Body::kind;
  draft.actor = caller.person();
  draft.subject = subject;
  draft.trace = caller.trace;
  draft.body = ledger::encode_body(body);
  return draft;
}

}  // namespace ketenpoort::exchange
