// Strict framing (RFC 9112 read narrowly): decides from the raw bytes of a request head whether there is exactly one
// way to read it. What a proxy or another parser might read differently is refused before any parser sees it. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

namespace ketenpoort::net {

struct GuardLimits {
  std::size_t head_bytes = 16U << 10;
  std::size_t target_bytes = 4U << 10;
  std::size_t fields = 64;
  std::uint64_t body_bytes = 1U << 20;
  std::string_view streamed_path{};  // the one path where a POST may be chunked; empty: none
  std::uint64_t streamed_bytes = 0;  // how large a body may be there
};

// Why a request is refused, and with which status (400, 411, 413, 414, 417, 431, 501, 505). The connection is closed
// afterwards, since where the next request begins is not known.
struct Refusal {
  int status = 400;
  std::string_view detail;  // a fixed sentence
};

// A head that can be read in one way only. The texts point into what was given.
struct Framing {
  std::size_t head_bytes = 0;  // the empty line included
  std::string_view method;
  std::string_view path;   // '/', unreserved and sub-delimiter characters, no empty, "." or ".." segment
  std::string_view query;  // after '?'
  std::uint64_t content_length = 0;
  bool streamed = false;  // a POST to the streamed path
  bool chunked = false;   // only then; content_length is 0
  bool keep_alive = true;
  bool expects_continue = false;
  bool version_1_0 = false;
};

struct Incomplete {};

// A target that is a whole URL (absolute-form, RFC 9112 3.2.2) without its scheme and host; any other as it is.
std::string_view in_origin_form(std::string_view target);

// `received` begins at the request's first byte and may be cut anywhere. Refuses as soon as what is there is wrong,
// also when incomplete. `scanned` is where the search goes on: 0 at first, then kept by the caller between calls.
std::variant<Incomplete, Refusal, Framing> guard_request(std::string_view received, std::size_t& scanned,
                                                         const GuardLimits& limits);

}  // namespace ketenpoort::net
