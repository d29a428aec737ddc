// MAGDA's answers: whatever a partner sends back is read or refused, and nothing of it but what may be told gets out.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "adapters/magda/answer.hpp"
#include "gateway/base/uuid.hpp"

namespace magda = ketenpoort::adapters::magda;

namespace {

void must(bool holds) {
  if (!holds) std::abort();
}

bool tells_no_number_of_a_persons(std::string_view failure_class) {
  return failure_class.size() <= 19 &&
         std::ranges::count_if(failure_class, [](char c) { return c >= '0' && c <= '9'; }) <= 5;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto answer = magda::read_answer(body, "0f1e2d3c-4b5a-4697-8877-665544332211");
  if (!answer) return 0;
  must(answer->fault || answer->has_answer || !answer->uitzonderingen.empty());
  must(answer->reference.empty() || (answer->has_answer && ketenpoort::parse_uuid(answer->reference)));
  for (const auto& one : answer->uitzonderingen) {
    must(one.level >= 1 && one.level <= 3);
    must(tells_no_number_of_a_persons(magda::class_of(one)));
    must(magda::number_of(one) <= 99'999);
    must(magda::treat(one) != magda::Treatment::note || one.gravity != magda::Gravity::fault);
  }
  return 0;
}
