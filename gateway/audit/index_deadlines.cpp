// What the index keeps of dates that pass by themselves: rechecks before a release, referrals without an answer.
#include "gateway/audit/columns.hpp"
#include "gateway/audit/deadlines.hpp"
#include "gateway/audit/index_writer.hpp"

namespace ketenpoort::audit {
namespace {

bool says(ledger::Value list, std::string_view name) {
  if (!list.is(ledger::Value::Kind::array)) return false;
  for (const auto item : list.items())
    if (text_of(item) == name) return true;
  return false;
}

}  // namespace

// A step of the transfer: a hold until another day, or none any more, ends the recheck that ran.
Status IndexWriter::note_recheck(Transfer& transfer, std::string_view held_before) {
  if (transfer.held_until == held_before && (transfer.recheck != 0 || held_before.empty())) return {};
  if (transfer.recheck != 0) {
    auto done =
        s_.end_recheck.bind(1, transfer.recheck).bind(2, transfer.number).bind(3, milliseconds(entry_.time)).run();
    if (!done) return done;
    transfer.recheck = 0;
  }
  const auto release = parse_date(transfer.held_until);
  if (!release) return {};
  const auto due = find_recheck_due(*release, entry_.time, says(entry_.body.find("reasons"), "procedure-stale"));
  if (!due) return {};
  transfer.recheck = milliseconds(*due);
  return s_.add_recheck.bind(1, transfer.recheck)
      .bind(2, transfer.number)
      .bind(3, std::string_view(transfer.held_until))
      .run();
}

// Whether the log says already that this referral arrived, or that its recipient reported on it.
Result<bool> IndexWriter::knows_arrival(const Transfer& transfer) {
  auto known = s_.awaited.bind(1, transfer.subject).bind(2, transfer.recipient).bind(3, transfer.purpose).step();
  s_.awaited.reset();
  return known;
}

Result<bool> IndexWriter::has_arrived(const Transfer& transfer) {
  const auto delivered = number_of(to_text(TransferState::delivered));
  const auto acknowledged = number_of(to_text(TransferState::acknowledged));
  if (!delivered) return fail(delivered.error());
  if (!acknowledged) return fail(acknowledged.error());
  return transfer.state == *delivered || transfer.state == *acknowledged;
}

Status IndexWriter::add_arrival(const Transfer& transfer) {
  return s_.await.bind(1, milliseconds(entry_.time))
      .bind(2, transfer.number)
      .bind(3, transfer.subject)
      .bind(4, transfer.recipient)
      .bind(5, transfer.purpose)
      .run();
}

// The first message of a referral that arrives makes its recipient's answer due; an update does not begin anew.
Status IndexWriter::note_arrival(const Transfer& transfer) {
  const auto known = knows_arrival(transfer);
  if (!known) return fail(known.error());
  return *known ? Status() : add_arrival(transfer);
}

// A recipient may report before the log says that it has the message: it fetched it and acknowledges later, or its
// answer to us was lost on the way. Then nothing is to be waited for when the log says so at last.
Status IndexWriter::note_answer(const Transfer& transfer) {
  const auto arrived = has_arrived(transfer);
  if (!arrived) return fail(arrived.error());
  const auto known = *arrived ? arrived : knows_arrival(transfer);
  if (!known) return fail(known.error());
  if (!*known)
    if (auto added = add_arrival(transfer); !added) return added;
  return s_.answered.bind(1, transfer.subject)
      .bind(2, transfer.recipient)
      .bind(3, transfer.purpose)
      .bind(4, milliseconds(entry_.time))
      .run();
}

// Who must forget a person owes no answer about them.
Status IndexWriter::apply_notification(Number recipient) {
  const auto cause = text_of(entry_.body.find("cause"));
  if (cause != "WITHDRAWAL" && cause != "ERASURE" && cause != "STAY_ENDED") return {};
  return s_.close_referrals.bind(1, subject_).bind(2, recipient).bind(3, milliseconds(entry_.time)).run();
}

}  // namespace ketenpoort::audit
