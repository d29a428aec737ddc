// The one date form HTTP senders must use (IMF-fixdate, RFC 9110 section 5.6.7): "Tue, 24 Nov 2026 11:00:00 GMT".
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace ketenpoort::adapters {

std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text);

}  // namespace ketenpoort::adapters
