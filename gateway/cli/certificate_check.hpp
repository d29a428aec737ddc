// When the certificates that a gateway shows run out: to its callers, its partners and those it tells of events.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "gateway/config/settings.hpp"
#include "gateway/net/certificates.hpp"

namespace ketenpoort::cli {

struct OurCertificate {
  std::filesystem::path file;  // with its chain
  net::CertificateLife life;
};

// Each file once, as it is now. One that cannot be read is left out: whoever needs it says so.
std::vector<OurCertificate> find_our_certificates(const config::Configuration& configuration);

// Within thirty days, or within the last fifth of a life that is short.
bool ends_soon(const OurCertificate& certificate, std::chrono::sys_seconds now);

// "ends on 2026-12-05", "ended on 2026-11-01"
std::string tell_end(const OurCertificate& certificate, std::chrono::sys_seconds now);

// The revocation lists of our callers' authorities. Once one has ended, nobody with a certificate of that authority is
// let in. No warning beforehand: a new one comes every day or week, with little to spare.
struct RevocationLists {
  std::filesystem::path file;
  std::chrono::sys_seconds ends;  // the first of them
};
std::optional<RevocationLists> find_revocation_lists(const config::ServerSettings& server);
// "ended on 2026-11-01"
std::string tell_end(const RevocationLists& lists);

// Of each that ends soon, or has: its file, and what to do.
std::vector<Issue> find_ending_certificates(const config::Configuration& configuration, std::chrono::sys_seconds now);

}  // namespace ketenpoort::cli
