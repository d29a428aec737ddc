// The end of the report: ledger, expectations, where everything is.
#include <fmt/format.h>

#include <algorithm>

#include "gateway/cli/demo/demo_report.hpp"
#include "gateway/cli/demo/demo_words.hpp"
#include "gateway/cli/shipped.hpp"

namespace ketenpoort::cli {
namespace {

constexpr std::size_t margin = 2;

// Lines broken where they would be too long, each under its own beginning.
std::string wrapped(const Terminal& terminal, std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const auto blanks = std::min(line.find_first_not_of(' '), line.size());
    out += terminal.paragraph(std::string(blanks + margin, ' '), line.substr(blanks));
  }
  return out;
}

}  // namespace
std::string report_ledger(const Terminal& terminal, const LedgerCheck& check) {
  const auto verdict = check.holds ? terminal.paint(Colour::green, "The ledger holds.")
                                   : terminal.paint(Colour::red, "The ledger does NOT hold.");
  return terminal.paragraph("",
                            "ketenpoort-verify, a program of its own that shares no database with the gateway, read "
                            "every byte, rebuilt the tree, checked the signature and replayed every decision:") +
         "\n" + wrapped(terminal, check.text) + "\n" + verdict + "\n";
}

std::string report_expectations(const Terminal& terminal, std::span<const Expectation> expectations) {
  std::string text;
  for (const auto& expectation : expectations)
    text += fmt::format("  {}  {}\n",
                        expectation.holds ? terminal.paint(Colour::green, "yes") : terminal.paint(Colour::red, "NO "),
                        expectation.what);
  return text;
}

std::string report_places(const Terminal& terminal, const SandboxFacts& facts) {
  const auto token = facts.state / "clients" / "fedasil.token";
  auto text = fmt::format("  gateway    {}\n  ledger     {}\n", facts.url, facts.ledger.string());
  for (const auto& [partner, folder] : facts.received)
    text +=
        fmt::format("  {} {}\n", pad("received", 10), folder.string() + "  (what " + partner_name(partner) + " got)");
  text +=
      fmt::format("  all        {}/sandbox.json  (certificates and tokens of every role)\n\n", facts.state.string());
  text += "Ask the gateway what is held:\n";
  text +=
      terminal.paint(Colour::cyan, fmt::format("  curl --cacert {} \\\n    -H \"Authorization: Bearer $(cat {})\" \\\n"
                                               "    '{}/transfers?state=held'\n",
                                               facts.ca.string(), token.string(), facts.url));
  text += "Check the ledger yourself:\n";
  return text +
         terminal.paint(Colour::cyan, fmt::format("  {} {} --key '{}'\n", sibling_program("ketenpoort-verify").string(),
                                                  facts.ledger.string(), facts.vkey));
}

}  // namespace ketenpoort::cli
