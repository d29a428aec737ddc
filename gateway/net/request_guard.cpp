#include "gateway/net/request_guard.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "gateway/base/ascii.hpp"
#include "gateway/base/field_text.hpp"

namespace ketenpoort::net {
namespace {

// RFC 9110 5.6.2 (token), RFC 3986 appendix A (the others), as tables by byte.
using CharacterSet = std::array<bool, 256>;

constexpr CharacterSet set_of(std::string_view characters) {
  CharacterSet set{};
  for (char c = 'a'; c <= 'z'; ++c) set[static_cast<unsigned char>(c)] = true;
  for (char c = 'A'; c <= 'Z'; ++c) set[static_cast<unsigned char>(c)] = true;
  for (char c = '0'; c <= '9'; ++c) set[static_cast<unsigned char>(c)] = true;
  for (const char c : characters) set[static_cast<unsigned char>(c)] = true;
  return set;
}

constexpr CharacterSet token_characters = set_of("!#$%&'*+-.^_`|~");
constexpr CharacterSet path_characters = set_of("-._~!$&'()*+,;=:@/");
constexpr CharacterSet query_characters = set_of("-._~!$&'()*+,;=:@/?%");
constexpr CharacterSet host_characters = set_of("-._~!$&'()*+,;=");

constexpr std::array<std::string_view, 7> known_methods = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
constexpr std::size_t longest_method = 16;
constexpr std::size_t longest_host = 255;

using MaybeRefusal = std::optional<Refusal>;

bool consists_of(std::string_view text, const CharacterSet& set) {
  return std::all_of(text.begin(), text.end(), [&](char c) { return set[static_cast<unsigned char>(c)]; });
}

bool is_hex_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

std::string_view take_until(std::string_view& rest, char separator) {
  const auto at = std::min(rest.find(separator), rest.size());
  const auto taken = rest.substr(0, at);
  rest.remove_prefix(std::min(at + 1, rest.size()));
  return taken;
}

MaybeRefusal check_path(std::string_view path) {
  if (path.empty() || path.front() != '/')
    return Refusal{400, "the request target must be an absolute path, or the whole URL"};
  if (path.find('%') != std::string_view::npos)
    return Refusal{400, "percent-encoding has no place in a path of this service"};
  if (!consists_of(path, path_characters)) return Refusal{400, "the path has a character that may not stand there"};
  for (std::string_view rest = path.substr(1); !rest.empty();) {
    const auto segment = take_until(rest, '/');
    if (segment.empty() || segment == "." || segment == "..")
      return Refusal{400, "the path has an empty, '.' or '..' segment"};
  }
  return std::nullopt;
}

MaybeRefusal check_query(std::string_view query) {
  if (!consists_of(query, query_characters))
    return Refusal{400, "the query has a character that must be percent-encoded"};
  for (auto at = query.find('%'); at != std::string_view::npos; at = query.find('%', at + 1))
    if (at + 2 >= query.size() || !is_hex_digit(query[at + 1]) || !is_hex_digit(query[at + 2]))
      return Refusal{400, "the query has a '%' without two hexadecimal digits"};
  return std::nullopt;
}

constexpr std::string_view scheme = "https://";

std::string_view authority_of(std::string_view url) {
  return url.substr(scheme.size(), url.find_first_of("/?", scheme.size()) - scheme.size());
}

bool is_http_version(std::string_view text) {
  return text.size() == 8 && text.starts_with("HTTP/") && is_digit(text[5]) && text[6] == '.' && is_digit(text[7]);
}

// host [":" port] (RFC 9110 7.2), without user information or percent-encoding.
bool is_valid_host(std::string_view value) {
  if (value.empty() || value.size() > longest_host) return false;
  std::string_view port;
  if (value.front() == '[') {
    const auto end = value.find(']');
    if (end == std::string_view::npos || end < 3) return false;
    const auto address = value.substr(1, end - 1);
    if (!std::all_of(address.begin(), address.end(), [](char c) { return is_hex_digit(c) || c == ':' || c == '.'; }))
      return false;
    port = value.substr(end + 1);
  } else {
    const auto colon = std::min(value.find(':'), value.size());
    if (colon == 0 || !consists_of(value.substr(0, colon), host_characters)) return false;
    port = value.substr(colon);
  }
  if (port.empty()) return true;
  return port.front() == ':' && port.size() >= 2 && port.size() <= 6 &&
         std::all_of(port.begin() + 1, port.end(), is_digit);
}

bool is_field_value(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7F);
  });
}

// Reads a head line by line and keeps what decides the framing.
class HeadCheck {
 public:
  explicit HeadCheck(const GuardLimits& limits) : limits_(limits) {}

  MaybeRefusal check_request_line(std::string_view line) {
    std::string_view rest = line;
    framing_.method = take_until(rest, ' ');
    if (framing_.method.empty() || !consists_of(framing_.method, token_characters))
      return Refusal{400, "this is not an HTTP request"};
    if (rest.find(' ') == std::string_view::npos) return Refusal{505, "the request line names no HTTP version"};
    const auto target = take_until(rest, ' ');
    if (!is_http_version(rest))
      return Refusal{400, "the request line must be method, target and version with one space between"};
    if (rest != "HTTP/1.1" && rest != "HTTP/1.0") return Refusal{505, "this service speaks HTTP/1.1"};
    version_1_0_ = rest == "HTTP/1.0";
    if (std::find(known_methods.begin(), known_methods.end(), framing_.method) == known_methods.end())
      return Refusal{501, "this method is not known here"};
    if (target.size() > limits_.target_bytes) return Refusal{414, "the request target is too long"};
    std::string_view query = in_origin_form(target);
    names_authority_ = query.data() != target.data();
    if (names_authority_) authority_ = authority_of(target);
    framing_.path = take_until(query, '?');
    framing_.query = query;
    if (const auto refusal = check_path(framing_.path)) return refusal;
    return check_query(framing_.query);
  }

  MaybeRefusal check_field(std::string_view line) {
    if (++fields_ > limits_.fields) return Refusal{431, "there are too many header fields"};
    if (line.front() == ' ' || line.front() == '\t') return Refusal{400, "a header field is folded over two lines"};
    const auto colon = line.find(':');
    if (colon == 0 || colon == std::string_view::npos || !consists_of(line.substr(0, colon), token_characters))
      return Refusal{400, "a header field has no proper name before its colon"};
    const auto name = line.substr(0, colon);
    const auto value = trim(line.substr(colon + 1));
    if (!is_field_value(value)) return Refusal{400, "a header field holds a control character"};
    return check_known_field(name, value);
  }

  // After the empty line: what only the whole head can tell.
  std::variant<Incomplete, Refusal, Framing> conclude(std::size_t head_bytes) {
    if (!has_host_) return Refusal{400, "the Host header field is missing"};
    if (names_authority_ && !same_ignoring_case(authority_, host_))
      return Refusal{400, "the request target names another host than the Host header field"};
    framing_.streamed = framing_.method == "POST" && framing_.path == limits_.streamed_path;
    if (has_transfer_encoding_)
      if (const auto refusal = check_framing_of_chunks()) return *refusal;
    framing_.chunked = has_transfer_encoding_;
    if (framing_.content_length > (framing_.streamed ? limits_.streamed_bytes : limits_.body_bytes))
      return Refusal{413, "the body is larger than this service takes"};
    framing_.head_bytes = head_bytes;
    framing_.version_1_0 = version_1_0_;
    framing_.keep_alive = version_1_0_ ? wants_keep_alive_ && !wants_close_ : !wants_close_;
    framing_.expects_continue = framing_.expects_continue && !version_1_0_;
    return framing_;
  }

 private:
  MaybeRefusal check_known_field(std::string_view name, std::string_view value) {
    if (same_ignoring_case(name, "host")) return check_host(value);
    if (same_ignoring_case(name, "content-length")) return check_content_length(value);
    if (same_ignoring_case(name, "transfer-encoding")) return check_transfer_encoding(value);
    if (same_ignoring_case(name, "connection")) return check_connection(value);
    if (same_ignoring_case(name, "expect")) return check_expect(value);
    if (same_ignoring_case(name, "upgrade")) return Refusal{400, "this connection cannot be upgraded"};
    if (same_ignoring_case(name, "content-encoding") && !same_ignoring_case(value, "identity"))
      return Refusal{415, "the body must not be compressed"};
    if (same_ignoring_case(name, "authorization")) return check_only_once(has_authorization_);
    if (same_ignoring_case(name, "content-type")) return check_only_once(has_content_type_);
    return std::nullopt;
  }

  static MaybeRefusal check_only_once(bool& seen) {
    if (seen) return Refusal{400, "a header field that may stand once stands twice"};
    seen = true;
    return std::nullopt;
  }

  MaybeRefusal check_host(std::string_view value) {
    if (const auto refusal = check_only_once(has_host_)) return refusal;
    if (!is_valid_host(value)) return Refusal{400, "the Host header field is not a host and port"};
    host_ = value;
    return std::nullopt;
  }

  MaybeRefusal check_content_length(std::string_view value) {
    if (const auto refusal = check_only_once(has_content_length_)) return refusal;
    const bool digits = !value.empty() && std::all_of(value.begin(), value.end(), is_digit);
    if (!digits || (value.size() > 1 && value.front() == '0'))
      return Refusal{400, "Content-Length must be one decimal number without sign, comma or leading zero"};
    constexpr std::size_t longest = 15;  // below 2^53: no reader overflows or rounds
    if (value.size() > longest) return Refusal{413, "the body is larger than this service takes"};
    for (const char c : value)
      framing_.content_length = framing_.content_length * 10 + static_cast<std::uint64_t>(c - '0');
    return std::nullopt;
  }

  MaybeRefusal check_transfer_encoding(std::string_view value) {
    if (const auto refusal = check_only_once(has_transfer_encoding_)) return refusal;
    chunked_ = same_ignoring_case(value, "chunked");
    return std::nullopt;
  }

  MaybeRefusal check_connection(std::string_view value) {
    while (!value.empty()) {
      const auto option = trim(take_until(value, ','));
      if (!consists_of(option, token_characters)) return Refusal{400, "Connection is not a list of options"};
      if (same_ignoring_case(option, "upgrade")) return Refusal{400, "this connection cannot be upgraded"};
      wants_close_ = wants_close_ || same_ignoring_case(option, "close");
      wants_keep_alive_ = wants_keep_alive_ || same_ignoring_case(option, "keep-alive");
    }
    return std::nullopt;
  }

  MaybeRefusal check_expect(std::string_view value) {
    if (framing_.expects_continue || !same_ignoring_case(value, "100-continue"))
      return Refusal{417, "the only expectation this service knows is 100-continue"};
    framing_.expects_continue = true;
    return std::nullopt;
  }

  [[nodiscard]] MaybeRefusal check_framing_of_chunks() const {
    if (has_content_length_) return Refusal{400, "Transfer-Encoding and Content-Length exclude each other"};
    if (version_1_0_) return Refusal{400, "HTTP/1.0 knows no Transfer-Encoding"};
    if (!chunked_) return Refusal{501, "the only transfer coding is chunked"};
    if (!framing_.streamed) return Refusal{411, "this call needs a Content-Length"};
    return std::nullopt;
  }

  const GuardLimits& limits_;
  Framing framing_;
  std::string_view host_;
  std::string_view authority_;  // of a target that is a whole URL
  bool names_authority_ = false;
  std::size_t fields_ = 0;
  bool version_1_0_ = false;
  bool has_host_ = false;
  bool has_content_length_ = false;
  bool has_transfer_encoding_ = false;
  bool has_authorization_ = false;
  bool has_content_type_ = false;
  bool chunked_ = false;
  bool wants_close_ = false;
  bool wants_keep_alive_ = false;
};

// Finds the empty line; checks line ends on the way, and the request line as soon as it is there (a client of HTTP/0.9
// or HTTP/2 never sends an empty line). Returns the size of the head, 0 while it is incomplete.
std::variant<Incomplete, Refusal, std::size_t> find_head(std::string_view received, std::size_t& line_start,
                                                         const GuardLimits& limits) {
  while (true) {
    const auto end = received.find('\n', line_start);
    if (end == std::string_view::npos) return Incomplete{};
    if (end == line_start || received[end - 1] != '\r') return Refusal{400, "a line ends without carriage return"};
    const auto line = received.substr(line_start, end - 1 - line_start);
    if (line_start == 0) {
      HeadCheck check(limits);
      if (const auto refusal = check.check_request_line(line)) return *refusal;
    } else if (line.empty()) {
      return end + 1;
    }
    line_start = end + 1;
  }
}

Refusal refuse_oversize(std::size_t line_start) {
  if (line_start == 0) return {414, "the request target is too long"};
  return {431, "the header fields are too large"};
}

MaybeRefusal check_beginning(std::string_view received, const GuardLimits& limits, std::size_t line_start) {
  const auto method = received.substr(0, std::min(received.find(' '), longest_method + 1));
  if (!consists_of(method, token_characters) && method.find('\r') == std::string_view::npos)
    return Refusal{400, "this is not an HTTP request"};
  if (method.size() > longest_method) return Refusal{501, "this method is not known here"};
  constexpr std::size_t around_target = longest_method + sizeof("  HTTP/1.1\r\n");
  if (line_start == 0 && received.size() > limits.target_bytes + around_target) return refuse_oversize(0);
  if (received.size() >= limits.head_bytes) return refuse_oversize(line_start);
  return std::nullopt;
}

}  // namespace

std::string_view in_origin_form(std::string_view target) {
  if (target.size() <= scheme.size() || !same_ignoring_case(target.substr(0, scheme.size()), scheme)) return target;
  const auto path = target.find_first_of("/?", scheme.size());
  return path == std::string_view::npos || target[path] != '/' ? target : target.substr(path);
}

std::variant<Incomplete, Refusal, Framing> guard_request(std::string_view received, std::size_t& scanned,
                                                         const GuardLimits& limits) {
  const auto found = find_head(received, scanned, limits);
  if (const auto* refusal = std::get_if<Refusal>(&found)) return *refusal;
  if (std::holds_alternative<Incomplete>(found)) {
    if (const auto refusal = check_beginning(received, limits, scanned)) return *refusal;
    return Incomplete{};
  }
  const auto head_bytes = std::get<std::size_t>(found);
  if (head_bytes > limits.head_bytes) return refuse_oversize(1);
  HeadCheck check(limits);
  std::string_view rest = received.substr(0, head_bytes - 2);  // without the empty line
  bool first = true;
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    const auto line = rest.substr(0, end - 1);
    const auto refusal = first ? check.check_request_line(line) : check.check_field(line);
    if (refusal) return *refusal;
    first = false;
    rest.remove_prefix(end + 1);
  }
  return check.conclude(head_bytes);
}

}  // namespace ketenpoort::net
