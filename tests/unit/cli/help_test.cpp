// Every command says by example how it is used.
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>

#include "gateway/cli/backup_command.hpp"
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

namespace ketenpoort::cli {
namespace {

std::size_t check_examples(const CLI::App& command, const std::string& name) {
  EXPECT_NE(command.help().find("xample"), std::string::npos) << name << " --help has no example";
  std::size_t commands = 1;
  for (const auto* one : command.get_subcommands([](const CLI::App*) { return true; }))
    commands += one->get_name().empty() ? 0 : check_examples(*one, name + ' ' + one->get_name());
  return commands;
}

TEST(Help, has_an_example_for_every_command) {
  CLI::App app;
  app.footer("Examples: those of the commands");  // main's own stand in main.cpp
  Action chosen;
  add_serve(app, chosen, {});
  add_sandbox(app, chosen);
  add_check(app, chosen);
  add_send(app, chosen);
  add_consent(app, chosen);
  add_demo(app, chosen);
  add_ledger(app, chosen);
  add_reproduce(app, chosen);
  add_report(app, chosen);
  add_shrink(app, chosen);
  add_backup(app, chosen, "test");
  add_keys(app, chosen);
  add_policy(app, chosen);
  add_witness(app, chosen);
  add_translate(app, chosen);
  add_mapping(app, chosen);
  EXPECT_GE(check_examples(app, "ketenpoort"), 35U);
}

}  // namespace
}  // namespace ketenpoort::cli
