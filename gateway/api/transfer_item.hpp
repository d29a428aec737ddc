// One transfer as lists show it.
#pragma once

#include <string>

#include "gateway/formats/json.hpp"
#include "gateway/ledger/history.hpp"

namespace ketenpoort::api {

// {href, id, record, recipient, message, purpose, state, reasons?, heldUntil?}; `base` begins the href.
void write_transfer_item(formats::JsonWriter& writer, const std::string& base,
                         const ledger::History::Transfer& transfer);

}  // namespace ketenpoort::api
