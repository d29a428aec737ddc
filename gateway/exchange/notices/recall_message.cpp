#include "gateway/exchange/notices/recall_message.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "gateway/base/digest.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/ledger/entry/bodies.hpp"
#include "gateway/ledger/entry/entry.hpp"

namespace ketenpoort::exchange {
namespace {

using ledger::Entry;
using ledger::Seq;

constexpr std::size_t seq_bytes = 8;
constexpr std::uint8_t custom_version = 0x80;

// What a change concerns.
struct Cause {
  std::string_view purpose{};  // empty: every one
  CategorySet categories = CategorySet::all();
};

// One transfer to the recipient, as the entries read so far leave it.
struct Told {
  RecallMessage::Concerned concerned;
  CategorySet arrived{};     // by any attempt that arrived, or may have: a later one may hold less
  CategorySet on_its_way{};  // under a permit

  [[nodiscard]] CategorySet all() const { return arrived | on_its_way; }
};

// Reads the entries of one subject in the order of the log.
class Reading {
 public:
  explicit Reading(std::string_view recipient) : recipient_(recipient) {}

  Status take(const Entry& entry) {
    if (entry.kind == ledger::TransferRequested::kind) return requested(entry);
    if (entry.kind == ledger::RecipientNotified::kind) return notified(entry);
    if (entry.kind == ledger::RecipientConfirmed::kind) return confirmed(entry);
    if (entry.tx) return moved(entry);
    return cause(entry);
  }

  [[nodiscard]] Cause cause_at(Seq seq) const {
    const auto found = causes_.find(seq);
    return found == causes_.end() ? Cause{} : Cause{found->second.purpose, found->second.categories};
  }
  [[nodiscard]] const std::vector<Told>& transfers() const { return transfers_; }

 private:
  struct KeptCause {
    std::string purpose;
    CategorySet categories = CategorySet::all();
  };

  Told* find(const TransferId& id) {
    const auto found = std::ranges::find(transfers_, id, [](const Told& told) { return told.concerned.id; });
    return found == transfers_.end() ? nullptr : &*found;
  }

  Status requested(const Entry& entry) {
    const auto body = ledger::decode_body<ledger::TransferRequested>(entry.body);
    if (!body) return fail(body.error());
    if (body->recipient == recipient_) transfers_.push_back({{*entry.tx, body->purpose, body->message, {}}});
    return {};
  }

  Status moved(const Entry& entry) {
    Told* told = find(*entry.tx);
    if (told == nullptr) return {};
    if (entry.kind == ledger::TransferPermitted::kind) {
      const auto body = ledger::decode_body<ledger::TransferPermitted>(entry.body);
      if (!body) return fail(body.error());
      told->on_its_way = body->categories;
    } else if (entry.kind == ledger::TransferAcknowledged::kind) {
      told->concerned.reference = entry.body.find("reference").text();
    } else if (entry.kind == ledger::TransferDelivered::kind || entry.kind == ledger::TransferFailed::kind) {
      const auto ended = std::exchange(told->on_its_way, {});
      if (entry.kind == ledger::TransferDelivered::kind || entry.body.find("mayHaveArrived").boolean())
        told->arrived = told->arrived | ended;
    } else if (entry.kind == ledger::TransferCancelled::kind) {
      told->on_its_way = {};
    }
    return {};
  }

  Status cause(const Entry& entry) {
    KeptCause kept;
    if (entry.kind == ledger::ConsentWithdrawn::kind) {
      const auto body = ledger::decode_body<ledger::ConsentWithdrawn>(entry.body);
      if (!body) return fail(body.error());
      kept = {body->purpose, body->categories};
    } else if (entry.kind == ledger::ConsentGiven::kind) {
      const auto body = ledger::decode_body<ledger::ConsentGiven>(entry.body);
      if (!body) return fail(body.error());
      kept = {body->purpose, CategorySet::all().without(body->categories)};
    } else if (entry.kind == ledger::ConsentRefused::kind) {
      const auto body = ledger::decode_body<ledger::ConsentRefused>(entry.body);
      if (!body) return fail(body.error());
      kept = {body->purpose, CategorySet::all()};
    } else if (entry.kind == ledger::SubjectRectified::kind) {
      const auto body = ledger::decode_body<ledger::SubjectRectified>(entry.body);
      if (!body) return fail(body.error());
      kept.categories = body->categories;
    } else {
      return {};
    }
    causes_[entry.seq] = std::move(kept);
    return {};
  }

  Status notified(const Entry& entry) {
    const bool of_a_cell = entry.body.find("cause").text() == "WITHDRAWAL" && !entry.refs.empty();
    if (entry.body.find("recipient").text() == recipient_)
      purposes_[entry.seq] = of_a_cell ? std::string(cause_at(entry.refs.front()).purpose) : std::string();
    return {};
  }

  // What it erased it has no more.
  Status confirmed(const Entry& entry) {
    const auto body = ledger::decode_body<ledger::RecipientConfirmed>(entry.body);
    if (!body) return fail(body.error());
    const auto about = purposes_.find(body->notified);
    if (about == purposes_.end() || body->reply != "ERASED") return {};
    for (auto& told : transfers_)
      if (about->second.empty() || told.concerned.purpose == about->second) told.arrived = {};
    return {};
  }

  std::string_view recipient_;
  std::vector<Told> transfers_;
  std::map<Seq, KeptCause> causes_;
  std::map<Seq, std::string> purposes_;  // by notification of this recipient: of the cell it was about
};

// Which number changed stands in no entry.
CategorySet numbers() {
  return {Category::identity_core, Category::identity_more};
}

void add_concerned(RecallMessage& message, const Reading& reading, Cause cause) {
  if (message.cause == "IDENTITY_CHANGED") cause.categories = numbers();
  for (const auto& told : reading.transfers()) {
    if (!cause.purpose.empty() && told.concerned.purpose != cause.purpose) continue;
    const auto concerned = told.all() & cause.categories;
    if (concerned.empty()) continue;
    message.categories = message.categories | concerned;
    message.transfers.push_back(told.concerned);
  }
}

std::array<std::uint8_t, 16> stamp_of(std::string_view origin) {
  const auto digest = sha256({as_bytes(std::string_view("ketenpoort notification\n")), as_bytes(origin)});
  std::array<std::uint8_t, 16> out{};
  std::copy_n(digest.begin(), out.size(), out.begin());
  return out;
}

}  // namespace

// Six bytes and a half of the origin's digest, then 62 bits of the place.
Uuid notification_id(std::string_view origin, std::uint64_t seq) {
  Uuid id{stamp_of(origin)};
  for (std::size_t i = 0; i < seq_bytes; ++i) id.bytes[15 - i] = static_cast<std::uint8_t>(seq >> (8 * i));
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0F) | custom_version);
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3F) | 0x80);
  return id;
}

std::optional<std::uint64_t> notification_seq(std::string_view origin, const Uuid& id) {
  std::uint64_t seq = id.bytes[8] & 0x3F;
  for (std::size_t i = 9; i < 16; ++i) seq = (seq << 8) | id.bytes[i];
  return notification_id(origin, seq) == id ? std::optional(seq) : std::nullopt;
}

Result<RecallMessage> compose_recall(std::string_view origin, std::span<const std::string> entries) {
  if (entries.empty()) return fail(ErrorCode::internal, "a notification without entries");
  const auto last = ledger::decode_entry(entries.back());
  if (!last) return fail(last.error());
  if (last->kind != ledger::RecipientNotified::kind) return fail(ErrorCode::internal, "the entry is no notification");
  const auto body = ledger::decode_body<ledger::RecipientNotified>(last->body);
  if (!body) return fail(body.error());
  Reading reading(body->recipient);
  for (const auto& bytes : entries.first(entries.size() - 1)) {
    const auto entry = ledger::decode_entry(bytes);
    if (!entry) return fail(entry.error());
    if (auto taken = reading.take(*entry); !taken) return fail(taken.error());
  }
  RecallMessage message;
  message.id = notification_id(origin, last->seq);
  message.recipient = body->recipient;
  message.cause = body->cause;
  message.notified_at = last->time;
  message.deadline = body->deadline;
  add_concerned(message, reading, last->refs.empty() ? Cause{} : reading.cause_at(last->refs.front()));
  return message;
}

std::string to_json(const RecallMessage& message) {
  std::string json;
  formats::JsonWriter writer(json);
  writer.begin_object()
      .member("id", message.id.text())
      .member("cause", message.cause)
      .member("notifiedAt", to_rfc3339(message.notified_at))
      .member("deadline", to_iso(message.deadline))
      .key("categories")
      .begin_array();
  for (const auto& name : message.categories.names()) writer.value(name);
  writer.end_array().key("transfers").begin_array();
  for (const auto& transfer : message.transfers) {
    writer.begin_object()
        .member("id", transfer.id.text())
        .member("purpose", transfer.purpose)
        .member("message", transfer.message);
    if (!transfer.reference.empty()) writer.member("reference", transfer.reference);
    writer.end_object();
  }
  writer.end_array().end_object();
  return json;
}

}  // namespace ketenpoort::exchange
