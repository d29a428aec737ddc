// A time-stamping authority of its own (RFC 3161), made of OpenSSL's responder: an authority's certificate, one for
// time-stamping under it, and answers to requests. Validities are given, so that they can have passed.
#pragma once

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/ts.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "gateway/base/bytes.hpp"

namespace ketenpoort::ledger::test {

class TimeStamping {
 public:
  struct Wishes {
    std::chrono::hours ca_from{-24};
    std::chrono::hours ca_until{24};
    std::optional<std::int64_t> seconds_since_epoch = std::nullopt;  // what its clock says; none: now
  };

  TimeStamping() : TimeStamping(Wishes{}) {}
  explicit TimeStamping(Wishes wishes) : wishes_(wishes) {
    ca_key_.reset(EVP_EC_gen("P-256"));
    key_.reset(EVP_EC_gen("P-256"));
    ca_ = issue("Test Root", ca_key_.get(), nullptr, ca_key_.get());
    certificate_ = issue("Test TSA", key_.get(), ca_.get(), ca_key_.get());
  }

  [[nodiscard]] std::string roots() const {
    const std::unique_ptr<BIO, decltype(&BIO_free_all)> memory(BIO_new(BIO_s_mem()), &BIO_free_all);
    PEM_write_bio_X509(memory.get(), ca_.get());
    char* data = nullptr;
    const auto size = BIO_get_mem_data(memory.get(), &data);
    return {data, static_cast<std::size_t>(size)};
  }

  // A TimeStampResp in DER.
  [[nodiscard]] Bytes answer(ByteView request) const {
    const std::unique_ptr<TS_RESP_CTX, decltype(&TS_RESP_CTX_free)> context(TS_RESP_CTX_new(), &TS_RESP_CTX_free);
    const std::unique_ptr<ASN1_OBJECT, decltype(&ASN1_OBJECT_free)> policy(OBJ_txt2obj("1.2.3.4.1", 1),
                                                                           &ASN1_OBJECT_free);
    TS_RESP_CTX_set_serial_cb(context.get(), next_serial, nullptr);
    TS_RESP_CTX_set_time_cb(context.get(), tell_time, const_cast<Wishes*>(&wishes_));
    TS_RESP_CTX_set_signer_cert(context.get(), certificate_.get());
    TS_RESP_CTX_set_signer_key(context.get(), key_.get());
    TS_RESP_CTX_set_signer_digest(context.get(), EVP_sha256());
    TS_RESP_CTX_set_ess_cert_id_digest(context.get(), EVP_sha256());
    TS_RESP_CTX_set_def_policy(context.get(), policy.get());
    TS_RESP_CTX_add_md(context.get(), EVP_sha256());
    BIO* in = BIO_new_mem_buf(request.data(), static_cast<int>(request.size()));
    const std::unique_ptr<TS_RESP, decltype(&TS_RESP_free)> response(TS_RESP_create_response(context.get(), in),
                                                                     &TS_RESP_free);
    BIO_free(in);
    if (!response) throw std::runtime_error("the test's time-stamping authority made no answer");
    unsigned char* raw = nullptr;
    const int size = i2d_TS_RESP(response.get(), &raw);
    Bytes out(raw, raw + size);
    OPENSSL_free(raw);
    return out;
  }

 private:
  using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
  using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

  static ASN1_INTEGER* next_serial(TS_RESP_CTX*, void*) {
    auto* serial = ASN1_INTEGER_new();
    ASN1_INTEGER_set(serial, 4711);
    return serial;
  }
  static int tell_time(TS_RESP_CTX*, void* wishes, long* seconds, long* microseconds) {
    const auto& told = static_cast<const Wishes*>(wishes)->seconds_since_epoch;
    *seconds = told ? *told : std::time(nullptr);
    *microseconds = 0;
    return 1;
  }

  static void extend(X509* certificate, int nid, const char* value) {
    auto* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }

  [[nodiscard]] Certificate issue(const char* name, EVP_PKEY* key, X509* issuer, EVP_PKEY* issuer_key) const {
    Certificate out(X509_new(), &X509_free);
    X509_set_version(out.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(out.get()), issuer == nullptr ? 1 : 2);
    X509_gmtime_adj(X509_getm_notBefore(out.get()), std::chrono::seconds(wishes_.ca_from).count());
    X509_gmtime_adj(X509_getm_notAfter(out.get()), std::chrono::seconds(wishes_.ca_until).count());
    X509_set_pubkey(out.get(), key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(out.get()), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
    X509_set_issuer_name(out.get(), X509_get_subject_name(issuer == nullptr ? out.get() : issuer));
    if (issuer == nullptr) {
      extend(out.get(), NID_basic_constraints, "critical,CA:TRUE");
    } else {
      extend(out.get(), NID_ext_key_usage, "critical,timeStamping");
    }
    if (X509_sign(out.get(), issuer_key, EVP_sha256()) == 0) throw std::runtime_error("cannot sign a certificate");
    return out;
  }

  Wishes wishes_;
  Key ca_key_{nullptr, &EVP_PKEY_free};
  Key key_{nullptr, &EVP_PKEY_free};
  Certificate ca_{nullptr, &X509_free};
  Certificate certificate_{nullptr, &X509_free};
};

}  // namespace ketenpoort::ledger::test
