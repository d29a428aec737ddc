// The answer to POST /records; what a batch's rows get is the same, should they be sent there again.
#pragma once

#include <string>

#include "gateway/exchange/intake/receive_record.hpp"

namespace ketenpoort::api {

std::string render_receipt(const std::string& base, const exchange::RecordReceipt& receipt);

}  // namespace ketenpoort::api
