#include "gateway/cli/certificate_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "gateway/base/files.hpp"
#include "gateway/base/time.hpp"

namespace ketenpoort::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::days warned_before{30};
constexpr int last_part = 5;

void add_channel(std::set<fs::path>& files, const config::Channel& channel) {
  files.insert(channel.certificate);
  if (channel.authorization) files.insert(channel.authorization->certificate);
  if (channel.magda) files.insert(channel.magda->certificate);
}

std::set<fs::path> files_of(const config::Configuration& configuration) {
  std::set<fs::path> files{configuration.settings.server.certificate};
  for (const auto& partner : configuration.partners) {
    if (partner.has_address()) add_channel(files, partner.channel);
    for (const auto& [name, channel] : partner.channels) add_channel(files, channel);
  }
  for (const auto& client : configuration.clients)
    if (client.webhook) files.insert(client.webhook->certificate);
  files.erase(fs::path());
  return files;
}

}  // namespace

std::vector<OurCertificate> find_our_certificates(const config::Configuration& configuration) {
  std::vector<OurCertificate> found;
  for (const auto& file : files_of(configuration)) {
    const auto pem = read_file(file);
    if (!pem) continue;
    if (const auto life = net::certificate_life(*pem)) found.push_back({file, *life});
  }
  return found;
}

bool ends_soon(const OurCertificate& certificate, std::chrono::sys_seconds now) {
  const auto& [begins, ends] = certificate.life;
  return ends - now < std::min<std::chrono::seconds>(warned_before, (ends - begins) / last_part);
}

std::string tell_end(const OurCertificate& certificate, std::chrono::sys_seconds now) {
  const auto ends = certificate.life.ends;
  return fmt::format("{} on {}", ends < now ? "ended" : "ends", to_iso(date_in_brussels(ends)));
}

std::optional<RevocationLists> find_revocation_lists(const config::ServerSettings& server) {
  if (server.client_revocations.empty()) return std::nullopt;
  const auto pem = read_file(server.client_revocations);
  const auto ends = pem ? net::end_of_revocation_lists(*pem) : std::nullopt;
  return ends ? std::optional(RevocationLists{server.client_revocations, *ends}) : std::nullopt;
}

std::string tell_end(const RevocationLists& lists) {
  return fmt::format("ended on {}", to_iso(date_in_brussels(lists.ends)));
}

std::vector<Issue> find_ending_certificates(const config::Configuration& configuration, std::chrono::sys_seconds now) {
  std::vector<Issue> issues;
  for (const auto& certificate : find_our_certificates(configuration))
    if (ends_soon(certificate, now))
      issues.push_back({ErrorCode::config, certificate.file.string(),
                        fmt::format("this certificate {}: put a new one in its place and reload the gateway",
                                    tell_end(certificate, now))});
  if (const auto lists = find_revocation_lists(configuration.settings.server); lists && lists->ends < now)
    issues.push_back({ErrorCode::config, lists->file.string(),
                      fmt::format("a revocation list in it {}: its authority's client certificates are refused; put a "
                                  "new one in its place and reload the gateway",
                                  tell_end(*lists))});
  return issues;
}

}  // namespace ketenpoort::cli
