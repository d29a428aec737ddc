#include "adapters/http_signature.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <stdexcept>

#include "gateway/base/ascii.hpp"
#include "gateway/base/bytes.hpp"
#include "gateway/base/field_text.hpp"
#include "gateway/base/owned.hpp"

namespace ketenpoort::adapters {
namespace {

constexpr std::string_view label = "ketenpoort";
const std::vector<std::string> covered = {"@method", "@path", "content-digest", "content-type", "idempotency-key"};

// Section 2.1: the values of a repeated header, joined.
std::optional<std::string> header_value(const Headers& headers, std::string_view name) {
  std::optional<std::string> joined;
  for (const auto& [key, value] : headers) {
    if (!same_ignoring_case(key, name)) continue;
    joined = joined ? *joined + ", " + std::string(trim(value)) : std::string(trim(value));
  }
  return joined;
}

std::optional<std::string> component_value(const SignedMessage& message, std::string_view name) {
  if (name == "@method") return std::string(message.method);
  if (name == "@path") return std::string(message.path.empty() ? "/" : message.path);
  if (name == "@authority") {
    auto host = header_value(message.headers, "host");
    if (host) *host = to_lower(*host);
    return host;
  }
  if (name.starts_with('@') || std::ranges::any_of(name, [](char c) { return c != to_lower(c); })) return std::nullopt;
  return header_value(message.headers, name);
}

std::string serialise(const std::vector<std::string>& components) {
  std::string list = "(";
  for (const auto& name : components) list.append(list.size() > 1 ? " \"" : "\"").append(name).append("\"");
  return list + ")";
}

Error openssl_error(std::string_view what) {
  return {ErrorCode::crypto, std::string(what)};
}

EvpKey read_key(std::string_view pem, bool is_private) {
  if (pem.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) return nullptr;
  const Owned<BIO, BIO_free> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  // An empty passphrase instead of OpenSSL's prompt on the terminal.
  auto no_passphrase = [](char*, int, int, void*) { return 0; };
  EvpKey key(is_private ? PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr)
                        : PEM_read_bio_PUBKEY(bio.get(), nullptr, no_passphrase, nullptr));
  return key && EVP_PKEY_id(key.get()) == EVP_PKEY_ED25519 ? std::move(key) : nullptr;
}

std::string write_key(EVP_PKEY* key, bool is_private) {
  const Owned<BIO, BIO_free> bio(BIO_new(BIO_s_mem()));
  const int ok = is_private ? PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr)
                            : PEM_write_bio_PUBKEY(bio.get(), key);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  if (ok != 1 || size <= 0) throw std::runtime_error("cannot write an Ed25519 key");
  return {data, static_cast<std::size_t>(size)};
}

// A reader for the little of structured fields (RFC 8941) that Signature-Input needs.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}
  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  std::string_view take_key() {  // a dictionary key or parameter name
    const auto from = at_;
    while (at_ < text_.size() &&
           (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 || text_[at_] == '-' || text_[at_] == '_'))
      ++at_;
    return text_.substr(from, at_ - from);
  }
  std::optional<std::string> take_string() {
    if (!take('"')) return std::nullopt;
    std::string value;
    while (at_ < text_.size() && text_[at_] != '"') {
      if (text_[at_] == '\\' && ++at_ >= text_.size()) return std::nullopt;
      value += text_[at_++];
    }
    if (!take('"')) return std::nullopt;
    return value;
  }
  std::optional<std::int64_t> take_integer() {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (error != std::errc{}) return std::nullopt;
    at_ = static_cast<std::size_t>(end - text_.data());
    return value;
  }
  [[nodiscard]] bool done() const { return at_ == text_.size(); }
  [[nodiscard]] std::size_t at() const { return at_; }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

struct SignatureInput {
  std::string label;
  std::string parameters;  // as received: the signature covers this very text
  SignatureFacts facts;
};

std::optional<std::vector<std::string>> take_components(Cursor& in) {
  std::vector<std::string> components;
  if (!in.take('(')) return std::nullopt;
  while (!in.take(')')) {
    if (!components.empty() && !in.take(' ')) return std::nullopt;
    auto name = in.take_string();
    if (!name) return std::nullopt;
    components.push_back(std::move(*name));
  }
  return components;
}

// Parameters beyond these three would change what the signature means without us knowing: refused.
bool take_parameter(Cursor& in, SignatureFacts& facts) {
  const auto name = in.take_key();
  if (!in.take('=')) return false;
  if (name == "created") {
    const auto seconds = in.take_integer();
    constexpr std::int64_t year_9999 = 253402300799;
    if (!seconds || *seconds < 0 || *seconds > year_9999) return false;
    facts.created = Timestamp{std::chrono::seconds{*seconds}};
    return true;
  }
  auto text = in.take_string();
  if (!text) return false;
  if (name == "keyid") facts.key_id = std::move(*text);
  return name == "keyid" || (name == "alg" && *text == "ed25519");
}

Result<SignatureInput> parse_signature_input(std::string_view header) {
  const auto unreadable = [] {
    return fail(ErrorCode::malformed, "Signature-Input is not readable (RFC 9421, section 4.1)");
  };
  SignatureInput input;
  Cursor in(header);
  input.label = in.take_key();
  if (input.label.empty() || !in.take('=')) return unreadable();
  const auto start = in.at();
  auto components = take_components(in);
  if (!components) return unreadable();
  input.facts.components = std::move(*components);
  while (!in.done())
    if (!in.take(';') || !take_parameter(in, input.facts)) return unreadable();
  input.parameters = header.substr(start);
  return input;
}

Result<std::string> parse_signature(std::string_view header, std::string_view wanted_label) {
  const auto prefix = fmt::format("{}=:", wanted_label);
  if (header.size() > prefix.size() && header.starts_with(prefix) && header.ends_with(':')) {
    const auto bytes = from_base64(header.substr(prefix.size(), header.size() - prefix.size() - 1));
    if (bytes) return std::string(as_text(*bytes));
  }
  return fail(ErrorCode::malformed, "Signature is not readable (RFC 9421, section 4.2)");
}

}  // namespace

SigningKey SigningKey::generate() {
  EvpKey key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  if (!key) throw std::runtime_error("cannot generate an Ed25519 key");
  return SigningKey(std::move(key));
}

Result<SigningKey> SigningKey::from_pem(std::string_view pem) {
  auto key = read_key(pem, true);
  if (!key) return fail(openssl_error("not an Ed25519 private key (PKCS #8, PEM, without passphrase)"));
  return SigningKey(std::move(key));
}

std::string SigningKey::private_pem() const {
  return write_key(signer_.key(), true);
}
std::string SigningKey::public_pem() const {
  return write_key(signer_.key(), false);
}

std::string SigningKey::sign(std::string_view message) const {
  return signer_.sign(message);
}

Result<VerifyingKey> VerifyingKey::from_pem(std::string_view pem) {
  auto key = read_key(pem, false);
  if (!key) return fail(openssl_error("not an Ed25519 public key (SubjectPublicKeyInfo, PEM)"));
  return VerifyingKey(std::move(key));
}

bool VerifyingKey::verify(std::string_view message, std::string_view signature) const {
  return verifier_.verify(message, signature);
}

Result<std::string> signature_base(const SignedMessage& message, const std::vector<std::string>& components,
                                   std::string_view parameters) {
  std::string base;
  for (auto name = components.begin(); name != components.end(); ++name) {
    const auto value = component_value(message, *name);
    if (!value)
      return fail(ErrorCode::malformed, "the signature covers a component that the message lacks or we do not know");
    if (std::find(components.begin(), name, *name) != name)
      return fail(ErrorCode::malformed, "the signature covers a component twice");
    base.append("\"").append(*name).append("\": ").append(*value).append("\n");
  }
  return base.append("\"@signature-params\": ").append(parameters);
}

void sign(Call& call, const SigningKey& key, std::string_view key_id, Timestamp created) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(created).time_since_epoch().count();
  static const std::string components = serialise(covered);
  const auto parameters = fmt::format("{};created={};keyid=\"{}\"", components, seconds, key_id);
  const auto base = signature_base({call.method, call.path, call.headers}, covered, parameters);
  if (!base) throw std::logic_error("an adapter made a call without the headers that must be signed");
  call.headers.emplace_back("Signature-Input", fmt::format("{}={}", label, parameters));
  call.headers.emplace_back("Signature", fmt::format("{}=:{}:", label, to_base64(as_bytes(key.sign(*base)))));
}

Result<SignatureFacts> verify(const SignedMessage& message, const VerifyingKey& key) {
  const auto input_header = header_value(message.headers, "signature-input");
  const auto signature_header = header_value(message.headers, "signature");
  if (!input_header || !signature_header) return fail(ErrorCode::malformed, "the message is not signed");
  auto input = parse_signature_input(*input_header);
  if (!input) return fail(std::move(input.error()));
  const auto signature = parse_signature(*signature_header, input->label);
  if (!signature) return fail(signature.error());
  const auto base = signature_base(message, input->facts.components, input->parameters);
  if (!base) return fail(base.error());
  if (!key.verify(*base, *signature)) return fail(ErrorCode::crypto, "the signature does not verify");
  return std::move(input->facts);
}

Result<SignatureFacts> verify_call(const SignedMessage& message, const VerifyingKey& key) {
  auto facts = verify(message, key);
  if (!facts) return facts;
  for (const auto& name : covered)
    if (std::ranges::find(facts->components, name) == facts->components.end())
      return fail(ErrorCode::malformed, "the signature does not cover " + name);
  return facts;
}

}  // namespace ketenpoort::adapters
