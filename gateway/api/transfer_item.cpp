#include "gateway/api/transfer_item.hpp"

namespace ketenpoort::api {

void write_transfer_item(formats::JsonWriter& writer, const std::string& base,
                         const ledger::History::Transfer& transfer) {
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
  writer.end_object();
}

}  // namespace ketenpoort::api
