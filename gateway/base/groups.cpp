#include "gateway/base/groups.hpp"

#include <grp.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <limits>
#include <vector>

namespace ketenpoort {
namespace {

constexpr std::size_t first_room = 1024;
constexpr std::size_t most_room = std::size_t{1} << 20;

std::optional<gid_t> read_number(const std::string& text) {
  gid_t number = 0;
  const auto* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  constexpr auto means_no_change = std::numeric_limits<gid_t>::max();  // to chown
  if (error != std::errc{} || stopped != end || number == means_no_change) return std::nullopt;
  return number;
}

}  // namespace

std::optional<gid_t> find_group(const std::string& name) {
  if (const auto number = read_number(name)) return number;
  struct group entry {};
  struct group* found = nullptr;
  for (std::size_t room = first_room; room <= most_room; room *= 2) {
    std::vector<char> buffer(room);
    const int error = ::getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
    if (error == ERANGE) continue;
    return error == 0 && found != nullptr ? std::optional(found->gr_gid) : std::nullopt;
  }
  return std::nullopt;
}

bool may_give_to_group(gid_t group) {
  if (::geteuid() == 0 || ::getegid() == group) return true;
  const int count = ::getgroups(0, nullptr);
  if (count <= 0) return false;
  std::vector<gid_t> own(static_cast<std::size_t>(count));
  const int got = ::getgroups(count, own.data());
  own.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return std::ranges::find(own, group) != own.end();
}

}  // namespace ketenpoort
