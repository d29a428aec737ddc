#include "gateway/api/http/request_fields.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "gateway/api/http/problem.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/base/field_text.hpp"
#include "gateway/base/sha512.hpp"

namespace ketenpoort::api {
namespace {

constexpr std::string_view key_field = "idempotency-key";
constexpr std::string_view digest_field = "content-digest";
constexpr std::size_t longest_key = 255;

Status wrong(std::string_view field, std::string detail) {
  return fail(ErrorCode::invalid_input, "a header field is wrong",
              {{ErrorCode::invalid_input, std::string(field), std::move(detail)}});
}

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

Status check_key(const Request& request) {
  bool seen = false;
  for (const auto& [name, value] : request.headers) {
    if (name != key_field) continue;
    if (seen) return wrong("Idempotency-Key", "stands twice: which one counts cannot be told; send one");
    if (value.empty() || value.size() > longest_key || !is_printable(value))
      return wrong("Idempotency-Key", "1 to 255 printable ASCII characters; leave the field out to go without");
    seen = true;
  }
  return {};
}

struct Expected {
  std::optional<Bytes> sha256;
  std::optional<Bytes> sha512;
};

// One "sha-256=:base64:". Of algorithms that are not known here (RFC 9530 has old ones) nothing is checked but the
// form.
bool read_member(std::string_view member, Expected& out) {
  const auto equals = member.find('=');
  if (equals == std::string_view::npos || equals == 0) return false;
  const auto value = member.substr(equals + 1);
  if (value.size() < 2 || value.front() != ':' || value.back() != ':') return false;
  auto bytes = from_base64(value.substr(1, value.size() - 2));
  if (!bytes) return false;
  const auto algorithm = member.substr(0, equals);
  auto* into = algorithm == "sha-256" ? &out.sha256 : algorithm == "sha-512" ? &out.sha512 : nullptr;
  if (into == nullptr) return true;
  if (*into && **into != *bytes) return false;  // the body cannot be both
  *into = std::move(*bytes);
  return true;
}

Status wrong_digest() {
  return wrong("Content-Digest", "cannot be read; write it as sha-256=:BASE64: or sha-512=:BASE64: (RFC 9530)");
}

Result<Expected> expected_of(const Request& request) {
  Expected out;
  for (const auto& [name, value] : request.headers) {
    if (name != digest_field) continue;
    std::string_view rest = value;
    while (true) {
      const auto comma = rest.find(',');
      if (!read_member(trim(rest.substr(0, comma)), out)) return fail(wrong_digest().error());
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  return out;
}

class Comparison {
 public:
  explicit Comparison(Expected expected) : expected_(std::move(expected)) {
    if (expected_.sha256) short_.emplace();
    if (expected_.sha512) long_.emplace();
  }
  [[nodiscard]] bool is_needed() const { return short_ || long_; }
  void add(std::string_view piece) {
    if (short_) short_->add(as_bytes(piece));
    if (long_) long_->add(as_bytes(piece));
  }
  [[nodiscard]] Status finish() {
    if ((short_ && !std::ranges::equal(short_->finish(), *expected_.sha256)) ||
        (long_ && !std::ranges::equal(long_->finish(), *expected_.sha512)))
      return wrong("Content-Digest",
                   "was made of another body: it changed on its way, or the field belongs to another");
    return {};
  }

 private:
  Expected expected_;
  std::optional<Sha256> short_;
  std::optional<Sha512> long_;
};

bool has_digest(const Request& request) {
  return std::ranges::any_of(request.headers, [](const auto& one) { return one.first == digest_field; });
}

ReplyTo compare(std::shared_ptr<Comparison> comparison, Uuid trace, ReplyTo reply) {
  return [comparison = std::move(comparison), trace, reply = std::move(reply)](Reply answer) {
    if (answer.take)
      answer.take = [comparison, trace, take = std::move(answer.take)](std::string piece, ReplyTo next) {
        comparison->add(piece);
        if (piece.empty())
          if (auto same = comparison->finish(); !same)
            return next(problem_reply(same.error(), trace, InputPart::header));
        take(std::move(piece), compare(comparison, trace, std::move(next)));
      };
    reply(std::move(answer));
  };
}

}  // namespace

Status check_request_fields(const Request& request) {
  if (auto key = check_key(request); !key) return key;
  if (!has_digest(request)) return {};
  auto expected = expected_of(request);
  if (!expected) return fail(std::move(expected.error()));
  if (request.streamed) return {};
  Comparison comparison(std::move(*expected));
  comparison.add(request.body);
  return comparison.finish();
}

ReplyTo compare_digest_of_stream(const Request& request, ReplyTo reply) {
  if (!request.streamed || !has_digest(request)) return reply;
  auto expected = expected_of(request);
  if (!expected) return reply;  // refused before
  auto comparison = std::make_shared<Comparison>(std::move(*expected));
  if (!comparison->is_needed()) return reply;
  return compare(std::move(comparison), request.trace, std::move(reply));
}

}  // namespace ketenpoort::api
