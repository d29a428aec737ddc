// A chunked body reads the same whole and byte by byte, never beyond its limit; what follows its end is left alone.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "gateway/net/body_reader.hpp"

namespace {

using ketenpoort::net::BodyReader;
using Progress = BodyReader::Progress;

constexpr std::uint64_t limit = 1U << 16;

void require(bool holds) {
  if (!holds) std::abort();
}

struct Reading {
  Progress progress = Progress::more;
  std::string body;
  std::size_t used = 0;
};

Reading read(std::string_view bytes, std::size_t step) {
  BodyReader reader(std::nullopt, limit);
  Reading out;
  std::size_t available = 0;
  while (out.progress == Progress::more && available < bytes.size()) {
    available = std::min(available + step, bytes.size());
    do {
      std::size_t used = 0;
      std::string piece;
      out.progress = reader.read(bytes.substr(out.used, available - out.used), used, piece);
      require(used <= available - out.used);
      out.used += used;
      out.body += piece;
    } while (out.progress == Progress::piece);
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto whole = read(bytes, size + 1);
  const auto single = read(bytes, 1);
  require(whole.body.size() <= limit);
  require((whole.progress == Progress::end) == (single.progress == Progress::end));
  if (whole.progress != Progress::end) return 0;
  require(whole.body == single.body && whole.used == single.used);
  require(bytes.substr(0, whole.used).ends_with("\r\n"));
  return 0;
}
