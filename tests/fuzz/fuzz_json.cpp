// Reading JSON: whatever is accepted must come back the same after being written.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "gateway/formats/json.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ketenpoort::formats;
  const auto document = parse_json({reinterpret_cast<const char*>(data), size});
  if (!document) return 0;
  std::string written;
  JsonWriter(written).value(document->root());
  const auto again = parse_json(written);
  if (!again) std::abort();
  std::string twice;
  JsonWriter(twice).value(again->root());
  if (twice != written) std::abort();
  return 0;
}
