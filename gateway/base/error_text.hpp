// What kind of error it is, for log lines: a word, where the message may say what must not stand there.
#pragma once

#include <string_view>

#include "gateway/base/result.hpp"

namespace ketenpoort {

std::string_view to_text(ErrorCode code);  // "io", "schema-violation"

}  // namespace ketenpoort
