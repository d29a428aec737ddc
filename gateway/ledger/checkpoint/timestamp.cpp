#include "gateway/ledger/checkpoint/timestamp.hpp"

#include <fmt/format.h>
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/ts.h>
#include <openssl/x509.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

#include "gateway/base/files.hpp"
#include "gateway/base/owned.hpp"

namespace ketenpoort::ledger {
namespace {

using Request = Owned<TS_REQ, TS_REQ_free>;
using Response = Owned<TS_RESP, TS_RESP_free>;
using Token = Owned<PKCS7, PKCS7_free>;
using Facts = Owned<TS_TST_INFO, TS_TST_INFO_free>;
using Check = Owned<TS_VERIFY_CTX, TS_VERIFY_CTX_free>;
using Store = Owned<X509_STORE, X509_STORE_free>;
using Certificate = Owned<X509, X509_free>;
using Integer = Owned<ASN1_INTEGER, ASN1_INTEGER_free>;
using Memory = Owned<BIO, BIO_free_all>;

constexpr std::size_t largest_response = 1U << 18;

tl::unexpected<Error> malformed(std::string_view what) {
  ERR_clear_error();
  return fail(ErrorCode::malformed, fmt::format("not a time stamp: {}", what));
}

// The library's own reason; the last one is what a person can act on.
tl::unexpected<Error> refused(std::string_view what) {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  auto failure = fail(ErrorCode::crypto, fmt::format("the time stamp does not hold: {}{}{}", what, reason ? ": " : "",
                                                     reason ? reason : ""));
  ERR_clear_error();
  return failure;
}

[[noreturn]] void give_up() {
  throw std::runtime_error("OpenSSL failed: time stamp request");
}

// A TimeStampReq over the imprint; with its nonce when a token must answer this very request.
Request build_request(const Digest& imprint, const ASN1_INTEGER* nonce) {
  Request request(TS_REQ_new());
  const Owned<TS_MSG_IMPRINT, TS_MSG_IMPRINT_free> message(TS_MSG_IMPRINT_new());
  const Owned<X509_ALGOR, X509_ALGOR_free> algorithm(X509_ALGOR_new());
  if (!request || !message || !algorithm) give_up();
  X509_ALGOR_set_md(algorithm.get(), EVP_sha256());
  auto copy = imprint;
  if (TS_REQ_set_version(request.get(), 1) != 1 || TS_MSG_IMPRINT_set_algo(message.get(), algorithm.get()) != 1 ||
      TS_MSG_IMPRINT_set_msg(message.get(), copy.data(), static_cast<int>(copy.size())) != 1 ||
      TS_REQ_set_msg_imprint(request.get(), message.get()) != 1 || TS_REQ_set_cert_req(request.get(), 1) != 1)
    give_up();
  if (nonce != nullptr && TS_REQ_set_nonce(request.get(), nonce) != 1) give_up();
  return request;
}

// DER of exactly these bytes.
template <class Handle, class Decode>
Handle decode_whole(ByteView der, Decode decode) {
  if (der.empty() || der.size() > largest_response) return Handle();
  const auto* at = der.data();
  Handle out(decode(nullptr, &at, static_cast<long>(der.size())));
  if (at != der.data() + der.size()) out.reset();
  return out;
}

template <class T, class Encode>
Bytes encode(T* thing, Encode to_der) {
  unsigned char* raw = nullptr;
  const int size = to_der(thing, &raw);
  if (size <= 0) give_up();
  const Bytes out(raw, raw + size);
  OPENSSL_free(raw);
  return out;
}

Result<std::vector<Certificate>> read_certificates(std::string_view pem) {
  std::vector<Certificate> out;
  const Memory memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  while (true) {
    Certificate one(PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr));
    if (!one) break;
    out.push_back(std::move(one));
  }
  ERR_clear_error();
  if (out.empty()) return fail(ErrorCode::config, "there is no certificate in it (PEM is expected)");
  return out;
}

// Trusts the roots, as of `when` (now without).
Store make_store(const TimestampRoots& roots, const std::optional<Timestamp>& when) {
  Store store(X509_STORE_new());
  const auto certificates = read_certificates(roots.pem());
  for (const auto& certificate : *certificates) X509_STORE_add_cert(store.get(), certificate.get());
  if (when)
    X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store.get()),
                               std::chrono::floor<std::chrono::seconds>(*when).time_since_epoch().count());
  return store;
}

// Version, imprint and its algorithm, the request's nonce if it has one, and the signer's certificate.
Check make_check(TS_REQ* request, Store store) {
  Check check(TS_REQ_to_TS_VERIFY_CTX(request, nullptr));
  if (!check) give_up();
  TS_VERIFY_CTX_add_flags(check.get(), TS_VFY_VERSION);
  if (store) {
    TS_VERIFY_CTX_add_flags(check.get(), TS_VFY_SIGNATURE);
    TS_VERIFY_CTX_set_store(check.get(), store.release());
  }
  return check;
}

bool are_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// GeneralizedTime as RFC 3161 wants it: yyyymmddhhmmss[.fraction]Z.
std::optional<Timestamp> read_time(const ASN1_GENERALIZEDTIME* time) {
  if (time == nullptr) return std::nullopt;
  const std::string_view text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(time)),
                              static_cast<std::size_t>(ASN1_STRING_length(time)));
  if (text.size() < 15 || text.back() != 'Z') return std::nullopt;
  if (text.size() > 15 && (text[14] != '.' || text.size() < 17)) return std::nullopt;
  if (!are_digits(text.substr(0, 14))) return std::nullopt;
  return parse_rfc3339(fmt::format("{}-{}-{}T{}:{}:{}{}", text.substr(0, 4), text.substr(4, 2), text.substr(6, 2),
                                   text.substr(8, 2), text.substr(10, 2), text.substr(12, 2), text.substr(14)));
}

std::string subject_of(const X509* certificate) {
  const auto* name = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  if (at >= 0) {
    unsigned char* raw = nullptr;
    const int size = ASN1_STRING_to_UTF8(&raw, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
    if (size > 0) {
      std::string out(reinterpret_cast<char*>(raw), static_cast<std::size_t>(size));
      OPENSSL_free(raw);
      return out;
    }
  }
  const Memory memory(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(memory.get(), name, 0, XN_FLAG_RFC2253);
  char* data = nullptr;
  const auto size = BIO_get_mem_data(memory.get(), &data);
  return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

std::string signer_of(PKCS7* token) {
  auto* signers = PKCS7_get0_signers(token, nullptr, 0);
  std::string out = signers != nullptr && sk_X509_num(signers) == 1 ? subject_of(sk_X509_value(signers, 0)) : "";
  sk_X509_free(signers);
  ERR_clear_error();
  return out;
}

Result<TimestampFacts> read_facts(PKCS7* token) {
  const Facts info(PKCS7_to_TS_TST_INFO(token));
  if (!info) return malformed("the token carries no TSTInfo");
  const auto time = read_time(TS_TST_INFO_get_time(info.get()));
  if (!time) return malformed("its time is not one");
  TimestampFacts facts{.time = *time, .authority = signer_of(token), .serial = {}};
  const auto* serial = TS_TST_INFO_get_serial(info.get());
  if (serial != nullptr)
    facts.serial = to_hex({ASN1_STRING_get0_data(serial), static_cast<std::size_t>(ASN1_STRING_length(serial))});
  return facts;
}

Result<Token> read_token(ByteView der) {
  auto token = decode_whole<Token>(der, d2i_PKCS7);
  if (!token || PKCS7_type_is_signed(token.get()) == 0) return malformed("no signed token in DER");
  return token;
}

Result<TimestampFacts> check_token(ByteView der, const Digest& imprint, const TimestampRoots* roots) {
  const auto token = read_token(der);
  if (!token) return fail(token.error());
  auto facts = read_facts(token->get());
  if (!facts) return facts;
  const auto request = build_request(imprint, nullptr);
  const auto check = make_check(request.get(), roots != nullptr ? make_store(*roots, facts->time) : Store());
  if (TS_RESP_verify_token(check.get(), token->get()) != 1) return refused("what it is over, or who signed it");
  return facts;
}

}  // namespace

Result<TimestampRoots> TimestampRoots::load(const std::filesystem::path& pem_file) {
  const auto pem = read_file(pem_file, 1U << 20);
  if (!pem) return fail(pem.error());
  auto roots = from_pem(*pem);
  if (!roots) return fail(ErrorCode::config, fmt::format("{}: {}", pem_file.string(), roots.error().message));
  return roots;
}

Result<TimestampRoots> TimestampRoots::from_pem(std::string_view pem) {
  if (const auto certificates = read_certificates(pem); !certificates) return fail(certificates.error());
  return TimestampRoots(std::string(pem));
}

TimestampRequest make_timestamp_request(const Digest& imprint) {
  auto random = random_bytes<8>();
  random[0] = static_cast<std::uint8_t>((random[0] & 0x7F) | 0x40);  // positive, and always eight bytes long
  const Integer nonce(ASN1_INTEGER_new());
  if (!nonce || ASN1_STRING_set(nonce.get(), random.data(), static_cast<int>(random.size())) != 1) give_up();
  return {imprint, encode(build_request(imprint, nonce.get()).get(), i2d_TS_REQ)};
}

Result<Bytes> accept_timestamp(ByteView response, const TimestampRequest& request, const TimestampRoots& roots) {
  const auto reply = decode_whole<Response>(response, d2i_TS_RESP);
  if (!reply) return malformed("the answer is no TimeStampResp");
  const auto status = ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(TS_RESP_get_status_info(reply.get())));
  if (status != TS_STATUS_GRANTED && status != TS_STATUS_GRANTED_WITH_MODS)
    return fail(ErrorCode::unavailable, fmt::format("the time-stamping authority refuses (status {})", status));
  auto* token = TS_RESP_get_token(reply.get());
  if (token == nullptr) return malformed("the answer grants, and carries no token");
  const auto asked = decode_whole<Request>(request.der, d2i_TS_REQ);
  if (!asked) return fail(ErrorCode::internal, "not a time stamp request");
  const auto check = make_check(asked.get(), make_store(roots, std::nullopt));
  if (TS_RESP_verify_response(check.get(), reply.get()) != 1) return refused("it does not answer what was asked");
  // What is kept must be checkable later, from itself alone.
  auto der = encode(token, i2d_PKCS7);
  if (const auto later = verify_timestamp(der, request.imprint, roots); !later) return fail(later.error());
  return der;
}

Result<TimestampFacts> verify_timestamp(ByteView token, const Digest& imprint, const TimestampRoots& roots) {
  return check_token(token, imprint, &roots);
}

Result<TimestampFacts> read_timestamp(ByteView token, const Digest& imprint) {
  return check_token(token, imprint, nullptr);
}

}  // namespace ketenpoort::ledger
