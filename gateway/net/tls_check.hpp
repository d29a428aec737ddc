// Whether TLS could be spoken with these files, without speaking it.
#pragma once

#include <filesystem>

#include "gateway/net/server.hpp"

namespace ketenpoort::net {

// ErrorCode::config naming the file that does not do.
Status check_server_tls(const ServerTls& files);

// `ca` may be empty: the system's authorities; `certificate` too: none is shown.
Status check_client_tls(const std::filesystem::path& ca, const std::filesystem::path& certificate,
                        const std::filesystem::path& key);

}  // namespace ketenpoort::net
