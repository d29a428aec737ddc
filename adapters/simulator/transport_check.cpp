#include "adapters/simulator/transport_check.hpp"

#include <algorithm>

#include "adapters/content_digest.hpp"
#include "adapters/magda/simulator/magda_desk.hpp"
#include "adapters/simulator/recall_check.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/domain/ssin.hpp"

namespace ketenpoort::simulator {
namespace {

constexpr std::chrono::minutes signature_lifetime{5};

bool is_media_type(std::string_view header, std::string_view wanted) {
  if (!header.starts_with(wanted)) return false;
  header.remove_prefix(wanted.size());
  return header.empty() || header.front() == ';' || header.front() == ' ';
}

bool is_one_of(std::string_view header, std::string_view wanted) {
  while (!wanted.empty()) {
    const auto bar = std::min(wanted.find('|'), wanted.size());
    if (is_media_type(header, wanted.substr(0, bar))) return true;
    wanted.remove_prefix(std::min(bar + 1, wanted.size()));
  }
  return false;
}

// Base64 may spell anything.
bool is_opaque(std::string_view header_name) {
  return header_name == "signature" || header_name == "content-digest" || header_name == "authorization";
}

std::optional<TransportFault> find_header_fault(const api::Request& request, const PartnerProfile& partner) {
  const bool recall = request.path == recall_path;
  const bool magda = request.path == magda_path;
  const auto content_type = recall  ? std::string_view("application/json")
                            : magda ? magda_content_type
                                    : partner.content_type;
  if (!is_one_of(request.header("content-type"), content_type))
    return TransportFault{415, "Content-Type: not " + std::string(content_type)};
  for (const std::string_view name : {std::string_view{"idempotency-key"}, std::string_view{"belgov-trace-id"},
                                      recall || magda ? std::string_view{} : partner.uuid_header})
    if (!name.empty() && !parse_uuid(request.header(name)))
      return TransportFault{400, std::string(name) + ": missing, or not a UUID"};
  if (names_a_person(request.path) || names_a_person(request.query))
    return TransportFault{400, "the address carries a national number"};
  for (const auto& [name, value] : request.headers)
    if (!is_opaque(name) && names_a_person(value)) return TransportFault{400, name + ": carries a national number"};
  return std::nullopt;
}

std::optional<TransportFault> find_signature_fault(const api::Request& request, const TransportRules& rules,
                                                   Timestamp now) {
  if (rules.gateway_key == nullptr) {
    if (request.header("signature").empty()) return TransportFault{401, "Signature: the message is not signed"};
    return std::nullopt;
  }
  const auto facts = adapters::verify_call({request.method, request.path, request.headers}, *rules.gateway_key);
  if (!facts) return TransportFault{401, "Signature: " + facts.error().message};
  if (facts->created > now + signature_lifetime || facts->created < now - signature_lifetime)
    return TransportFault{401, "Signature: made too long ago, or in the future"};
  return std::nullopt;
}

}  // namespace

std::optional<TransportFault> find_transport_fault(const api::Request& request, const TransportRules& rules,
                                                   const Digest& body, Timestamp now) {
  if (rules.certificate_required && !request.certificate) return TransportFault{401, "no client certificate"};
  const bool known = request.path == rules.partner->path || request.path == recall_path ||
                     (request.path == magda_path && !rules.partner->magda_type.empty());
  if (request.method != "POST" || !known || !request.query.empty())
    return TransportFault{404, "messages are taken by POST " + std::string(rules.partner->path)};
  if (auto fault = find_header_fault(request, *rules.partner)) return fault;
  if (const auto digest = adapters::check_content_digest(request.header("content-digest"), body); !digest)
    return TransportFault{400, digest.error().message};
  return find_signature_fault(request, rules, now);
}

bool names_a_person(std::string_view value) {
  constexpr std::ptrdiff_t digits_of_a_number = 11;
  if (std::ranges::count_if(value, is_digit) < digits_of_a_number || parse_uuid(value)) return false;
  std::string compact;
  std::ranges::copy_if(value, std::back_inserter(compact), [](char c) { return c != '.' && c != '-'; });
  constexpr Date late{std::chrono::year{2099}, std::chrono::December, std::chrono::day{31}};
  for (auto from = compact.begin(); from != compact.end();) {
    from = std::find_if(from, compact.end(), is_digit);
    const auto to = std::find_if_not(from, compact.end(), is_digit);
    if (to - from == digits_of_a_number && check_ssin({from, to}, true, late).ssin) return true;
    from = to;
  }
  return false;
}

}  // namespace ketenpoort::simulator
