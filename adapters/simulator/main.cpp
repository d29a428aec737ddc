// ketenpoort-partner: a partner to develop against and to test with.
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <iostream>

#include "adapters/simulator/service.hpp"
#include "adapters/simulator/token_arguments.hpp"
#include "gateway/base/files.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/net/certificates.hpp"

namespace {

using namespace ketenpoort;
namespace fs = std::filesystem;

constexpr int exit_wrong_use = 2;
constexpr int exit_environment = 3;
constexpr int throw_away_days = 30;

struct Arguments {
  std::string partner;
  std::string mode = "ok";
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;
  fs::path received;
  bool one_file = false;
  fs::path certificate, key, client_authorities, gateway_key, magda_certificate;
  std::string uitzondering;
  long slow_ms = 2000;
  std::uint32_t seed = 1;
  fs::path token_jwks;
  std::string token_issuer, token_audience, token_scope;
  simulator::TokenServerArguments token_server;
};

void declare(CLI::App& app, Arguments& arguments) {
  app.add_option("partner", arguments.partner,
                 "vdab, agii, municipality, coa, fedasil: the receiver of events, or token: an authorization server")
      ->required();
  app.add_option("--port", arguments.port, "HTTPS port; 0 takes a free one");
  app.add_option("--address", arguments.address, "address to listen on; 0.0.0.0 in a container")->capture_default_str();
  app.add_option("--mode", arguments.mode, "ok, slow, flaky, down, reject or garbage")->capture_default_str();
  app.add_option("--received", arguments.received, "folder for what arrives (default: received/PARTNER)");
  app.add_flag("--one-file", arguments.one_file,
               "keep what arrives in messages.log there, instead of two files a message: for much");
  auto* certificate =
      app.add_option("--cert", arguments.certificate, "certificate chain, PEM (default: a throw-away one)");
  auto* key = app.add_option("--key", arguments.key, "its private key, PEM");
  certificate->needs(key);
  key->needs(certificate);
  app.add_option("--client-ca", arguments.client_authorities,
                 "authorities of client certificates, PEM: messages then need one");
  app.add_option("--gateway-key", arguments.gateway_key,
                 "the gateway's Ed25519 public key, PEM: signatures are then verified");
  app.add_option("--magda-certificate", arguments.magda_certificate,
                 "what signs MAGDA messages, PEM (default: what the client shows for TLS)");
  app.add_option("--uitzondering", arguments.uitzondering,
                 "what MAGDA messages are answered with: LEVEL:CODE[:TYPE[:TIMES]], as 2:99996:FOUT:3 or 1:Server");
  app.add_option("--slow-ms", arguments.slow_ms, "how late mode slow answers")
      ->check(CLI::Range(0L, 600'000L))
      ->capture_default_str();
  app.add_option("--seed", arguments.seed, "of mode flaky's dice")->capture_default_str();
  auto* jwks = app.add_option("--token-jwks", arguments.token_jwks,
                              "public keys of the authorization server: messages then need one of its tokens");
  for (const auto& [name, value, says] :
       {std::tuple{"--token-issuer", &arguments.token_issuer, "who issues them"},
        std::tuple{"--token-audience", &arguments.token_audience, "whom they are meant for"},
        std::tuple{"--token-scope", &arguments.token_scope, "what they must be for"}}) {
    auto* option = app.add_option(name, *value, says)->needs(jwks);
    jwks->needs(option);
  }
  simulator::declare_token_server(app, arguments.token_server);
  app.footer(
      "A message is kept as NNNNNN.body and NNNNNN.json, refused or not. One JSON line says when it is ready.\n"
      "Example:  ketenpoort-partner vdab --port 9443 --mode flaky --received /tmp/vdab");
}

Error in_file(const fs::path& file, Error error) {
  error.message.insert(0, file.string() + ": ");
  return error;
}

Result<simulator::TokenDemand> token_demand(const Arguments& arguments) {
  auto verifier = api::TokenVerifier::open({arguments.token_jwks, arguments.token_issuer, arguments.token_audience});
  if (!verifier) return fail(std::move(verifier.error()));
  return simulator::TokenDemand{std::move(*verifier), arguments.token_scope};
}

// Without a certificate of the caller's, one of our own: its authority is left beside what is received.
Result<net::ServerTls> throw_away_tls(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return fail(io_error("cannot make", folder, error.value()));
  const auto authority = net::make_authority("ketenpoort-partner", throw_away_days);
  if (!authority) return fail(authority.error());
  const auto server = net::issue_server(*authority, {"localhost", "127.0.0.1"}, throw_away_days);
  if (!server) return fail(server.error());
  net::ServerTls tls{.certificate_chain = folder / "server.pem", .private_key = folder / "server.key"};
  for (const auto& [file, text, secret] : {std::tuple{folder / "ca.pem", authority->certificate, false},
                                           std::tuple{tls.certificate_chain, server->certificate, false},
                                           std::tuple{tls.private_key, server->private_key, true}})
    if (auto written = replace_file(file, text, secret); !written) return fail(written.error());
  return tls;
}

Result<net::ServerTls> tls_from(const Arguments& arguments, const fs::path& folder) {
  net::ServerTls tls{.certificate_chain = arguments.certificate, .private_key = arguments.key};
  if (arguments.certificate.empty()) {
    auto made = throw_away_tls(folder / "tls");
    if (!made) return fail(std::move(made.error()));
    tls = std::move(*made);
  }
  tls.client_authorities = arguments.client_authorities;
  return tls;
}

fs::path folder_of(const Arguments& arguments) {
  return arguments.received.empty() ? fs::path("received") / arguments.partner : arguments.received;
}

Result<simulator::ServiceOptions> options_from(const Arguments& arguments) {
  const auto partner = simulator::find_profile(arguments.partner);
  if (!partner) return fail(partner.error());
  const auto mode = simulator::parse_mode(arguments.mode);
  if (!mode) return fail(mode.error());
  simulator::ServiceOptions options;
  options.address = arguments.address;
  options.port = arguments.port;
  options.simulator = {.partner = *partner,
                       .mode = *mode,
                       .received = folder_of(arguments),
                       .keeping = arguments.one_file ? simulator::Keeping::one_file : simulator::Keeping::files,
                       .slow = std::chrono::milliseconds{arguments.slow_ms},
                       .seed = arguments.seed};
  if (!arguments.gateway_key.empty()) {
    const auto pem = read_file(arguments.gateway_key);
    if (!pem) return fail(pem.error());
    auto key = adapters::VerifyingKey::from_pem(*pem);
    if (!key) return fail(in_file(arguments.gateway_key, key.error()));
    options.simulator.gateway_key = std::move(*key);
  }
  if (!arguments.token_jwks.empty()) {
    auto demand = token_demand(arguments);
    if (!demand) return fail(std::move(demand.error()));
    options.simulator.tokens = std::move(*demand);
  }
  if (!arguments.magda_certificate.empty()) {
    const auto pem = read_file(arguments.magda_certificate);
    if (!pem) return fail(pem.error());
    const auto thumbprint = net::certificate_thumbprint(*pem);
    if (!thumbprint) return fail(in_file(arguments.magda_certificate, thumbprint.error()));
    options.simulator.magda_certificate = *thumbprint;
  }
  if (!arguments.uitzondering.empty()) {
    auto provoked = simulator::parse_provoked(arguments.uitzondering);
    if (!provoked) return fail(provoked.error());
    options.simulator.uitzondering = std::move(*provoked);
  }
  auto tls = tls_from(arguments, options.simulator.received);
  if (!tls) return fail(std::move(tls.error()));
  options.tls = std::move(*tls);
  return options;
}

Result<std::unique_ptr<simulator::Service>> start_token_server(const Arguments& arguments, const fs::path& folder) {
  auto server = simulator::make_token_server(arguments.token_server, arguments.mode,
                                             std::chrono::milliseconds{arguments.slow_ms}, arguments.seed);
  if (!server) return fail(std::move(server.error()));
  auto tls = tls_from(arguments, folder);
  if (!tls) return fail(std::move(tls.error()));
  net::ServerOptions options;
  options.address = arguments.address;
  options.port = arguments.port;
  options.tls = std::move(*tls);
  options.deadlines.answer = std::chrono::milliseconds{arguments.slow_ms} + std::chrono::seconds{30};
  const std::shared_ptr<simulator::TokenServer> shared = std::move(*server);
  return simulator::Service::start(std::move(options),
                                   [shared](const api::Request& request) { return shared->take(request); });
}

Result<std::unique_ptr<simulator::Service>> start(const Arguments& arguments, const fs::path& folder) {
  if (arguments.partner == "token") return start_token_server(arguments, folder);
  auto options = options_from(arguments);
  if (!options) return fail(std::move(options.error()));
  return simulator::Service::start(std::move(*options));
}

void announce(const Arguments& arguments, const fs::path& received, std::uint16_t port) {
  std::string line;
  formats::JsonWriter json(line);
  json.begin_object().member("partner", arguments.partner).member("mode", arguments.mode);
  json.member("url", "https://" + arguments.address + ":" + std::to_string(port));
  if (arguments.partner != "token") json.member("received", fs::absolute(received).string());
  if (arguments.certificate.empty()) json.member("ca", fs::absolute(received / "tls" / "ca.pem").string());
  json.end_object();
  std::cout << line << std::endl;
}

int complain(const Error& error) {
  std::cerr << "error: " << error.message << '\n';
  return error.code == ErrorCode::not_found || error.code == ErrorCode::invalid_input ? exit_wrong_use
                                                                                      : exit_environment;
}

// SIGTERM and SIGINT are blocked before any thread starts, so that only this wait sees them.
sigset_t block_ending_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

int run(const Arguments& arguments) {
  const auto signals = block_ending_signals();
  const auto folder = folder_of(arguments);
  const auto service = start(arguments, folder);
  if (!service) return complain(service.error());
  announce(arguments, folder, (*service)->port());
  int signal = 0;
  sigwait(&signals, &signal);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "A partner of Ketenpoort, simulated: strict about what it receives, and as unreliable as it is told to be.");
  Arguments arguments;
  declare(app, arguments);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : exit_wrong_use;
  }
  try {
    return run(arguments);
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << '\n';
    return exit_environment;
  }
}
