// Groups of users, as the system has them.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

namespace ketenpoort {

// By name, or by number where the system has no name for it.
std::optional<gid_t> find_group(const std::string& name);

// Whether this process may give files of its own to a group.
bool may_give_to_group(gid_t group);

}  // namespace ketenpoort
