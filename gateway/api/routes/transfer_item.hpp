// One transfer as lists show it.
#pragma once

#include <optional>
#include <string>

#include "gateway/exchange/delivery/dispatch.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/ledger/history/history.hpp"

namespace ketenpoort::api {

using MailboxStanding = exchange::Dispatcher::MailboxStanding;

// {href, id, record, recipient, message, purpose, state, reasons?, heldUntil?, mailbox?}; `base` begins the href.
void write_transfer_item(formats::JsonWriter& writer, const std::string& base,
                         const ledger::History::Transfer& transfer, const std::optional<MailboxStanding>& mailbox = {});

// "mailbox": {state, since, leasedUntil?, overdue?}; nothing for what does not wait to be fetched.
void write_mailbox_standing(formats::JsonWriter& writer, const std::optional<MailboxStanding>& mailbox);

}  // namespace ketenpoort::api
