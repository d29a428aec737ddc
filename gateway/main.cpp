// The command line.
#include <CLI/CLI.hpp>
#include <exception>

#include "gateway/application/application.hpp"
#include "gateway/base/memory.hpp"
#include "gateway/cli/backup_command.hpp"
#include "gateway/cli/command.hpp"
#include "gateway/cli/consent_command.hpp"
#include "gateway/cli/demo/demo.hpp"
#include "gateway/cli/keys_command.hpp"
#include "gateway/cli/ledger/ledger_command.hpp"
#include "gateway/cli/ledger/reproduce_command.hpp"
#include "gateway/cli/ledger/witness_command.hpp"
#include "gateway/cli/mapping/mapping_command.hpp"
#include "gateway/cli/mapping/translate.hpp"
#include "gateway/cli/policy_command.hpp"
#include "gateway/cli/report_command.hpp"
#include "gateway/cli/sandbox/sandbox.hpp"
#include "gateway/cli/send/send.hpp"
#include "gateway/cli/serve.hpp"
#include "gateway/cli/shrink_command.hpp"

int main(int argc, char** argv) {
  using namespace ketenpoort;
  return_large_blocks();
  cli::tell_errors_in_json(cli::asks_for_json(argc, argv));
  try {
    CLI::App app("Ketenpoort: records of reception centres to VDAB and AgII, on a ground, with consent, in a ledger.",
                 "ketenpoort");
    app.set_version_flag("--version", "ketenpoort " KETENPOORT_VERSION);
    app.require_subcommand(1);
    app.footer(
        "Examples:\n"
        "  ketenpoort sandbox --state /tmp/box\n"
        "  ketenpoort send config/demo/residents.ndjson --sandbox /tmp/box\n"
        "Exit codes: 0 done, 1 what was looked at is not so, 2 wrong use, 3 a file, port, permission or connection");
    cli::Action chosen;
    cli::add_serve(app, chosen, run_gateway);
    cli::add_sandbox(app, chosen);
    cli::add_check(app, chosen);
    cli::add_send(app, chosen);
    cli::add_consent(app, chosen);
    cli::add_demo(app, chosen);
    cli::add_ledger(app, chosen);
    cli::add_reproduce(app, chosen);
    cli::add_report(app, chosen);
    cli::add_shrink(app, chosen);
    cli::add_backup(app, chosen, "ketenpoort " KETENPOORT_VERSION);
    cli::add_keys(app, chosen);
    cli::add_policy(app, chosen);
    cli::add_witness(app, chosen);
    cli::add_translate(app, chosen);
    cli::add_mapping(app, chosen);
    try {
      app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      return cli::report_parse_error(app, error);
    }
    return chosen();
  } catch (const std::exception& error) {
    return cli::report({ErrorCode::io, error.what()});
  }
}
