// The certificates that we show, as they were when they were put to use: a new file counts once it is reloaded.
#include <algorithm>
#include <chrono>
#include <string>

#include "gateway/application/application_parts.hpp"
#include "gateway/observability/log.hpp"

namespace ketenpoort {
namespace {

// TLS goes by the real clock, whatever a test environment's says.
std::chrono::sys_seconds now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

std::chrono::days left(const cli::OurCertificate& certificate) {
  return std::chrono::floor<std::chrono::days>(certificate.life.ends - now());
}

}  // namespace

void Application::Parts::note_certificates(const config::Configuration& from) {
  auto found = cli::find_our_certificates(from);
  for (const auto& one : found)
    if (const auto name = log::ConfiguredName::parse(one.file.filename().string()); name && cli::ends_soon(one, now()))
      log::warning("certificate_ends_soon", log::field("file", *name), log::field("days", left(one).count()));
  our_certificates.put(std::make_shared<const std::vector<cli::OurCertificate>>(std::move(found)));
  revocation_lists.put(
      std::make_shared<const std::optional<cli::RevocationLists>>(cli::find_revocation_lists(from.settings.server)));
}

// Files without their folders: anybody may read the health.
void Application::Parts::look_at_certificates() {
  std::string ending;
  const auto all = our_certificates.get();
  for (const auto& one : *all)
    if (cli::ends_soon(one, now()))
      ending += (ending.empty() ? "" : ", ") + one.file.filename().string() + ' ' + cli::tell_end(one, now());
  const auto lists = revocation_lists.get();
  if (*lists && (*lists)->ends < now())
    ending += (ending.empty() ? "" : ", ") + (*lists)->file.filename().string() + ' ' + cli::tell_end(**lists);
  health.report("certificates", ending.empty() ? Health::up : Health::degraded, std::move(ending));
}

void Application::Parts::observe_certificates() {
  auto& first = registry.gauge("ketenpoort_certificate_days_left",
                               "Days until the first of the certificates that the gateway shows ends");
  registry.before_render([this, &first] {
    const auto all = our_certificates.get();
    const auto next = std::ranges::min_element(*all, {}, [](const auto& one) { return one.life.ends; });
    if (next != all->end()) first.set(left(*next).count());
  });
}

}  // namespace ketenpoort
