#include "gateway/cli/ledger/witness_command.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>
#include <memory>

#include "gateway/api/http/workers.hpp"
#include "gateway/cli/end_signals.hpp"
#include "gateway/config/witness.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/ledger/published/witness.hpp"
#include "gateway/net/server.hpp"
#include "gateway/observability/log.hpp"

namespace ketenpoort::cli {
namespace {

constexpr std::size_t largest_request = 1U << 17;
constexpr std::size_t most_waiting = 256;
constexpr unsigned writers = 1;  // requests are judged one at a time anyway
constexpr std::chrono::seconds drain{5};

ledger::CosignTime now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

// Takes turns on a thread of its own, so that nobody waits for the disk on the I/O thread.
class Service {
 public:
  Service(ledger::Witness& witness, std::string prefix) : witness_(witness), path_(prefix + "/add-checkpoint") {}

  void operator()(api::Request request, api::ReplyTo reply) {
    if (request.path != path_) return reply(say(404, "there is POST " + path_ + " here\n"));
    if (request.method != "POST") {
      auto refusal = say(405, "POST is expected\n");
      refusal.headers.emplace_back("allow", "POST");
      return reply(std::move(refusal));
    }
    const auto shared = std::make_shared<api::Request>(std::move(request));
    const bool taken = workers_.post([this, shared, reply] {
      const auto answer = witness_.add_checkpoint(shared->body, now());
      log::info("checkpoint_judged", log::field("status", answer.status), log::field("trace", shared->trace));
      reply({answer.status, answer.content_type, answer.body});
    });
    if (!taken) reply(say(503, "too many wait\n"));
  }

 private:
  static api::Reply say(int status, std::string text) { return {status, "text/plain; charset=utf-8", std::move(text)}; }

  ledger::Witness& witness_;
  std::string path_;
  api::Workers workers_{writers, most_waiting};
};

void announce(const config::WitnessFile& file, const ledger::Witness& witness, std::uint16_t port) {
  std::string line;
  formats::JsonWriter json(line);
  json.begin_object()
      .member("url", fmt::format("https://{}:{}{}", file.server.address, port, file.server.prefix))
      .member("vkey", witness.key().text());
  json.key("logs").begin_array();
  for (const auto& seen : witness.seen())
    json.begin_object().member("origin", seen.origin).member("size", seen.size).end_object();
  json.end_array().end_object();
  std::cout << line << std::endl;
}

int run(const std::string& config_file) {
  const EndSignals signals;
  log::configure(log::Level::info, log::Destination::standard_error);
  const auto file = config::load_witness(config_file);
  if (!file) return report(file.error());
  const auto witness = ledger::Witness::open(file->state, file->key, file->logs);
  if (!witness) return report(witness.error());
  const auto service = std::make_shared<Service>(**witness, file->server.prefix);
  net::ServerOptions options;
  options.address = file->server.address;
  options.port = file->server.port;
  options.tls = net::ServerTls{file->server.certificate, file->server.key};
  options.limits.body_bytes = largest_request;
  auto server = net::Server::start(std::move(options), [service](api::Request request, api::ReplyTo reply) {
    (*service)(std::move(request), std::move(reply));
  });
  if (!server) return report(server.error());
  announce(*file, **witness, (*server)->port());
  while (signals.wait() == SIGCHLD) continue;
  (*server)->stop(drain);
  return done;
}

}  // namespace

void add_witness(CLI::App& app, Action& chosen) {
  auto* command = app.add_subcommand("witness", "run a witness (C2SP tlog-witness) until SIGTERM");
  const auto config = std::make_shared<std::string>();
  command->add_option("--config", *config, "witness.yaml")->required();
  command->footer("Example:\n  ketenpoort witness --config /etc/ketenpoort/witness.yaml");
  command->callback([&chosen, config] { chosen = [config] { return run(*config); }; });
}

}  // namespace ketenpoort::cli
