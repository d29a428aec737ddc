#include "gateway/cli/keys_command.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "adapters/http_signature.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/base/files.hpp"
#include "gateway/cli/configuration.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/ledger/checkpoint/cosignature.hpp"
#include "gateway/ledger/history/key_history.hpp"
#include "gateway/ledger/writer/key_rotation.hpp"

namespace ketenpoort::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds patience{30};
constexpr std::chrono::milliseconds poll_interval{50};
constexpr std::size_t largest_key = 64U << 10;

struct Options {
  std::string kind;
  std::string name;
  std::string out;
  std::string dir;
  std::string file;
  std::string config;
  bool prepare = false;
  bool json = false;
};

// A private key to be written, and what others may know of it.
struct NewKey {
  std::string secret;
  std::string shown;  // vkey or public PEM; empty for a master key
};

Result<NewKey> make_key(const std::string& kind, const std::string& name) {
  if (kind == "ledger") {
    const auto key = ledger::SigningKey::generate(name);
    if (!key) return fail(key.error());
    return NewKey{key->secret_text() + "\n", key->verifier().text()};
  }
  if (kind == "witness") {
    const auto key = ledger::WitnessSigner::generate(name);
    if (!key) return fail(key.error());
    return NewKey{key->secret_text() + "\n", key->key().text()};
  }
  if (kind == "outbound" || kind == "owner") {
    const auto key = adapters::SigningKey::generate();
    return NewKey{key.private_pem(), key.public_pem()};
  }
  return NewKey{to_base64(random_bytes<32>()) + "\n", {}};
}

struct Written {
  std::string kind;
  fs::path file;
  std::string shown;
};

// Never over a key that stands: what it sealed or signed would be lost.
Status check_new(const std::string& kind, const std::string& name, const fs::path& file) {
  const bool is_named = kind == "ledger" || kind == "witness";
  if (is_named && name.empty())
    return fail(ErrorCode::invalid_input,
                fmt::format("a {} key needs --name: {}", kind,
                            kind == "ledger" ? "ledger.origin of gateway.yaml"
                                             : "what the witness is called, as example.be/w1"));
  if (is_named && name.find_first_of(" +") != std::string::npos)
    return fail(ErrorCode::invalid_input,
                "--name is text without spaces and plus signs, as fedasil.example/ketenpoort");
  std::error_code ignored;
  if (fs::exists(file, ignored))
    return fail(ErrorCode::conflict, fmt::format("{} stands already and is not replaced: name another file{}",
                                                 file.string(), kind == "ledger" ? ", or `keys rotate`" : ""));
  const auto folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  if (!fs::is_directory(folder, ignored))
    return fail(ErrorCode::io,
                fmt::format("there is no folder {}: make it first, for the gateway's user alone", folder.string()));
  return {};
}

Result<Written> write_key(const std::string& kind, const std::string& name, const fs::path& file) {
  const auto key = make_key(kind, name);
  if (!key) return fail(key.error());
  if (auto written = replace_file(file, key->secret, true); !written) return fail(written.error());
  return Written{kind, file, key->shown};
}

void show(const std::vector<Written>& keys, bool json) {
  if (!json) {
    for (const auto& key : keys)
      fmt::print("{} key: {}\n{}", key.kind, key.file.string(),
                 key.shown.empty() ? "" : key.shown + (key.shown.ends_with('\n') ? "" : "\n"));
    return;
  }
  std::string out;
  formats::JsonWriter writer(out);
  writer.begin_object().key("keys").begin_array();
  for (const auto& key : keys) {
    writer.begin_object().member("kind", key.kind).member("file", key.file.string());
    if (!key.shown.empty())
      writer.member(key.kind == "outbound" || key.kind == "owner" ? "publicKey" : "vkey", key.shown);
    writer.end_object();
  }
  writer.end_array().end_object();
  fmt::print("{}\n", out);
}

int make_new(const Options& options) {
  std::vector<std::pair<std::string, fs::path>> wanted;
  if (!options.kind.empty() && !options.out.empty()) {
    wanted.emplace_back(options.kind, options.out);
  } else if (options.kind.empty() && !options.dir.empty()) {
    for (const auto* kind : {"ledger", "master", "outbound"})
      wanted.emplace_back(kind, fs::path(options.dir) / (std::string(kind) + ".key"));
  } else {
    return report({ErrorCode::invalid_input,
                   "say which key and where (KIND --out FILE), or where a gateway's three keys go (--dir DIR)"}),
           wrong_use;
  }
  // All or none: half of three keys would be in the way of the next try.
  for (const auto& [kind, file] : wanted)
    if (auto may = check_new(kind, options.name, file); !may)
      return may.error().code == ErrorCode::invalid_input ? report_wrong_use(may.error().message) : report(may.error());
  std::vector<Written> keys;
  for (const auto& [kind, file] : wanted) {
    auto written = write_key(kind, options.name, file);
    if (!written) return report(written.error());
    keys.push_back(std::move(*written));
  }
  show(keys, options.json);
  return done;
}

// The process that holds the state folder; none when the gateway is stopped.
std::optional<pid_t> find_gateway(const fs::path& state) {
  const auto file = state / "lock";
  const int lock = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (lock < 0) return std::nullopt;
  const bool held = ::flock(lock, LOCK_SH | LOCK_NB) != 0;
  ::close(lock);
  if (!held) return std::nullopt;
  const auto text = read_file(file, 64).value_or("");
  pid_t pid = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), pid).ec != std::errc{} || pid <= 1) return std::nullopt;
  return pid;
}

bool wait_until_in_use(const fs::path& file, const ledger::SigningKey& key, std::string_view origin) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < deadline) {
    const auto in_use = ledger::load_signing_key(file, origin);
    if (in_use && in_use->verifier().text() == key.verifier().text()) return true;
    std::this_thread::sleep_for(poll_interval);
  }
  return false;
}

void say_rotation(const Options& options, std::string_view state, const std::string& old_vkey,
                  const std::string& new_vkey, std::string_view sentence) {
  if (!options.json) {
    fmt::print("{}\nold key: {}\nnew key: {}\n", sentence, old_vkey, new_vkey);
    return;
  }
  std::string out;
  formats::JsonWriter(out)
      .begin_object()
      .member("state", state)
      .member("oldVkey", old_vkey)
      .member("newVkey", new_vkey)
      .end_object();
  fmt::print("{}\n", out);
}

int rotate(const Options& options) {
  const auto configuration = load_configuration(options.config);
  if (!configuration) return report(configuration.error());
  const auto& settings = configuration->settings;
  const auto& file = settings.ledger.signing_key;
  const auto old_key = ledger::load_signing_key(file, settings.ledger.origin);
  if (!old_key) return report(old_key.error());
  const auto old_vkey = old_key->verifier().text();
  const auto key = options.prepare ? ledger::prepare_rotation(file, settings.ledger.origin)
                                   : ledger::order_rotation(file, settings.ledger.origin);
  if (!key) return report(key.error());
  const auto new_vkey = key->verifier().text();
  if (options.prepare) {
    say_rotation(
        options, "PREPARED", old_vkey, new_vkey,
        "The next key is ready. Give it to the witnesses, then run `ketenpoort keys rotate` without --prepare.");
    return done;
  }
  const auto gateway = find_gateway(settings.state);
  if (!gateway) {
    say_rotation(options, "ORDERED", old_vkey, new_vkey, "The gateway is stopped: it rotates when it starts.");
    return done;
  }
  if (::kill(*gateway, SIGHUP) != 0)
    return report(io_error("cannot signal the gateway that holds", settings.state, errno));
  if (!wait_until_in_use(file, *key, settings.ledger.origin))
    return report({ErrorCode::unavailable,
                   "the gateway has not rotated within 30 seconds: its log says why. The order "
                   "stands, it tries again at its next start or SIGHUP"});
  say_rotation(options, "ROTATED", old_vkey, new_vkey, "The ledger is signed by the new key from here on.");
  return done;
}

// Any private key file of ours, or the public text in it.
Result<Written> read_public(const fs::path& file) {
  const auto text = read_file(file, largest_key);
  if (!text) return fail(text.error());
  if (const auto key = ledger::SigningKey::parse(*text)) return Written{"ledger", file, key->verifier().text()};
  if (const auto key = ledger::WitnessSigner::parse(*text)) return Written{"witness", file, key->key().text()};
  if (const auto key = adapters::SigningKey::from_pem(*text)) return Written{"outbound", file, key->public_pem()};
  return fail(ErrorCode::malformed,
              fmt::format("{} is no signing key of ours (a master key has nothing to show)", file.string()));
}

Result<ledger::KeyHistory> read_history(const fs::path& ledger_folder) {
  const auto note = read_file(ledger_folder / "checkpoint", largest_key);
  if (!note) return fail(note.error());
  const auto parts = ledger::split_note(*note);
  if (!parts) return fail(parts.error());
  const auto checkpoint = ledger::parse_checkpoint(parts->text);
  if (!checkpoint) return fail(checkpoint.error());
  auto keys = ledger::read_key_history(ledger_folder, checkpoint->size);
  if (!keys) return keys;
  if (const auto opened = ledger::open_checkpoint(*note, *keys); !opened) return fail(opened.error());
  return keys;
}

int show_history(const Options& options) {
  const auto configuration = load_configuration(options.config);
  if (!configuration) return report(configuration.error());
  const auto keys = read_history(configuration->settings.state / "ledger");
  if (!keys) return report(keys.error());
  if (!options.json) {
    for (const auto& period : keys->periods())
      fmt::print("checkpoints from size {}: {}\n", period.from_size, period.key.text());
    return done;
  }
  std::string out;
  formats::JsonWriter writer(out);
  writer.begin_object().member("vkey", keys->current().text()).key("keys").begin_array();
  for (const auto& period : keys->periods())
    writer.begin_object().member("fromSize", period.from_size).member("vkey", period.key.text()).end_object();
  writer.end_array().end_object();
  fmt::print("{}\n", out);
  return done;
}

int show_any(const Options& options) {
  if (options.file.empty() == options.config.empty())
    return report({ErrorCode::invalid_input, "say whose keys: a key FILE, or --config gateway.yaml"}), wrong_use;
  if (!options.config.empty()) return show_history(options);
  const auto key = read_public(options.file);
  if (!key) return report(key.error());
  show({*key}, options.json);
  return done;
}

}  // namespace

void add_keys(CLI::App& app, Action& chosen) {
  auto* keys = app.add_subcommand("keys", "make, rotate and show keys");
  keys->require_subcommand(1);
  keys->footer(
      "Examples:\n"
      "  ketenpoort keys new --dir /etc/ketenpoort/keys --name fedasil.example/ketenpoort\n"
      "  ketenpoort keys show --config /etc/ketenpoort/gateway.yaml");
  const auto options = std::make_shared<Options>();
  const auto add_json = [&](CLI::App& command) {
    command.add_flag("--json", options->json, "one JSON document on stdout");
  };

  auto* make =
      keys->add_subcommand("new", "make private keys, readable by their owner only; what others may know is shown");
  make->add_option("KIND", options->kind, "ledger, witness, master, outbound or owner (of policy files)")
      ->check(CLI::IsMember({"ledger", "witness", "master", "outbound", "owner"}));
  make->add_option("--name", options->name, "of a ledger key: the log's origin; of a witness key: the witness's name");
  auto* out = make->add_option("--out", options->out, "file to write; one that stands is never replaced");
  make->add_option("--dir", options->dir, "folder for a gateway's ledger.key, master.key and outbound.key")
      ->excludes(out);
  add_json(*make);
  make->footer(
      "Examples:\n  ketenpoort keys new --dir /etc/ketenpoort/keys --name fedasil.example/ketenpoort\n"
      "  ketenpoort keys new witness --name vdab.example/witness --out witness.key");
  make->callback([&chosen, options] { chosen = [options] { return make_new(*options); }; });

  auto* turn =
      keys->add_subcommand("rotate", "replace the key that signs the ledger; a running gateway does it at once");
  turn->add_option("--config", options->config, "gateway.yaml")->required();
  turn->add_flag("--prepare", options->prepare, "only make the next key, so that witnesses can be told");
  add_json(*turn);
  turn->footer("Example:\n  ketenpoort keys rotate --config /etc/ketenpoort/gateway.yaml --prepare");
  turn->callback([&chosen, options] { chosen = [options] { return rotate(*options); }; });

  auto* look = keys->add_subcommand("show", "the public side of a key file, or every key the ledger was signed with");
  look->add_option("FILE", options->file, "a private key file");
  look->add_option("--config", options->config, "gateway.yaml: the keys of its ledger");
  add_json(*look);
  look->footer(
      "Examples:\n  ketenpoort keys show witness.key\n  ketenpoort keys show --config /etc/ketenpoort/gateway.yaml");
  look->callback([&chosen, options] { chosen = [options] { return show_any(*options); }; });
}

}  // namespace ketenpoort::cli
