// What is kept of a message beside its bytes, under the same key: what commitments to it are made under, which fields
// were left out and what was remarkable. The ledger holds the categories only.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gateway/base/aead.hpp"
#include "gateway/mapping/translate/mapping.hpp"

namespace ketenpoort::exchange {

// {"commitKey":hex,"findings":[{code,detail,field}],"leftOut":[{category,field,reason}]} on one line, then the message.
std::string pack_message(const mapping::Translation& translation, const AeadKey& commit_key);

struct PackedMessage {
  std::string_view remarks;  // the JSON line
  std::string_view message;
};
PackedMessage unpack_message(std::string_view packed);
std::string take_message(std::string&& packed);  // the message alone, where it stands

// Every attempt sends the same bytes and commits to them under the same key, so that the log shows that they are.
std::optional<AeadKey> find_commit_key(std::string_view packed);

}  // namespace ketenpoort::exchange
