#include "gateway/api/access/jwt.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <mutex>
#include <unordered_map>

#include "gateway/api/access/jwk.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/base/files.hpp"
#include "gateway/base/owned.hpp"
#include "gateway/base/uuid.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/observability/log.hpp"

namespace ketenpoort::api {
namespace {

namespace fs = std::filesystem;
using std::chrono::sys_seconds;
using std::chrono::system_clock;

constexpr std::size_t longest_token = 8192;
constexpr std::size_t most_remembered = 10'000;
constexpr std::size_t largest_key_file = 1U << 20;
constexpr std::chrono::seconds check_pause{1};

struct DigestHash {
  std::size_t operator()(const Digest& digest) const {
    std::size_t hash = 0;
    std::memcpy(&hash, digest.data(), sizeof hash);
    return hash;
  }
};

// A token cut in its three parts, nothing believed yet.
struct TokenParts {
  std::string_view signed_text;  // header.payload, as signed
  std::string header;
  std::string payload;
  Bytes signature;
};

std::optional<TokenParts> split(std::string_view token) {
  const auto first = token.find('.');
  const auto second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) return std::nullopt;
  const auto header = from_base64url(token.substr(0, first));
  const auto payload = from_base64url(token.substr(first + 1, second - first - 1));
  auto signature = from_base64url(token.substr(second + 1));
  if (!header || !payload || !signature) return std::nullopt;
  return TokenParts{token.substr(0, second), std::string(as_text(*header)), std::string(as_text(*payload)),
                    std::move(*signature)};
}

// A media type, of which "application/" may be left out: case says nothing (RFC 7515 4.1.9, RFC 9068 2.1).
bool is_token_type(std::string_view type) {
  constexpr std::array types = {"JWT", "application/jwt", "at+jwt", "application/at+jwt"};
  return std::ranges::any_of(types, [&](std::string_view one) { return same_ignoring_case(type, one); });
}

// aud is one text or several (RFC 7519 4.1.3).
bool names_audience(const formats::JsonView& audience, std::string_view wanted) {
  if (const auto one = audience.as_string()) return *one == wanted;
  for (const auto each : audience.elements())
    if (each.as_string() == wanted) return true;
  return false;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    if (end > 0) words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

// A NumericDate (RFC 7519 section 2): seconds, perhaps with a fraction, which is cut. What lies beyond the year 9999,
// as milliseconds would, is none.
std::optional<sys_seconds> time_of(const formats::JsonView& claims, std::string_view name) {
  constexpr double last = 253'402'300'799;
  const auto number = claims.find(name).as_number();
  if (!number) return std::nullopt;
  double seconds = 0;
  const auto [end, fault] = std::from_chars(number->data(), number->data() + number->size(), seconds);
  if (fault != std::errc() || !(seconds >= 0 && seconds <= last)) return std::nullopt;
  return sys_seconds(std::chrono::seconds(static_cast<std::int64_t>(seconds)));
}

// The confirmation claim (RFC 7800). Only a certificate can be confirmed here: any other demand fails.
bool read_confirmation(const formats::JsonView& claims, TokenClaims& out) {
  const auto confirmation = claims.find("cnf");
  if (!confirmation) return true;
  const auto thumbprint = from_base64url(confirmation.find("x5t#S256").as_string().value_or(""));
  if (!thumbprint || thumbprint->size() != sizeof(Digest) || confirmation.size() != 1) return false;
  out.certificate_thumbprint.emplace();
  std::copy(thumbprint->begin(), thumbprint->end(), out.certificate_thumbprint->begin());
  return true;
}

tl::unexpected<TokenFault> refuse(TokenFault fault) {
  return tl::make_unexpected(fault);
}

tl::expected<TokenClaims, TokenFault> read_claims(std::string_view payload, const TokenRules& rules,
                                                  system_clock::time_point now) {
  const auto parsed = formats::parse_json(payload);
  if (!parsed) return refuse(TokenFault::malformed);
  const auto claims = parsed->root();
  const auto subject = claims.find("sub").as_string();
  const auto expires = time_of(claims, "exp");
  if (!subject || subject->empty() || !expires) return refuse(TokenFault::malformed);
  if (claims.find("iss").as_string() != rules.issuer) return refuse(TokenFault::wrong_issuer);
  if (!names_audience(claims.find("aud"), rules.audience)) return refuse(TokenFault::wrong_audience);
  if (now >= *expires + rules.leeway) return refuse(TokenFault::expired);
  if (claims.find("nbf")) {
    const auto not_before = time_of(claims, "nbf");
    if (!not_before) return refuse(TokenFault::malformed);
    if (now < *not_before - rules.leeway) return refuse(TokenFault::not_yet_valid);
  }
  TokenClaims out;
  out.subject = *subject;
  out.expires = *expires;
  if (const auto scope = claims.find("scope")) {
    const auto text = scope.as_string();
    if (!text) return refuse(TokenFault::malformed);
    out.scopes = words_of(*text);
  }
  if (!read_confirmation(claims, out)) return refuse(TokenFault::malformed);
  return out;
}

using KeyPtr = Owned<EVP_PKEY, EVP_PKEY_free>;

KeyPtr parse_private_key(const std::string& pem) {
  const Owned<BIO, BIO_free_all> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  char no_passphrase[] = "";
  KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, no_passphrase));
  return key && EVP_PKEY_is_a(key.get(), "EC") == 1 && EVP_PKEY_get_bits(key.get()) == 256 ? std::move(key) : nullptr;
}

std::string coordinate(const EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  if (EVP_PKEY_get_bn_param(key, name, &number) != 1) return {};
  std::array<std::uint8_t, 32> bytes{};
  const int size = BN_bn2binpad(number, bytes.data(), static_cast<int>(bytes.size()));
  BN_free(number);
  return size == static_cast<int>(bytes.size()) ? to_base64url(bytes) : std::string();
}

// r || s of a DER signature, 32 bytes each (RFC 7518 3.4).
Bytes to_jose(const Bytes& der) {
  const unsigned char* at = der.data();
  const Owned<ECDSA_SIG, ECDSA_SIG_free> pair(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  Bytes out(64);
  if (!pair || BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), out.data(), 32) != 32 ||
      BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), out.data() + 32, 32) != 32)
    return {};
  return out;
}

Bytes sign_es256(EVP_PKEY* key, std::string_view text) {
  const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  const auto bytes = as_bytes(text);
  std::size_t size = 0;
  if (!context || EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, bytes.data(), bytes.size()) != 1)
    return {};
  Bytes der(size);
  if (EVP_DigestSign(context.get(), der.data(), &size, bytes.data(), bytes.size()) != 1) return {};
  der.resize(size);
  return to_jose(der);
}

// All that RFC 9068 (section 2.2) asks of what calls itself at+jwt: who validates strictly looks for each.
std::string render_claims(const TokenRequest& request) {
  std::string out;
  formats::JsonWriter json(out);
  json.begin_object().member("iss", request.issuer).member("aud", request.audience).member("sub", request.subject);
  json.member("client_id", request.subject).member("jti", new_uuid_v4().text());
  json.member("iat", request.not_before.time_since_epoch().count());
  json.member("nbf", request.not_before.time_since_epoch().count());
  json.member("exp", request.expires.time_since_epoch().count());
  if (!request.scopes.empty()) {
    std::string scope;
    for (const auto& each : request.scopes) scope += (scope.empty() ? "" : " ") + each;
    json.member("scope", scope);
  }
  if (request.certificate_thumbprint) {
    json.key("cnf").begin_object().member("x5t#S256", to_base64url(*request.certificate_thumbprint)).end_object();
  }
  json.end_object();
  return out;
}

}  // namespace

std::string_view to_text(TokenFault fault) {
  switch (fault) {
    case TokenFault::malformed:
      return "the token is not a signed JWT with the claims it needs";
    case TokenFault::unknown_key:
      return "the token names no key of this service's key set";
    case TokenFault::wrong_signature:
      return "the token's algorithm or signature is not its key's";
    case TokenFault::wrong_issuer:
      return "the token was issued by somebody else (iss)";
    case TokenFault::wrong_audience:
      return "the token is meant for another service (aud)";
    case TokenFault::expired:
      return "the token has expired";
    case TokenFault::not_yet_valid:
      break;
  }
  return "the token is not valid yet (nbf)";
}

struct TokenVerifier::State {
  TokenRules rules;

  std::mutex mutex;
  std::shared_ptr<const KeySet> keys;
  std::uint64_t generation = 0;  // of the keys: a token verified with older ones is not remembered
  fs::file_time_type file_time{};
  std::chrono::steady_clock::time_point checked{};
  std::unordered_map<Digest, TokenClaims, DigestHash> remembered;

  struct Loaded {
    std::shared_ptr<const KeySet> keys;
    fs::file_time_type file_time{};
  };
  Result<Loaded> read() const {
    std::error_code error;
    const auto time = fs::last_write_time(rules.jwks_file, error);
    auto document = read_file(rules.jwks_file, largest_key_file);
    if (!document) return fail(document.error());
    auto parsed = parse_jwks(*document);
    if (!parsed) return fail(ErrorCode::config, rules.jwks_file.string() + ": error: " + parsed.error().message);
    return Loaded{std::make_shared<const KeySet>(std::move(*parsed)), time};
  }

  void use(const Loaded& loaded) {
    const std::lock_guard lock(mutex);
    keys = loaded.keys;
    ++generation;
    file_time = loaded.file_time;
    remembered.clear();
  }

  Status load() {
    const auto loaded = read();
    if (!loaded) return fail(loaded.error());
    use(*loaded);
    return {};
  }

  std::optional<TokenClaims> recall(const Digest& digest, system_clock::time_point now) {
    const std::lock_guard lock(mutex);
    const auto found = remembered.find(digest);
    if (found == remembered.end() || now >= found->second.expires + rules.leeway) return std::nullopt;
    return found->second;
  }

  void remember(const Digest& digest, const TokenClaims& claims, std::uint64_t verified_with,
                system_clock::time_point now) {
    const std::lock_guard lock(mutex);
    if (generation != verified_with) return;
    if (remembered.size() >= most_remembered)
      std::erase_if(remembered, [&](const auto& entry) { return now >= entry.second.expires + rules.leeway; });
    if (remembered.size() >= most_remembered) remembered.clear();
    remembered.emplace(digest, claims);
  }

  // Keys were rotated: the file is newer than what we hold.
  bool reload_if_changed() {
    {
      const std::lock_guard lock(mutex);
      const auto now = std::chrono::steady_clock::now();
      if (now - checked < check_pause) return false;
      checked = now;
      std::error_code error;
      const auto time = fs::last_write_time(rules.jwks_file, error);
      if (error || time == file_time) return false;
    }
    const auto loaded = load();
    if (!loaded) log::warning("key_set_unreadable");
    return loaded.has_value();
  }

  std::pair<std::shared_ptr<const KeySet>, std::uint64_t> current() {
    const std::lock_guard lock(mutex);
    return {keys, generation};
  }
};

Result<std::unique_ptr<TokenVerifier>> TokenVerifier::open(TokenRules rules) {
  auto state = std::make_unique<State>();
  state->rules = std::move(rules);
  if (auto loaded = state->load(); !loaded) return fail(loaded.error());
  return std::unique_ptr<TokenVerifier>(new TokenVerifier(std::move(state)));
}

TokenVerifier::TokenVerifier(std::unique_ptr<State> state) : state_(std::move(state)) {}
TokenVerifier::~TokenVerifier() = default;

Result<std::function<void()>> TokenVerifier::prepare_reload() {
  auto loaded = state_->read();
  if (!loaded) return fail(std::move(loaded.error()));
  return [state = state_.get(), loaded = std::move(*loaded)] { state->use(loaded); };
}

Status TokenVerifier::reload() {
  return state_->load();
}

tl::expected<TokenClaims, TokenFault> TokenVerifier::verify(std::string_view token,
                                                            system_clock::time_point now) const {
  if (token.size() > longest_token) return refuse(TokenFault::malformed);
  const auto digest = sha256(as_bytes(token));
  if (auto known = state_->recall(digest, now)) return std::move(*known);
  const auto parts = split(token);
  if (!parts) return refuse(TokenFault::malformed);
  const auto header = formats::parse_json(parts->header);
  if (!header) return refuse(TokenFault::malformed);
  const auto fields = header->root();
  const auto key_id = fields.find("kid").as_string();
  if (!key_id || fields.find("crit") ||
      (fields.find("typ") && !is_token_type(fields.find("typ").as_string().value_or(""))))
    return refuse(TokenFault::malformed);
  auto [keys, generation] = state_->current();
  auto key = keys->find(*key_id);
  if (key == keys->end() && state_->reload_if_changed()) {
    std::tie(keys, generation) = state_->current();
    key = keys->find(*key_id);
  }
  if (key == keys->end()) {
    if (state_->rules.on_unknown_key) state_->rules.on_unknown_key();
    return refuse(TokenFault::unknown_key);
  }
  const bool same_algorithm = parse_algorithm(fields.find("alg").as_string().value_or("")) == key->second.algorithm();
  if (!same_algorithm || !key->second.verifies(parts->signed_text, parts->signature))
    return refuse(TokenFault::wrong_signature);
  auto claims = read_claims(parts->payload, state_->rules, now);
  if (claims) state_->remember(digest, *claims, generation, now);
  return claims;
}

Result<SigningKey> make_signing_key(std::string id) {
  const KeyPtr key(EVP_EC_gen("P-256"));
  const Owned<BIO, BIO_free_all> bio(BIO_new(BIO_s_mem()));
  if (!key || PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
    return fail(ErrorCode::crypto, "cannot make a signing key");
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &data);
  return SigningKey{std::move(id), std::string(data, static_cast<std::size_t>(size))};
}

Result<std::string> jwks_of(const SigningKey& signing_key) {
  const auto key = parse_private_key(signing_key.private_pem);
  if (!key) return fail(ErrorCode::crypto, "not a PEM key on P-256");
  const auto x = coordinate(key.get(), OSSL_PKEY_PARAM_EC_PUB_X);
  const auto y = coordinate(key.get(), OSSL_PKEY_PARAM_EC_PUB_Y);
  if (x.empty() || y.empty()) return fail(ErrorCode::crypto, "the key has no public point");
  std::string out;
  formats::JsonWriter json(out);
  json.begin_object().key("keys").begin_array().begin_object();
  json.member("kty", "EC").member("crv", "P-256").member("kid", signing_key.id).member("use", "sig");
  json.member("alg", "ES256").member("x", x).member("y", y).end_object().end_array().end_object();
  return out;
}

Result<std::string> sign_jwt(const SigningKey& signing_key, const TokenRequest& request) {
  const auto key = parse_private_key(signing_key.private_pem);
  if (!key) return fail(ErrorCode::crypto, "not a PEM key on P-256");
  std::string header;
  formats::JsonWriter(header)
      .begin_object()
      .member("alg", "ES256")
      .member("typ", "at+jwt")
      .member("kid", signing_key.id)
      .end_object();
  auto token = to_base64url(as_bytes(header)) + "." + to_base64url(as_bytes(render_claims(request)));
  const auto signature = sign_es256(key.get(), token);
  if (signature.empty()) return fail(ErrorCode::crypto, "signing failed");
  return token + "." + to_base64url(signature);
}

}  // namespace ketenpoort::api
