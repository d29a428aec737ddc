// Values as they stand in columns of the index.
#pragma once

#include <cstdint>
#include <string_view>

#include "gateway/base/time.hpp"
#include "gateway/ledger/entry/canonical.hpp"

namespace ketenpoort::audit {

inline std::int64_t milliseconds(Timestamp time) {
  return static_cast<std::int64_t>(time.time_since_epoch().count());
}

// What stands between the quotes of a text that needs no escapes; empty when there is none.
inline std::string_view text_of(ledger::Value value) {
  return value.is(ledger::Value::Kind::string) ? value.encoded() : std::string_view{};
}

}  // namespace ketenpoort::audit
