// Reading JSON: nothing is taken that RFC 8259 does not know, nothing refused but on purpose, and whatever is taken
// comes back the same after being written.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "gateway/base/utf8.hpp"
#include "gateway/formats/json.hpp"
#include "tests/support/json_grammar.hpp"

namespace {

bool is_purpose(std::string_view why) {
  for (const std::string_view word : {"twice", "surrogate", "NUL", "deeply", "too many", "too big", "at most"})
    if (why.find(word) != std::string_view::npos) return true;
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ketenpoort;
  using namespace ketenpoort::formats;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto document = parse_json(text);
  const bool grammar = is_valid_utf8(text) && test::JsonGrammar::takes(text);
  if (document && !grammar) std::abort();
  if (!document) {
    if (grammar && !is_purpose(document.error().message)) std::abort();
    return 0;
  }
  std::string written;
  JsonWriter(written).value(document->root());
  const auto again = parse_json(written);
  if (!again) std::abort();
  std::string twice;
  JsonWriter(twice).value(again->root());
  if (twice != written) std::abort();
  return 0;
}
