// Requests to a witness: read back as they were written, and none of them cosigned, for no log signed them.
#include <cstdint>
#include <cstdlib>

#include "gateway/ledger/published/witness.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ketenpoort::ledger;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto request = parse_add_checkpoint(text);
  if (request && format_add_checkpoint(*request) != text) std::abort();
  if (const auto remembered = parse_tlog_size(text); remembered && format_tlog_size(*remembered) != text) std::abort();
  return 0;
}
