#include "gateway/net/base_url.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <charconv>

#include "gateway/base/ascii.hpp"

namespace ketenpoort::net {
namespace {

bool is_port(std::string_view text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number > 0 && number <= 65535;
}

bool is_name_character(char c) {
  return is_letter_or_digit(c) || c == '-' || c == '.';
}

bool is_path_character(char c) {
  return is_name_character(c) || c == '/' || c == '_' || c == '~';
}

bool is_loopback(const std::string& host) {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(host, error);
  return !error && address.is_loopback();
}

tl::unexpected<Error> wrong(std::string_view url, std::string_view what) {
  return fail(ErrorCode::config, "the base URL " + std::string(url) + " " + std::string(what));
}

}  // namespace

bool is_ip_address(const std::string& host) {
  if (host.find('%') != std::string::npos) return false;  // a zone ("fe80::1%eth0"): no certificate names one
  boost::system::error_code error;
  boost::asio::ip::make_address(host, error);
  return !error;
}

Result<BaseUrl> parse_base_url(std::string_view url) {
  BaseUrl parsed;
  std::string_view rest = url;
  if (rest.starts_with("https://")) {
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
    parsed.tls = false;
  } else {
    return wrong(url, "must begin with https://");
  }
  const auto slash = std::min(rest.find('/'), rest.size());
  auto authority = rest.substr(0, slash);
  parsed.authority = authority;
  parsed.prefix = rest.substr(slash);
  while (parsed.prefix.ends_with('/')) parsed.prefix.pop_back();
  if (!std::all_of(parsed.prefix.begin(), parsed.prefix.end(), is_path_character))
    return wrong(url, "has a path with characters other than letters, digits and - . _ ~ /");
  std::string_view port = parsed.tls ? "443" : "80";
  const bool bracketed = authority.starts_with('[');
  const auto host_end = bracketed ? authority.find(']') : std::min(authority.find(':'), authority.size());
  if (host_end == std::string_view::npos) return wrong(url, "has an address without its closing bracket");
  parsed.host = bracketed ? authority.substr(1, host_end - 1) : authority.substr(0, host_end);
  const auto after = authority.substr(bracketed ? host_end + 1 : host_end);
  if (after.starts_with(':')) port = after.substr(1);
  if (!is_port(port) || (!after.empty() && after.front() != ':')) return wrong(url, "has no valid port");
  parsed.port = port;
  const bool named = !parsed.host.empty() && std::all_of(parsed.host.begin(), parsed.host.end(), is_name_character);
  if (bracketed ? !is_ip_address(parsed.host) : !named) return wrong(url, "has no valid host");
  if (!parsed.tls && !is_loopback(parsed.host)) return wrong(url, "must be https:// unless it is a loopback address");
  return parsed;
}

}  // namespace ketenpoort::net
