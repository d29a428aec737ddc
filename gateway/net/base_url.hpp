// Where a partner is: the base URL of its configuration, taken apart.
#pragma once

#include <string>
#include <string_view>

#include "gateway/base/result.hpp"

namespace ketenpoort::net {

struct BaseUrl {
  bool tls = true;
  std::string host;       // a DNS name or an IP address, without brackets
  std::string port;       // always a number
  std::string authority;  // for the Host header field
  std::string prefix;     // "" or "/..." without a slash at its end
};

// ErrorCode::config saying what is wrong. No user, query or fragment; http:// for loopback addresses alone.
Result<BaseUrl> parse_base_url(std::string_view url);

bool is_ip_address(const std::string& host);

}  // namespace ketenpoort::net
