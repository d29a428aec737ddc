#include "adapters/content_digest.hpp"

#include "gateway/base/bytes.hpp"

namespace ketenpoort::adapters {
namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// The value of the dictionary's sha-256 member; other algorithms are for others.
std::optional<Bytes> find_sha256(std::string_view header) {
  constexpr std::string_view name = "sha-256=:";
  while (!header.empty()) {
    const auto comma = header.find(',');
    const auto member = trim(header.substr(0, comma));
    header = comma == std::string_view::npos ? std::string_view{} : header.substr(comma + 1);
    if (!member.starts_with(name) || !member.ends_with(':') || member.size() <= name.size()) continue;
    return from_base64(member.substr(name.size(), member.size() - name.size() - 1));
  }
  return std::nullopt;
}

}  // namespace

std::string content_digest(std::string_view body) {
  return "sha-256=:" + to_base64(sha256(as_bytes(body))) + ":";
}

Status check_content_digest(std::string_view header, std::string_view body) {
  return check_content_digest(header, sha256(as_bytes(body)));
}

Status check_content_digest(std::string_view header, const Digest& of_body) {
  const auto claimed = find_sha256(header);
  if (!claimed) return fail(ErrorCode::malformed, "Content-Digest carries no readable sha-256");
  if (!equal_in_constant_time(*claimed, of_body))
    return fail(ErrorCode::invalid_input, "Content-Digest is not the digest of the body");
  return {};
}

}  // namespace ketenpoort::adapters
