#include "gateway/cli/file_check.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <string>

#include "gateway/api/access/jwt.hpp"
#include "gateway/base/files.hpp"
#include "gateway/net/certificates.hpp"
#include "gateway/net/client.hpp"
#include "gateway/net/server.hpp"

namespace ketenpoort::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::days month{30};

class Files {
 public:
  void take(const std::string& where, const Status& status) {
    if (!status) issues_.push_back({ErrorCode::config, where, status.error().message});
  }
  void take_client(const std::string& where, const fs::path& ca, const fs::path& certificate, const fs::path& key) {
    take(where, net::check_client_files(ca, certificate, key));
  }
  void take_channel(const std::string& where, const config::Channel& channel) {
    take_client(where, channel.ca, channel.certificate, channel.key);
    if (const auto& authorization = channel.authorization)
      take_client(where + ", authorization", authorization->ca, authorization->certificate,
                  authorization->certificate_key);
  }
  std::vector<Issue> issues() && { return std::move(issues_); }

 private:
  std::vector<Issue> issues_;
};

void warn_of_end(const std::string& where, const fs::path& file, std::chrono::sys_seconds now,
                 std::vector<Issue>& out) {
  if (file.empty()) return;
  const auto pem = read_file(file);
  const auto end = pem ? net::end_of_certificate(*pem) : fail(pem.error());
  if (!end || *end > now + month) return;
  out.push_back({ErrorCode::config, where,
                 fmt::format("{} {} on {:%Y-%m-%d}: renew it, then reload", file.string(),
                             *end > now ? "ends" : "ended", fmt::gmtime(std::chrono::system_clock::to_time_t(*end)))});
}

}  // namespace

std::vector<Issue> find_bad_files(const config::Configuration& configuration) {
  Files files;
  const auto& server = configuration.settings.server;
  files.take("server", net::check_server_files(
                           {server.certificate, server.key, server.client_authorities, server.client_revocations}));
  if (const auto& tokens = configuration.settings.tokens; tokens && tokens->jwks_url.empty()) {
    const auto opened = api::TokenVerifier::open({tokens->jwks, tokens->issuer, tokens->audience});
    files.take("tokens", opened ? Status() : Status(fail(opened.error())));
  }
  for (const auto& partner : configuration.partners) {
    if (partner.has_address()) files.take_channel("partner " + partner.id, partner.channel);
    for (const auto& [name, channel] : partner.channels)
      files.take_channel("partner " + partner.id + ", channel " + name, channel);
  }
  for (const auto& client : configuration.clients)
    if (const auto& webhook = client.webhook)
      files.take_client("client " + client.id + ", webhook", webhook->ca, webhook->certificate, webhook->key);
  return std::move(files).issues();
}

std::vector<Issue> find_ending_certificates(const config::Configuration& configuration, std::chrono::sys_seconds now) {
  std::vector<Issue> out;
  warn_of_end("server", configuration.settings.server.certificate, now, out);
  for (const auto& partner : configuration.partners) {
    if (partner.has_address()) warn_of_end("partner " + partner.id, partner.channel.certificate, now, out);
    for (const auto& [name, channel] : partner.channels)
      if (channel.certificate != partner.channel.certificate)
        warn_of_end("partner " + partner.id + ", channel " + name, channel.certificate, now, out);
  }
  return out;
}

}  // namespace ketenpoort::cli
