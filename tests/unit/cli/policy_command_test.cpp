#include "gateway/cli/policy_command.hpp"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <fstream>

#include "adapters/http_signature.hpp"
#include "gateway/base/files.hpp"
#include "gateway/config/owners.hpp"
#include "tests/support/scratch_folder.hpp"

namespace ketenpoort::cli {
namespace {

TEST(PutSignature, adds_one_line_for_an_owner_and_leaves_the_others) {
  EXPECT_EQ(put_signature("", "dpo", "A=="), "dpo A==\n");
  EXPECT_EQ(put_signature("legal B==\n", "dpo", "A=="), "legal B==\ndpo A==\n");
  EXPECT_EQ(put_signature("dpo OLD=\nlegal B==\n", "dpo", "A=="), "legal B==\ndpo A==\n");
}

class PolicySign : public testing::Test {
 protected:
  void write(const std::string& name, std::string_view text) const {
    std::ofstream(folder_.path() / name, std::ios::binary) << text;
  }
  [[nodiscard]] std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
  // An owner whose public key the gateway knows.
  void know(const std::string& owner) {
    const auto key = adapters::SigningKey::generate();
    write(owner + ".key", key.private_pem());
    write(owner + ".pem", key.public_pem());
    known_[owner] = path(owner + ".pem");
  }
  int run(std::vector<std::string> arguments) const {
    CLI::App app("test", "ketenpoort");
    Action chosen;
    add_policy(app, chosen);
    std::reverse(arguments.begin(), arguments.end());
    app.parse(arguments);
    return chosen();
  }
  int sign(const std::string& file, const std::string& owner) const {
    return run({"policy", "sign", path(file), "--owner", owner, "--key", path(owner + ".key"), "--json"});
  }
  [[nodiscard]] Result<std::string> signer(const std::string& file) const {
    return config::verify_owner(path(file), *read_file(path(file)), known_);
  }

  ketenpoort::test::ScratchFolder folder_;
  std::map<std::string, std::filesystem::path> known_;
};

TEST_F(PolicySign, makes_what_the_gateway_takes_until_the_file_changes) {
  know("dpo");
  write("purposes.yaml", "purposes: []\n");
  EXPECT_FALSE(signer("purposes.yaml"));
  EXPECT_EQ(sign("purposes.yaml", "dpo"), done);
  EXPECT_EQ(signer("purposes.yaml"), "dpo");
  write("purposes.yaml", "purposes: [ ]\n");
  EXPECT_FALSE(signer("purposes.yaml"));
  EXPECT_EQ(sign("purposes.yaml", "dpo"), done);
  EXPECT_EQ(signer("purposes.yaml"), "dpo");
}

TEST_F(PolicySign, of_two_owners_either_is_enough) {
  know("dpo");
  know("legal");
  write("purposes.yaml", "purposes: []\n");
  EXPECT_EQ(sign("purposes.yaml", "dpo"), done);
  EXPECT_EQ(sign("purposes.yaml", "legal"), done);
  EXPECT_EQ(signer("purposes.yaml"), "dpo");
  known_.erase("dpo");
  EXPECT_EQ(signer("purposes.yaml"), "legal");
}

TEST_F(PolicySign, puts_no_name_to_what_cannot_be_read) {
  know("dpo");
  write("purposes.yaml", "purposes: [\n");
  EXPECT_NE(sign("purposes.yaml", "dpo"), done);
  EXPECT_FALSE(std::filesystem::exists(path("purposes.yaml.sig")));
}

TEST_F(PolicySign, refuses_a_key_that_is_none_and_an_owner_of_two_words) {
  know("dpo");
  write("purposes.yaml", "purposes: []\n");
  EXPECT_EQ(run({"policy", "sign", path("purposes.yaml"), "--owner", "the dpo", "--key", path("dpo.key")}), wrong_use);
  EXPECT_NE(run({"policy", "sign", path("purposes.yaml"), "--owner", "dpo", "--key", path("dpo.pem")}), done);
  EXPECT_FALSE(std::filesystem::exists(path("purposes.yaml.sig")));
}

}  // namespace
}  // namespace ketenpoort::cli
