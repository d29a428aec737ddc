#include "gateway/cli/shrink_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>

#include "gateway/cli/api_client.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::cli {
namespace {

using formats::JsonView;

constexpr std::chrono::milliseconds between_looks{300};

struct Options {
  TargetOptions target;
  bool dry_run = false;
  bool json = false;
};

std::int64_t number(JsonView view) {
  return view.as_int().value_or(0);
}

void show_progress(JsonView run) {
  if (::isatty(STDERR_FILENO) == 0) return;
  fmt::print(stderr, "\r\033[K{} of {} subjects", number(run.find("completed")), number(run.find("total")));
  std::fflush(stderr);
}

double megabytes(std::int64_t bytes) {
  return static_cast<double>(bytes) / 1e6;
}

void print_report(JsonView run) {
  const bool dry_run = run.find("dryRun").as_bool().value_or(false);
  if (::isatty(STDERR_FILENO) != 0) fmt::print(stderr, "\r\033[K");
  fmt::print("{} subjects looked at; {} are still in reception or have something on its way\n",
             number(run.find("subjects")), number(run.find("waiting")));
  for (const auto* data : {"record", "payload"})
    fmt::print("{:<10} {:>8} {}, {:.2f} MB\n", data, number(run.find(data).find("rows")),
               dry_run ? "would go" : "dropped", megabytes(number(run.find(data).find("bytes"))));
  for (const auto* data : {"proof", "directory"})
    fmt::print("{:<10} {:>8} {}\n", data, number(run.find(data).find("rows")),
               dry_run ? "keys would be destroyed" : "keys destroyed");
  fmt::print("retired    {:>8} {}\n", number(run.find("retired")), dry_run ? "subjects would be" : "subjects");
  const auto before = number(run.find("bytesBefore"));
  const auto after = number(run.find("bytesAfter"));
  if (dry_run)
    fmt::print("nothing was changed; the vault takes {:.2f} MB\n", megabytes(before));
  else
    fmt::print("the vault shrank by {:.2f} MB, from {:.2f} to {:.2f} MB\n", megabytes(before - after),
               megabytes(before), megabytes(after));
}

using Answer = tl::expected<std::string, CallFailure>;

tl::unexpected<CallFailure> give_up(std::string why) {
  return tl::make_unexpected(CallFailure{environment, {ErrorCode::unavailable, std::move(why)}});
}

Answer run_to_its_end(ApiClient& gateway, bool dry_run) {
  auto answer = gateway.call("POST", "/retention/runs", dry_run ? R"({"dryRun":true})" : "{}");
  while (answer) {
    const auto run = formats::parse_json(*answer);
    if (!run) return give_up("the gateway's answer is not JSON");
    const auto state = run->root().find("state").as_string().value_or("");
    if (state == "FAILED") return give_up(std::string(run->root().find("problem").as_string().value_or("it failed")));
    if (state == "DONE") return answer;
    show_progress(run->root());
    std::this_thread::sleep_for(between_looks);
    answer = gateway.call("GET", "/retention/runs/" + std::string(run->root().find("id").as_string().value_or("")));
  }
  return answer;
}

int shrink(const Options& options) {
  auto gateway = ApiClient::open(options.target);
  const auto answer = gateway ? run_to_its_end(*gateway, options.dry_run) : tl::make_unexpected(gateway.error());
  if (!answer) {
    report(answer.error().error);
    return answer.error().exit;
  }
  if (options.json) {
    fmt::print("{}\n", *answer);
  } else {
    const auto run = formats::parse_json(*answer);
    print_report(run->root());
  }
  return done;
}

}  // namespace

void add_shrink(CLI::App& app, Action& chosen) {
  auto* command = app.add_subcommand(
      "shrink", "drop what may be kept no longer (retention.yaml), and say by how much the vault shrank");
  command->footer(
      "Examples:\n"
      "  ketenpoort shrink --dry-run --sandbox /tmp/box\n"
      "  ketenpoort shrink --url https://gateway.example/ketenpoort/v1 --ca ca.pem --token operator.token");
  const auto options = std::make_shared<Options>();
  options->target.sandbox_client = "operator";
  add_target_options(*command, options->target, "operator");
  command->add_flag("--dry-run", options->dry_run, "change nothing, say what would go");
  command->add_flag("--json", options->json, "one JSON document on stdout");
  command->callback([options, &chosen] { chosen = [options] { return shrink(*options); }; });
}

}  // namespace ketenpoort::cli
