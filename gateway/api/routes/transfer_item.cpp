#include "gateway/api/routes/transfer_item.hpp"

namespace ketenpoort::api {

void write_transfer_item(formats::JsonWriter& writer, const std::string& base,
                         const ledger::History::Transfer& transfer, const std::optional<MailboxStanding>& mailbox) {
  const auto id = transfer.id.text();
  writer.begin_object()
      .member("href", base + "/transfers/" + id)
      .member("id", id)
      .member("record", transfer.record.text())
      .member("recipient", transfer.recipient)
      .member("message", transfer.message)
      .member("purpose", transfer.purpose)
      .member("state", to_text(transfer.state));
  if (!transfer.reasons.empty()) {
    writer.key("reasons").begin_array();
    for (const auto reason : transfer.reasons) writer.value(to_text(reason));
    writer.end_array();
  }
  if (transfer.held_until) writer.member("heldUntil", to_iso(*transfer.held_until));
  write_mailbox_standing(writer, mailbox);
  writer.end_object();
}

void write_mailbox_standing(formats::JsonWriter& writer, const std::optional<MailboxStanding>& mailbox) {
  if (!mailbox) return;
  writer.key("mailbox")
      .begin_object()
      .member("state", mailbox->leased_until ? "FETCHED" : "WAITING")
      .member("since", to_rfc3339(mailbox->since));
  if (mailbox->leased_until) writer.member("leasedUntil", to_rfc3339(*mailbox->leased_until));
  if (mailbox->overdue) writer.member("overdue", true);
  writer.end_object();
}

}  // namespace ketenpoort::api
