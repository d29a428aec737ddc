// Whatever the guard lets through has one reading: the same whole or in pieces, and the same to Beast's parser.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "gateway/net/head_reader.hpp"
#include "gateway/net/request_guard.hpp"

namespace {

using namespace ketenpoort::net;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_reading(std::string_view head, const Framing& framing) {
  require(head.ends_with("\r\n\r\n") && head.find("\r\n\r\n") == head.size() - 4);
  ketenpoort::api::Request request;
  require(read_head(head, framing, request));
  std::size_t hosts = 0;
  for (const auto& [name, value] : request.headers) {
    require(name != "transfer-encoding" && name != "upgrade");
    hosts += name == "host" ? 1 : 0;
  }
  require(hosts == 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const GuardLimits limits;
  std::size_t scanned = 0;
  const auto whole = guard_request(bytes, scanned, limits);
  const auto* framing = std::get_if<Framing>(&whole);
  if (framing != nullptr) check_reading(bytes.substr(0, framing->head_bytes), *framing);

  std::size_t scanned_in_pieces = 0;
  const std::size_t step = size / 16 + 1;
  for (std::size_t end = step; end < size + step; end += step) {
    const auto part = guard_request(bytes.substr(0, end), scanned_in_pieces, limits);
    if (std::holds_alternative<Incomplete>(part)) continue;
    const auto* same = std::get_if<Framing>(&part);
    require((same != nullptr) == (framing != nullptr));
    if (same != nullptr)
      require(same->head_bytes == framing->head_bytes && same->content_length == framing->content_length);
    return 0;
  }
  return 0;
}
