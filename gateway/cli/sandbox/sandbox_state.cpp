#include "gateway/cli/sandbox/sandbox_state.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "adapters/http_signature.hpp"
#include "gateway/api/access/jwt.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/base/files.hpp"
#include "gateway/cli/sandbox/sandbox_tokens.hpp"
#include "gateway/cli/shipped.hpp"
#include "gateway/config/load.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/ledger/checkpoint/note.hpp"
#include "gateway/net/certificates.hpp"

namespace ketenpoort::cli {
namespace {

namespace fs = std::filesystem;

constexpr int certificate_days = 365;
constexpr std::chrono::days token_life{30};
constexpr std::chrono::days token_renewal{29};
constexpr std::string_view issuer = "https://idp.sandbox.example";
constexpr std::string_view audience = "ketenpoort";
constexpr std::string_view ledger_origin = "sandbox.example/ketenpoort";
constexpr std::string_view fedasil_kbo = "0860737913";

// Which messages a partner gets for which purpose; the rest of its file is the same for all.
struct PartnerMessages {
  std::string_view partner;
  std::string_view yaml;
  std::string_view outcomes;
};
constexpr std::array partner_messages = {
    PartnerMessages{
        "vdab",
        "  work-guidance:\n"
        "    - { message: vdab-profile, mapping: resident-to-vdab-profile, needsSsin: false }\n"
        "    - { message: vdab-referral, mapping: resident-to-vdab-referral, needsSsin: true, channel: magda "
        "}\n",
        "[report-to-outcome, vdab-dossier-to-outcome, vdab-reply-to-outcome, ksz-status-to-outcome]"},
    PartnerMessages{
        "agii",
        "  language-course:\n"
        "    - { message: agii-dossier, mapping: resident-to-agii-dossier, needsSsin: true }\n"
        "    - { message: agii-referral, mapping: resident-to-agii-referral, needsSsin: true, channel: magda "
        "}\n"
        "  civic-integration:\n"
        "    - { message: agii-dossier, mapping: resident-to-agii-dossier, needsSsin: true }\n"
        "    - { message: agii-referral, mapping: resident-to-agii-referral, needsSsin: true, channel: magda "
        "}\n",
        "[kbi-follow-up-to-outcome, kbi-dossier-to-outcome, kbi-reply-to-outcome]"},
    PartnerMessages{
        "municipality",
        "  warm-handover:\n"
        "    - { message: municipality-profile, mapping: resident-to-municipality-profile, needsSsin: false }\n",
        "[report-to-outcome]"},
};

// Without the lines of the messages named.
std::string messages_yaml(std::string_view partner, const std::vector<std::string>& without) {
  std::string_view yaml = std::ranges::find(partner_messages, partner, &PartnerMessages::partner)->yaml;
  std::string kept;
  while (!yaml.empty()) {
    const auto line = yaml.substr(0, yaml.find('\n') + 1);
    if (std::ranges::none_of(without,
                             [&](const auto& name) { return line.find("message: " + name + ",") != line.npos; }))
      kept += line;
    yaml.remove_prefix(line.size());
  }
  return kept;
}

// A YAML scalar for any text: JSON's strings are YAML's.
std::string yaml_text(std::string_view text) {
  std::string out = "\"";
  formats::append_escaped(out, text);
  return out + "\"";
}

// Holds a free port until all are chosen, so that no two are the same. The sandbox keeps its ports from one start to
// the next: they lie below those that the system gives to outgoing connections, of which one would be in the way by
// then.
class FreePort {
 public:
  static Result<FreePort> take() {
    constexpr std::uint16_t first = 20000, count = 12768;  // Linux gives away 32768 to 60999
    constexpr int attempts = 100;
    for (int i = 0; i < attempts; ++i) {
      const auto random = random_bytes<2>();
      FreePort free;
      if (free.bind(static_cast<std::uint16_t>(first + (random[0] << 8 | random[1]) % count))) return free;
    }
    FreePort free;
    if (!free.bind(0)) return fail(io_error("cannot find a free port on", "127.0.0.1", errno));
    return free;
  }
  FreePort(FreePort&& other) noexcept : socket_(std::exchange(other.socket_, -1)), port_(other.port_) {}
  FreePort& operator=(FreePort&&) = delete;
  ~FreePort() {
    if (socket_ >= 0) ::close(socket_);
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  FreePort() = default;

  // 0: one of the system's choice.
  bool bind(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket_ < 0 || ::bind(socket_, generic, size) != 0 || ::getsockname(socket_, generic, &size) != 0) return false;
    port_ = ntohs(address.sin_port);
    return true;
  }

  int socket_ = -1;
  std::uint16_t port_ = 0;
};

Status make_folders(const fs::path& state) {
  for (const auto* name : {"", "clients", "partners", "keys", "data", "logs", "received"}) {
    std::error_code error;
    fs::create_directories(state / name, error);
    if (error) return fail(io_error("cannot make", state / name, error.value()));
  }
  // Keys and test messages are nobody else's.
  std::error_code error;
  fs::permissions(state, fs::perms::owner_all, error);
  if (error) return fail(io_error("cannot protect", state, error.value()));
  return {};
}

Status write_pair(const fs::path& certificate, const fs::path& key, const Result<net::KeyedCertificate>& made) {
  if (!made) return fail(made.error());
  if (auto written = replace_file(certificate, made->certificate); !written) return written;
  return replace_file(key, made->private_key, true);
}

Result<net::KeyedCertificate> read_pair(const fs::path& certificate, const fs::path& key) {
  auto certificate_pem = read_file(certificate);
  if (!certificate_pem) return fail(std::move(certificate_pem.error()));
  auto key_pem = read_file(key);
  if (!key_pem) return fail(std::move(key_pem.error()));
  return net::KeyedCertificate{std::move(*certificate_pem), std::move(*key_pem)};
}

bool is_older_than(const fs::path& file, std::chrono::days age) {
  std::error_code error;
  const auto written = fs::last_write_time(file, error);
  return error || fs::file_time_type::clock::now() - written > age;
}

std::optional<std::uint16_t> port_in(const formats::JsonView& json) {
  const auto value = json.as_int();
  if (!value || *value < 1 || *value > 65535) return std::nullopt;
  return static_cast<std::uint16_t>(*value);
}

}  // namespace

const std::vector<SandboxClient>& sandbox_clients() {
  static const std::vector<SandboxClient> clients = {
      {"fedasil", fedasil_kbo, "records, consents, transfers", "", true},
      {"vdab", "0887010362", "partner", "vdab", true},
      {"agii", "0543307391", "partner", "agii", true},
      {"municipality", "0999999922", "partner", "municipality", true},
      {"dpo", fedasil_kbo, "audit, ledger", "", false},
      {"rights", fedasil_kbo, "rights", "", false},
      {"rights-second", fedasil_kbo, "rights", "", false},  // approves what the first one proposes
      {"operator", fedasil_kbo, "operator", "", false},
  };
  return clients;
}

const std::vector<std::string_view>& sandbox_partners() {
  static const std::vector<std::string_view> partners = {"vdab", "agii", "municipality"};
  return partners;
}

const std::vector<std::string_view>& sandbox_simulators() {
  static const std::vector<std::string_view> simulators = {"vdab", "agii", "municipality", "fedasil"};
  return simulators;
}

Result<SandboxState> SandboxState::prepare(const SandboxWishes& wishes) {
  if (fs::exists(wishes.state / "gateway.yaml") && !fs::exists(wishes.state / "setup.json"))
    return fail(ErrorCode::conflict,
                fmt::format("{} holds a gateway.yaml that no sandbox made, and it would be written "
                            "over: take another --state",
                            wishes.state.string()));
  if (auto made = make_folders(wishes.state); !made) return fail(std::move(made.error()));
  const auto lock_file = wishes.state / ".lock";
  const int lock = ::open(lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) return fail(io_error("cannot open", lock_file, errno));
  SandboxState state(fs::canonical(wishes.state), lock);
  state.concurrency_ = wishes.concurrency;
  state.one_file_ = wishes.one_file;
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0)
    return fail(ErrorCode::conflict,
                fmt::format("another sandbox uses {}: end it, or take another --state", wishes.state.string()));
  if (auto done = state.choose_ports(wishes); !done) return fail(std::move(done.error()));
  if (auto done = state.make_certificates(); !done) return fail(std::move(done.error()));
  if (auto done = state.make_keys(); !done) return fail(std::move(done.error()));
  if (auto done = state.make_tokens(); !done) return fail(std::move(done.error()));
  if (auto done = state.write_configuration(wishes); !done) return fail(std::move(done.error()));
  return state;
}

SandboxState::SandboxState(SandboxState&& other) noexcept
    : folder_(std::move(other.folder_)),
      lock_(std::exchange(other.lock_, -1)),
      ports_(std::move(other.ports_)),
      now_(std::move(other.now_)),
      concurrency_(other.concurrency_),
      one_file_(other.one_file_) {}

SandboxState::~SandboxState() {
  if (lock_ >= 0) ::close(lock_);
}

std::string SandboxState::gateway_url() const {
  return fmt::format("https://127.0.0.1:{}", ports_.gateway);
}

std::string SandboxState::partner_url(std::string_view partner) const {
  return fmt::format("https://127.0.0.1:{}", ports_.partners.find(partner)->second);
}

std::string SandboxState::token_server_url() const {
  return fmt::format("https://127.0.0.1:{}", ports_.token_server);
}

fs::path SandboxState::log(std::string_view process) const {
  return folder_ / "logs" / fmt::format("{}.log", process);
}

fs::path SandboxState::received(std::string_view partner) const {
  return folder_ / "received" / partner;
}

// Ports are chosen once and written down: a check that restarts the sandbox, or the gateway alone, finds everything
// where it was.
Status SandboxState::choose_ports(const SandboxWishes& wishes) {
  const auto file = folder_ / "setup.json";
  if (fs::exists(file)) {
    const auto text = read_file(file);
    if (!text) return fail(text.error());
    const auto json = formats::parse_json(*text);
    if (!json)
      return fail(ErrorCode::malformed, fmt::format("{} is not readable: take another --state", file.string()));
    ports_.gateway = port_in(json->root().find("port")).value_or(0);
    ports_.metrics = port_in(json->root().find("metrics")).value_or(0);
    ports_.token_server = port_in(json->root().find("tokenServer")).value_or(0);
    for (const auto partner : sandbox_simulators())
      ports_.partners[std::string(partner)] = port_in(json->root().find("partners").find(partner)).value_or(0);
    if (const auto now = json->root().find("now").as_string()) now_ = *now;
  }
  if (wishes.port) ports_.gateway = *wishes.port;
  if (wishes.now) now_ = wishes.now;

  std::vector<FreePort> held;
  const auto fill = [&held](std::uint16_t& port) -> Status {
    if (port != 0) return {};
    auto free = FreePort::take();
    if (!free) return fail(std::move(free.error()));
    port = held.emplace_back(std::move(*free)).port();
    return {};
  };
  if (auto filled = fill(ports_.gateway); !filled) return filled;
  if (auto filled = fill(ports_.metrics); !filled) return filled;
  if (auto filled = fill(ports_.token_server); !filled) return filled;
  for (const auto partner : sandbox_simulators())
    if (auto filled = fill(ports_.partners[std::string(partner)]); !filled) return filled;

  std::string text;
  formats::JsonWriter json(text);
  json.begin_object().member("port", ports_.gateway).member("metrics", ports_.metrics);
  json.member("tokenServer", ports_.token_server).key("partners").begin_object();
  for (const auto& [partner, port] : ports_.partners) json.member(partner, port);
  json.end_object().member("now", now_).end_object();
  return replace_file(file, text + "\n");
}

Status SandboxState::make_certificates() const {
  const auto authority_certificate = folder_ / "ca.pem";
  const auto authority_key = folder_ / "keys" / "ca.key";
  if (!fs::exists(authority_key)) {
    auto made =
        write_pair(authority_certificate, authority_key, net::make_authority("Ketenpoort sandbox", certificate_days));
    if (!made) return made;
  }
  const auto authority = read_pair(authority_certificate, authority_key);
  if (!authority) return fail(authority.error());

  const auto server = [&](std::string_view name) -> Status {
    const auto certificate = folder_ / "keys" / fmt::format("{}-server.pem", name);
    const auto key = folder_ / "keys" / fmt::format("{}-server.key", name);
    if (fs::exists(key)) return {};
    return write_pair(certificate, key, net::issue_server(*authority, {"localhost", "127.0.0.1"}, certificate_days));
  };
  const auto client = [&](std::string_view name) -> Status {
    const auto key = folder_ / "clients" / fmt::format("{}.key", name);
    if (fs::exists(key)) return {};
    return write_pair(folder_ / "clients" / fmt::format("{}.pem", name), key,
                      net::issue_client(*authority, fmt::format("{}.sandbox.example", name), certificate_days));
  };
  if (auto made = server("gateway"); !made) return made;
  if (auto made = server("token-server"); !made) return made;
  if (auto made = client("gateway"); !made) return made;
  for (const auto partner : sandbox_simulators())
    if (auto made = server(partner); !made) return made;
  for (const auto& caller : sandbox_clients())
    if (caller.has_certificate)
      if (auto made = client(caller.id); !made) return made;
  return {};
}

Status SandboxState::make_keys() const {
  const auto keys = folder_ / "keys";
  if (!fs::exists(keys / "ledger.key")) {
    const auto key = ledger::SigningKey::generate(ledger_origin);
    if (!key) return fail(key.error());
    if (auto written = replace_file(keys / "ledger.vkey", key->verifier().text() + "\n"); !written) return written;
    if (auto written = replace_file(keys / "ledger.key", key->secret_text() + "\n", true); !written) return written;
  }
  if (!fs::exists(keys / "outbound.key")) {
    const auto key = adapters::SigningKey::generate();
    if (auto written = replace_file(keys / "outbound.pem", key.public_pem()); !written) return written;
    if (auto written = replace_file(keys / "outbound.key", key.private_pem(), true); !written) return written;
  }
  if (!fs::exists(keys / "master.key"))
    if (auto written = replace_file(keys / "master.key", to_base64(random_bytes<32>()) + "\n", true); !written)
      return written;
  if (!fs::exists(keys / "tokens.key")) {
    const auto key = api::make_signing_key("sandbox");
    if (!key) return fail(key.error());
    const auto jwks = api::jwks_of(*key);
    if (!jwks) return fail(jwks.error());
    if (auto written = replace_file(keys / "tokens.jwks.json", *jwks); !written) return written;
    if (auto written = replace_file(keys / "tokens.key", key->private_pem, true); !written) return written;
  }
  return make_token_server_keys(keys);
}

// Tokens live by the real clock, whatever the gateway's says.
Status SandboxState::make_tokens() const {
  auto pem = read_file(folder_ / "keys" / "tokens.key");
  if (!pem) return fail(std::move(pem.error()));
  const api::SigningKey key{"sandbox", std::move(*pem)};
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  for (const auto& client : sandbox_clients()) {
    const auto file = folder_ / "clients" / fmt::format("{}.token", client.id);
    if (!is_older_than(file, token_renewal)) continue;
    const auto token = api::sign_jwt(key, {.issuer = std::string(issuer),
                                           .audience = std::string(audience),
                                           .subject = std::string(client.id),
                                           .not_before = now - std::chrono::minutes{1},
                                           .expires = now + token_life});
    if (!token) return fail(token.error());
    if (auto written = replace_file(file, *token, true); !written) return written;
  }
  return {};
}

std::string SandboxState::gateway_yaml(const SandboxWishes& wishes) const {
  const auto now = now_ ? fmt::format("  now: {}\n", yaml_text(*now_)) : std::string();
  return fmt::format(R"(# Made by `ketenpoort sandbox`: throw-away keys, synthetic data only.
environment: test
test:
{now}  allowMockSsin: true
  runningFigures: true             # of this month already, which elsewhere wait for its end
node: sandbox-1
organisation: "{organisation}"
server:
  address: 127.0.0.1
  port: {port}
  certificate: keys/gateway-server.pem
  key: keys/gateway-server.key
  clientAuthorities: ca.pem
  deadlines:
    shutdown: 5s
metrics:
  port: {metrics}
tokens:
  jwks: keys/tokens.jwks.json
  issuer: {issuer}
  audience: {audience}
state: data
masterKey: keys/master.key
ledger:
  origin: {origin}
  signingKey: keys/ledger.key
  publishInterval: 200ms
outbound:
  signingKey: keys/outbound.key
folders:
  config: {config}
  mappings: {mappings}
retry:                             # impatient: a simulator that fails is asked again at once, and for long
  first: 200ms
  factor: 2
  max: 5s
  attempts: 60
)",
                     fmt::arg("now", now), fmt::arg("organisation", fedasil_kbo), fmt::arg("port", ports_.gateway),
                     fmt::arg("metrics", ports_.metrics), fmt::arg("issuer", issuer), fmt::arg("audience", audience),
                     fmt::arg("origin", ledger_origin),
                     fmt::arg("config", yaml_text(fs::absolute(wishes.config_dir).string())),
                     fmt::arg("mappings", yaml_text(fs::absolute(wishes.mappings_dir).string())));
}

// VDAB and AgII take referrals through MAGDA, here on the simulator's own port.
std::string SandboxState::channels_yaml(std::string_view partner) const {
  if (partner != "vdab" && partner != "agii") return {};
  return fmt::format(R"(channels:
  magda:
    adapter: magda
    url: {}/magda
    magda: {{ sender: "https://fedasil.sandbox.example/ketenpoort", hoedanigheid: FEDASIL, receiver: "https://{}.sandbox.example" }}
)",
                     partner_url(partner), partner);
}

std::string SandboxState::partner_yaml(std::string_view partner, const std::vector<std::string>& without) const {
  const auto* const messages = std::ranges::find(partner_messages, partner, &PartnerMessages::partner);
  return fmt::format(R"(partner: {partner}
recipient: {partner}
adapter: {partner}
url: {url}
tls:
  ca: ../ca.pem
  certificate: ../clients/gateway.pem
  key: ../clients/gateway.key
{authorization}{channels}messages:
{messages}outcomes: {outcomes}
limits:
  concurrency: {concurrency}
  timeout: 10s
)",
                     fmt::arg("partner", partner), fmt::arg("url", partner_url(partner)),
                     fmt::arg("authorization", partner == "vdab" ? authorization_yaml(token_server_url()) : ""),
                     fmt::arg("channels", channels_yaml(partner)),
                     fmt::arg("messages", messages_yaml(partner, without)), fmt::arg("outcomes", messages->outcomes),
                     fmt::arg("concurrency", concurrency_));
}

// A folder of policy files need not say what people are told: the shipped texts do then.
Status SandboxState::copy_texts(const SandboxWishes& wishes) const {
  if (fs::exists(wishes.config_dir / "texts")) return {};
  std::error_code error;
  fs::copy(shipped_folder("config") / "texts", folder_ / "texts",
           fs::copy_options::recursive | fs::copy_options::overwrite_existing, error);
  if (error)
    return fail(ErrorCode::io, fmt::format("cannot copy the texts to {}: {}", folder_.string(), error.message()));
  return {};
}

Status SandboxState::write_configuration(const SandboxWishes& wishes) const {
  std::string clients = "clients:\n";
  for (const auto& client : sandbox_clients()) {
    clients += fmt::format("  - id: {0}\n    organisation: \"{1}\"\n    scopes: [{2}]\n    token: {{ subject: {0} }}\n",
                           client.id, client.organisation, client.scopes);
    if (client.has_certificate)
      clients += fmt::format("    certificate: {{ commonName: {}.sandbox.example }}\n", client.id);
    if (!client.recipient.empty()) clients += fmt::format("    recipient: {}\n", client.recipient);
    if (client.id == "fedasil")
      clients += fmt::format(
          "    webhook:\n      url: {}/events\n      tls: {{ ca: ca.pem, certificate: clients/gateway.pem, key: "
          "clients/gateway.key }}\n",
          partner_url(client.id));
  }
  if (auto written = replace_file(folder_ / "clients.yaml", clients); !written) return written;
  for (const auto partner : sandbox_partners())
    if (auto written =
            replace_file(folder_ / "partners" / fmt::format("{}.yaml", partner), partner_yaml(partner, wishes.without));
        !written)
      return written;
  if (auto written = replace_file(folder_ / "gateway.yaml", gateway_yaml(wishes)); !written) return written;
  if (auto copied = copy_texts(wishes); !copied) return copied;
  const auto loaded = config::load(folder_ / "gateway.yaml");
  if (!loaded) return fail(loaded.error());
  return {};
}

std::vector<std::string> SandboxState::partner_arguments(std::string_view partner, std::string_view mode) const {
  const auto keys = folder_ / "keys";
  std::vector<std::string> arguments = {std::string(partner),
                                        "--port",
                                        std::to_string(ports_.partners.find(partner)->second),
                                        "--mode",
                                        std::string(mode),
                                        "--received",
                                        received(partner).string(),
                                        "--cert",
                                        (keys / fmt::format("{}-server.pem", partner)).string(),
                                        "--key",
                                        (keys / fmt::format("{}-server.key", partner)).string(),
                                        "--client-ca",
                                        (folder_ / "ca.pem").string(),
                                        "--gateway-key",
                                        (keys / "outbound.pem").string()};
  if (one_file_) arguments.emplace_back("--one-file");
  if (partner == "vdab") std::ranges::move(token_demand_arguments(keys), std::back_inserter(arguments));
  return arguments;
}

std::vector<std::string> SandboxState::token_server_arguments(std::string_view mode) const {
  const auto keys = folder_ / "keys";
  std::vector<std::string> arguments = {"token",
                                        "--port",
                                        std::to_string(ports_.token_server),
                                        "--mode",
                                        std::string(mode),
                                        "--cert",
                                        (keys / "token-server-server.pem").string(),
                                        "--key",
                                        (keys / "token-server-server.key").string()};
  std::ranges::move(cli::token_server_arguments(keys), std::back_inserter(arguments));
  return arguments;
}

Result<std::string> SandboxState::describe(const std::map<std::string, long>& pids) const {
  std::string line;
  formats::JsonWriter json(line);
  json.begin_object().member("url", gateway_url() + "/ketenpoort/v1");
  json.member("metrics", fmt::format("http://127.0.0.1:{}/metrics", ports_.metrics))
      .member("ca", (folder_ / "ca.pem").string());
  json.key("clients").begin_object();
  for (const auto& client : sandbox_clients()) {
    const auto token = read_file(folder_ / "clients" / fmt::format("{}.token", client.id));
    if (!token) return fail(token.error());
    json.key(client.id).begin_object();
    if (client.has_certificate) {
      json.member("cert", (folder_ / "clients" / fmt::format("{}.pem", client.id)).string());
      json.member("key", (folder_ / "clients" / fmt::format("{}.key", client.id)).string());
    }
    json.member("token", *token).end_object();
  }
  // Whoever looks through `partners` for messages finds messages there: events arrive elsewhere.
  for (const auto* place : {"partners", "receivers"}) {
    json.end_object().key(place).begin_object();
    for (const auto simulator : sandbox_simulators()) {
      const bool is_partner = std::ranges::find(sandbox_partners(), simulator) != sandbox_partners().end();
      if (is_partner != (place == std::string_view("partners"))) continue;
      json.key(simulator).begin_object().member("url", partner_url(simulator));
      json.member("received", received(simulator).string()).end_object();
    }
  }
  json.end_object().key("tokenServer").begin_object().member("url", token_server_url()).end_object();
  json.member("ledger", (folder_ / "data" / "ledger").string());
  const auto vkey = read_file(folder_ / "keys" / "ledger.vkey");
  if (!vkey) return fail(vkey.error());
  json.member("vkey", std::string_view(*vkey).substr(0, vkey->find('\n')))
      .member("state", folder_.string())
      .key("pids")
      .begin_object();
  for (const auto& [process, pid] : pids) json.member(process, pid);
  json.end_object().end_object();
  return line;
}

}  // namespace ketenpoort::cli
