#include "gateway/base/boot_id.hpp"

#include <utility>

#include "gateway/base/files.hpp"
#include "gateway/base/uuid.hpp"

namespace ketenpoort {

std::string boot_id() {
  constexpr std::size_t longest = 64;
  auto told = read_file("/proc/sys/kernel/random/boot_id", longest);
  return told && !told->empty() ? std::move(*told) : new_uuid_v4().text();
}

}  // namespace ketenpoort
