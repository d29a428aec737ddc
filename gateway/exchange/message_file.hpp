// What is kept of a message beside its bytes, under the same key: which fields were left out and what was remarkable.
// The ledger holds the categories only.
#pragma once

#include <string>
#include <string_view>

#include "gateway/mapping/mapping.hpp"

namespace ketenpoort::exchange {

// {"findings":[{code,detail,field}],"leftOut":[{category,field,reason}]} on one line, then the message.
std::string pack_message(const mapping::Translation& translation);

struct PackedMessage {
  std::string_view remarks;  // the JSON line
  std::string_view message;
};
PackedMessage unpack_message(std::string_view packed);

}  // namespace ketenpoort::exchange
