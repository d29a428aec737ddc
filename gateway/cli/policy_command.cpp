#include "gateway/cli/policy_command.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <sstream>
#include <vector>

#include "adapters/http_signature.hpp"
#include "gateway/base/bytes.hpp"
#include "gateway/base/files.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/formats/yaml.hpp"

namespace ketenpoort::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_key = 64U << 10;
constexpr std::size_t largest_file = std::size_t{1} << 20;

struct Options {
  std::vector<std::string> files;
  std::string owner;
  std::string key;
  bool json = false;
};

Result<adapters::SigningKey> read_key(const fs::path& file) {
  const auto pem = read_file(file, largest_key);
  if (!pem) return fail(pem.error());
  auto key = adapters::SigningKey::from_pem(*pem);
  if (!key)
    return fail(ErrorCode::config, fmt::format("{} holds no Ed25519 private key in PEM form: make one with `ketenpoort "
                                               "keys new owner --out FILE`",
                                               file.string()));
  return key;
}

// What is signed is what the gateway can read: nobody should put a name to a file that is refused anyway.
Result<fs::path> sign_file(const fs::path& file, const std::string& owner, const adapters::SigningKey& key) {
  const auto content = read_file(file, largest_file);
  if (!content) return fail(content.error());
  if (auto parsed = formats::parse_yaml(*content); !parsed) {
    auto error = parsed.error();
    for (auto& issue : error.issues) issue.where = file.string() + ':' + issue.where;
    return fail(error.code, fmt::format("{} is not signed: {}", file.string(), error.message), std::move(error.issues));
  }
  fs::path signatures = file;
  signatures += ".sig";
  std::error_code ignored;
  const auto before = fs::exists(signatures, ignored) ? read_file(signatures, largest_key) : Result<std::string>("");
  if (!before) return fail(before.error());
  const auto lines = put_signature(*before, owner, to_base64(as_bytes(key.sign(*content))));
  if (auto written = replace_file(signatures, lines); !written) return fail(written.error());
  return signatures;
}

int sign(const Options& options) {
  if (options.owner.empty() || options.owner.find_first_of(" \t\n") != std::string::npos)
    return report({ErrorCode::invalid_input, "--owner is a name of policyOwners in gateway.yaml: one word"}), wrong_use;
  const auto key = read_key(options.key);
  if (!key) return report(key.error());
  std::string out;
  formats::JsonWriter writer(out);
  writer.begin_object().key("signed").begin_array();
  for (const auto& file : options.files) {
    const auto signatures = sign_file(file, options.owner, *key);
    if (!signatures) return report(signatures.error());
    writer.begin_object().member("file", file).member("signatures", signatures->string()).end_object();
    if (!options.json) fmt::print("{} signed by {}: {}\n", file, options.owner, signatures->string());
  }
  writer.end_array().end_object();
  if (options.json) fmt::print("{}\n", out);
  return done;
}

}  // namespace

std::string put_signature(std::string_view lines, std::string_view owner, std::string_view signature) {
  std::string out;
  std::istringstream stream{std::string(lines)};
  for (std::string name, text; stream >> name >> text;)
    if (name != owner) out += fmt::format("{} {}\n", name, text);
  return out + fmt::format("{} {}\n", owner, signature);
}

void add_policy(CLI::App& app, Action& chosen) {
  auto* policy = app.add_subcommand("policy", "sign policy files: outside environment test no other ones count");
  policy->require_subcommand(1);
  policy->footer(
      "Example:\n"
      "  ketenpoort policy sign config/agreements/vdab.yaml --owner dpo --key policy-owner-dpo.key");
  const auto options = std::make_shared<Options>();
  auto* command = policy->add_subcommand("sign", "put a policy owner's signature into FILE.sig beside each FILE");
  command
      ->add_option("FILE", options->files, "agreements, purposes.yaml, categories.yaml, rules, notices, retention.yaml")
      ->required();
  command->add_option("--owner", options->owner, "the owner's name in policyOwners of gateway.yaml")->required();
  command->add_option("--key", options->key, "the owner's private key (PEM, Ed25519); kept off the gateway")
      ->required();
  command->add_flag("--json", options->json, "one JSON document on stdout");
  command->footer(
      "Read the file first: with the signature you answer for it. A file that changes is signed again.\n"
      "Examples:\n  ketenpoort keys new owner --out policy-owner-dpo.key > policy-owner-dpo.pem\n"
      "  ketenpoort policy sign config/agreements/*.yaml --owner dpo --key policy-owner-dpo.key\n"
      "  ketenpoort check --config config/gateway.yaml");
  command->callback([&chosen, options] { chosen = [options] { return sign(*options); }; });
}

}  // namespace ketenpoort::cli
