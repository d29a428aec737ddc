#include "gateway/exchange/outcomes/publish_activity.hpp"

#include <utility>
#include <vector>

#include "gateway/exchange/facilities/replies.hpp"

namespace ketenpoort::exchange {
namespace {

using ledger::History;
using ledger::Transaction;

Result<PastReply> publish(ActivityBoard& board, const ActivityWish& wish,
                          const std::function<std::string(const PublishedActivity&)>& render) {
  const auto published = board.publish(wish.partner, wish.body);
  if (!published) return fail(published.error());
  return PastReply{{}, published->is_new ? 201 : 200, render(published->activity)};
}

// An answer that is never kept, because the power went, is no harm: the activity is there, and the same again says so.
void keep_and_answer(Facilities& facilities, std::vector<Digest> claims, PastReply reply,
                     std::function<void(Result<PastReply>)> done) {
  facilities.sequencer.submit(
      [&facilities, key = claims.front(), reply](const History&, std::uint64_t, Timestamp now) -> Result<Transaction> {
        Transaction transaction;
        transaction.changes.push_back(facilities.vault.add_reply(key, reply, now + reply_lifetime));
        return transaction;
      },
      [&facilities, claims, reply, done = std::move(done)](const Result<ledger::Committed>& committed) {
        facilities.pending.release(claims);
        if (!committed) return done(fail(committed.error()));
        done(reply);
      });
}

}  // namespace

void publish_activity(Facilities& facilities, ActivityBoard& board, const ActivityWish& wish,
                      const std::function<std::string(const PublishedActivity&)>& render,
                      std::function<void(Result<PastReply>)> done) {
  if (wish.idempotency_key.empty()) return done(publish(board, wish, render));
  const auto digest = facilities.vault.mark(IdentifierKind::request_body, wish.body);
  std::vector claims{make_reply_key("activities", wish.client, wish.idempotency_key)};
  if (!facilities.pending.claim(claims))
    return done(fail(ErrorCode::changed, "the same call is under way: ask again for its answer"));
  const auto past = facilities.vault.find_reply(claims.front());
  auto reply = past ? repeat_reply(*past, digest) : publish(board, wish, render);
  if (past || !reply) {
    facilities.pending.release(claims);
    return done(std::move(reply));
  }
  reply->body_digest = digest;
  keep_and_answer(facilities, std::move(claims), std::move(*reply), std::move(done));
}

}  // namespace ketenpoort::exchange
