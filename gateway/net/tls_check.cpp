#include "gateway/net/tls_check.hpp"

#include "gateway/net/tls_context.hpp"

namespace ketenpoort::net {

Status check_server_tls(const ServerTls& files) {
  const auto context = make_server_context(files);
  return context ? Status{} : fail(context.error());
}

Status check_client_tls(const std::filesystem::path& ca, const std::filesystem::path& certificate,
                        const std::filesystem::path& key) {
  const auto context = make_client_context({ca, certificate, key});
  return context ? Status{} : fail(context.error());
}

}  // namespace ketenpoort::net
