// The answer to POST /records; what a batch's rows get is the same, should they be sent there again.
#pragma once

#include <string>

#include "gateway/exchange/intake/receive_record.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::api {

std::string render_receipt(const std::string& base, const exchange::RecordReceipt& receipt);

// `findings`, where there are any.
void write_findings(formats::JsonWriter& writer, const std::vector<exchange::RecordFinding>& findings);

}  // namespace ketenpoort::api
