#include <gmock/gmock.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>
#include <string>

#include "gateway/base/bytes.hpp"
#include "gateway/base/files.hpp"
#include "tests/unit/config/load_fixture.hpp"

namespace ketenpoort::config {
namespace {

namespace fs = std::filesystem;

using ketenpoort::test::replace_in_file;
using ketenpoort::test::write_file;
using test::Load;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::EndsWith;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::SizeIs;

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

Key new_key() {
  return {EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), &EVP_PKEY_free};
}

void write_public(const fs::path& file, EVP_PKEY* key) {
  std::unique_ptr<FILE, decltype(&fclose)> out(fopen(file.c_str(), "w"), &fclose);
  ASSERT_EQ(PEM_write_PUBKEY(out.get(), key), 1);
}

std::string sign(EVP_PKEY* key, std::string_view text) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  Bytes signature(64);
  std::size_t size = signature.size();
  EXPECT_EQ(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key), 1);
  EXPECT_EQ(EVP_DigestSign(context.get(), signature.data(), &size, as_bytes(text).data(), text.size()), 1);
  return to_base64(signature);
}

class SignedPolicy : public Load {
 protected:
  SignedPolicy() {
    replace_in_file(gateway(), "environment: test", "environment: production");
    for (const auto* name : {"vdab", "agii", "amal-gent", "atlas-antwerpen", "municipality", "vdab-back", "agii-back",
                             "municipality-back"})
      replace_in_file(folder() / "config/agreements" / (std::string{name} + ".yaml"), "sample: true\n", "");
    write_public(folder() / "config/keys/policy-owner-dpo.pem", owner_.get());
  }
  void sign_all(EVP_PKEY* key) {
    for (const auto& entry : fs::recursive_directory_iterator(folder() / "config")) {
      if (entry.path().extension() != ".yaml") continue;
      write_file(entry.path().string() + ".sig", "dpo " + sign(key, read_file(entry.path()).value()) + "\n");
    }
  }
  Key owner_ = new_key();
};

TEST_F(SignedPolicy, loads_with_the_signature_of_an_owner) {
  sign_all(owner_.get());
  EXPECT_TRUE(load(gateway()));
}

TEST_F(SignedPolicy, is_refused_file_by_file_without_one) {
  const auto found = problems();
  EXPECT_THAT(found,
              SizeIs(15));  // categories, purposes, retention, 3 rules, 8 agreements, 1 notice, and activities is none
  EXPECT_THAT(found, Contains(AllOf(Field(&Issue::where, EndsWith("purposes.yaml:1:1")),
                                    Field(&Issue::detail, HasSubstr("no policy owner signed")))));
}

TEST_F(SignedPolicy, is_refused_when_signed_by_somebody_else) {
  sign_all(new_key().get());
  EXPECT_THAT(problems(), Contains(Field(&Issue::detail, HasSubstr("signed again"))));
}

TEST_F(SignedPolicy, is_refused_when_changed_afterwards) {
  sign_all(owner_.get());
  const auto issue = problem_after("purposes.yaml", "minors: refused", "minors: allowed");
  EXPECT_THAT(issue.where, HasSubstr("purposes.yaml"));
}

TEST_F(SignedPolicy, no_sample_agreement_grounds_anything) {
  replace_in_file(folder() / "config/agreements/vdab.yaml", "type: art20", "sample: true\ntype: art20");
  sign_all(owner_.get());
  EXPECT_THAT(problems(), Contains(Field(&Issue::detail, HasSubstr("sample agreement"))));
}

}  // namespace
}  // namespace ketenpoort::config
