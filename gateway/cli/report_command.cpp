#include "gateway/cli/report_command.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "gateway/base/files.hpp"
#include "gateway/cli/api_client.hpp"
#include "gateway/cli/consent_conversation.hpp"
#include "gateway/cli/report_linked.hpp"
#include "gateway/cli/report_rows.hpp"
#include "gateway/cli/report_words.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::cli {
namespace {

using formats::JsonView;

constexpr const char* usual_purpose = "supervision";

struct Options {
  TargetOptions target;
  std::string format;  // empty: for people
  bool json = false;
  std::string output;  // a file; empty: stdout
  std::string lang;
  // Who, for subject and recipients: one of the two; and why.
  std::string ref, subject_file;
  std::string purpose;
  // Which refusals, which figures.
  std::string from, to, recipient, reason, state, year;
  bool orientation = false;  // which activities
};

template <class T>
using Outcome = tl::expected<T, CallFailure>;

tl::unexpected<CallFailure> give_up(int exit, std::string message) {
  return tl::make_unexpected(CallFailure{exit, {ErrorCode::invalid_input, std::move(message), {}}});
}

// Figures of a year of millions take their time.
constexpr CallLimits limits{.answer_bytes = std::size_t{256} << 20, .answer_timeout = std::chrono::minutes{5}};

Outcome<formats::JsonDocument> parse(std::string_view answer) {
  auto document = formats::parse_json(answer, {.bytes = std::size_t{256} << 20, .depth = 128, .nodes = 1U << 24});
  if (!document) return give_up(environment, "the gateway's answer is not JSON");
  return std::move(*document);
}

// Parameters of one request, in order; empty ones are left out.
std::string with_query(std::string path, const std::vector<std::pair<std::string, std::string>>& parameters) {
  char before = '?';
  for (const auto& [name, value] : parameters) {
    if (value.empty()) continue;
    path += before + name + '=';
    before = '&';
    for (const char c : value) {
      const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                         std::string_view("-._~:").find(c) != std::string_view::npos;
      path += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return path;
}

// The body of a look-up. A number on the command line is seen by everybody on the machine; in a file or on standard
// input it is not.
Outcome<std::string> write_question(const Options& options) {
  const auto content = read_file_or_stdin(options.subject_file);
  if (!content) return give_up(environment, content.error().message);
  const auto subject = read_subject(*content);
  if (!subject) return give_up(wrong_use, subject.error().message);
  std::string body;
  formats::JsonWriter writer(body);
  writer.begin_object().key("subject").raw_value(*subject);
  writer.member("purpose", options.purpose.empty() ? usual_purpose : options.purpose).end_object();
  return body;
}

Outcome<std::string> find_ref(ApiClient& gateway, const Options& options) {
  if (!options.ref.empty()) return options.ref;
  auto body = write_question(options);
  if (!body) return body;
  const auto answer = gateway.call("POST", "/audit/subjects/query", std::move(*body));
  if (!answer) return answer;
  const auto found = parse(*answer);
  if (!found) return tl::make_unexpected(found.error());
  const auto items = found->root().find("items");
  if (items.size() == 1) return std::string(items.at(0).find("ref").as_string().value_or(""));
  if (items.size() == 0)
    return give_up(does_not_hold, found->root().find("erased") ? "the data of whoever bore this number were erased"
                                                               : "nothing is known of whoever bears this number");
  std::string refs;
  for (const auto item : items.elements()) refs += ' ' + std::string(item.find("ref").as_string().value_or(""));
  return give_up(does_not_hold, "several bear this number; choose with --ref:" + refs);
}

Outcome<void> put_out(const Options& options, std::string_view text) {
  if (!options.output.empty()) {
    if (auto written = replace_file(options.output, text, true); !written)
      return give_up(environment, written.error().message);
    return {};
  }
  fmt::print("{}", text);
  if (!text.empty() && text.back() != '\n') fmt::print("\n");
  return {};
}

// A form that the gateway does not give and that is made here.
struct MadeHere {
  std::string_view format;
  std::string (*make)(JsonView answer) = nullptr;
};

// An answer as it is, or laid out for people.
template <class Print>
Outcome<void> show(ApiClient& gateway, const Options& options, const std::string& path,
                   std::vector<std::pair<std::string, std::string>> parameters, Print print, MadeHere made_here = {}) {
  const bool make = made_here.make != nullptr && options.format == made_here.format;
  parameters.emplace_back("format", options.format.empty() || make ? "json" : options.format);
  const auto answer = gateway.call("GET", with_query(path, parameters));
  if (!answer) return tl::make_unexpected(answer.error());
  if (!options.format.empty() && !make) return put_out(options, *answer);
  const auto document = parse(*answer);
  if (!document) return tl::make_unexpected(document.error());
  return put_out(options, make ? made_here.make(document->root()) : print(document->root()));
}

std::string sendings_as_csv(JsonView report) {
  return print_csv(sending_rows(report));
}

// Nothing where none was named: headings and codes as in files, then.
std::optional<reporting::Language> language_of(const Options& options) {
  return reporting::parse_language(options.lang);
}

Rows spoken(const Options& options, Rows rows) {
  const auto language = language_of(options);
  return language ? in_words(std::move(rows), *language) : rows;
}

Outcome<void> report_subject(ApiClient& gateway, const Options& options) {
  const auto ref = find_ref(gateway, options);
  if (!ref) return tl::make_unexpected(ref.error());
  return show(
      gateway, options, "/audit/subjects/" + *ref + "/report",
      {{"lang", options.lang.empty() && options.format != "html" ? "en" : options.lang}, {"purpose", options.purpose}},
      [&](JsonView answer) { return print_subject(answer, language_of(options).value_or(reporting::Language::en)); },
      {"csv", sendings_as_csv});
}

Outcome<void> report_recipients(ApiClient& gateway, const Options& options) {
  const auto ref = find_ref(gateway, options);
  if (!ref) return tl::make_unexpected(ref.error());
  return show(
      gateway, options, "/audit/subjects/" + *ref + "/recipients",
      {{"lang", options.lang}, {"purpose", options.purpose}},
      [&](JsonView answer) { return print_blocks(spoken(options, recipient_rows(answer, language_of(options)))); },
      {"jsonld", recipients_as_jsonld});
}

Outcome<void> report_register(ApiClient& gateway, const Options& options) {
  return show(gateway, options, "/audit/register", {}, [&](JsonView answer) {
    return print_blocks(spoken(options, register_rows(answer, language_of(options))));
  });
}

Outcome<void> report_figures(ApiClient& gateway, const Options& options) {
  return show(gateway, options, "/figures", {{"year", options.year}, {"recipient", options.recipient}},
              [&](JsonView answer) { return print_table(spoken(options, figure_rows(answer))); },
              {"jsonld", figures_as_jsonld});
}

// All that are shown today, as a file for whoever prepares the cultural orientation training.
Outcome<void> report_activities(ApiClient& gateway, const Options& options) {
  const auto format = options.format.empty() ? std::string("csv") : options.format;
  const auto answer =
      gateway.call("GET", with_query("/activities", {{"format", format},
                                                     {"lang", options.lang},
                                                     {"culturalOrientation", options.orientation ? "true" : ""},
                                                     {"pageSize", format == "json" ? "500" : ""}}));
  if (!answer) return tl::make_unexpected(answer.error());
  return put_out(options, *answer);
}

// Every page, as one document.
Outcome<void> report_refusals(ApiClient& gateway, const Options& options) {
  std::string items = "[";
  std::string counts = "{}";
  std::string total = "0";
  std::string after;
  while (true) {
    const auto answer = gateway.call("GET", with_query("/audit/refusals", {{"from", options.from},
                                                                           {"to", options.to},
                                                                           {"recipient", options.recipient},
                                                                           {"reason", options.reason},
                                                                           {"state", options.state},
                                                                           {"after", after},
                                                                           {"pageSize", "500"}}));
    if (!answer) return tl::make_unexpected(answer.error());
    const auto page = parse(*answer);
    if (!page) return tl::make_unexpected(page.error());
    for (const auto item : page->root().find("items").elements()) {
      if (items.size() > 1) items += ',';
      formats::JsonWriter(items).value(item);
    }
    counts.clear();
    formats::JsonWriter(counts).value(page->root().find("counts"));
    total = page->root().find("total").as_number().value_or("0");
    const auto last = page->root().find("items").at(page->root().find("items").size() - 1);
    if (!page->root().find("next")) break;
    after = last.find("ledger").as_number().value_or("");
  }
  const auto whole = fmt::format("{{\"items\":{}],\"total\":{},\"counts\":{}}}", items, total, counts);
  if (options.format == "json") return put_out(options, whole);
  const auto document = parse(whole);
  if (!document) return tl::make_unexpected(document.error());
  if (options.format == "jsonld") return put_out(options, refusals_as_jsonld(document->root()));
  const auto rows = refusal_rows(document->root().find("items"));
  if (options.format == "csv") return put_out(options, print_csv(rows));
  std::string text = print_table(spoken(options, rows));
  Rows counts_by_reason{{"count", "reason"}, {}};
  for (const auto [reason, count] : document->root().find("counts").members())
    counts_by_reason.lines.push_back({std::string(count.as_number().value_or("")), std::string(reason)});
  for (const auto& line : spoken(options, counts_by_reason).lines) text += fmt::format("{:>8} {}\n", line[0], line[1]);
  return put_out(options, text);
}

using Run = Outcome<void> (*)(ApiClient&, const Options&);

int run(const Options& given, Run make) {
  auto options = given;
  if (options.json) options.format = "json";
  auto gateway = ApiClient::open(options.target, limits);
  auto outcome = gateway ? make(*gateway, options) : tl::make_unexpected(gateway.error());
  if (outcome) return done;
  report(outcome.error().error);
  return outcome.error().exit;
}

void add_common(CLI::App& command, Options& options, std::vector<std::string> formats) {
  command.add_option("--sandbox", options.target.sandbox, "a running sandbox's --state folder")->type_name("STATE");
  command.add_option("--as", options.target.sandbox_client, "as whom, in a sandbox")->capture_default_str();
  command.add_option("--url", options.target.url, "the gateway, as in https://gateway.example/ketenpoort/v1");
  command.add_option("--ca", options.target.ca, "certificate of the authority to trust (default: the system's)");
  command.add_option("--cert", options.target.cert, "our certificate");
  command.add_option("--key", options.target.key, "its private key");
  command.add_option("--token", options.target.token, "bearer token, or a file that holds it");
  command.add_option("--format", options.format, "for programs and files (default: text for people)")
      ->check(CLI::IsMember(std::move(formats)));
  command.add_flag("--json", options.json, "the same as --format json");
  command.add_option("--output", options.output, "write to a file that only you can read, not to standard output")
      ->type_name("FILE");
}

void add_who(CLI::App& command, Options& options) {
  auto* who = command.add_option_group("who", "whom it is about; one of these");
  who->add_option("--ref", options.ref, "reference of the data subject");
  who->add_option("--subject", options.subject_file,
                  "file with a Fedasil number, an SSIN or {\"immigrationOfficeNumber\": ...}; - is standard input. "
                  "Takes scope audit: a rights officer has the reference from the request")
      ->type_name("FILE");
  who->require_option(1);
  command.add_option("--purpose", options.purpose,
                     "why you look, as a code; it is noted in the ledger (default: supervision, or "
                     "access-request for a report with values)");
}

void add_language(CLI::App& command, Options& options) {
  command.add_option("--lang", options.lang, "text for people in words of this language (default: the codes)")
      ->check(CLI::IsMember({"nl", "fr", "de", "en"}));
}

std::shared_ptr<Options> add_one(CLI::App& parent, Action& chosen, const char* name, const char* what, Run report,
                                 std::vector<std::string> formats, CLI::App** made) {
  auto options = std::make_shared<Options>();
  options->target.sandbox_client = "dpo";
  *made = parent.add_subcommand(name, what);
  add_common(**made, *options, std::move(formats));
  (*made)->callback([options, report, &chosen] { chosen = [options, report] { return run(*options, report); }; });
  return options;
}

}  // namespace

void add_report(CLI::App& app, Action& chosen) {
  auto* command = app.add_subcommand("report", "what data subjects and supervisors may know, from the running gateway");
  command->require_subcommand(1);
  command->footer(
      "Examples:\n"
      "  ketenpoort report subject --subject - --purpose complaint --sandbox /tmp/box < number.txt\n"
      "  ketenpoort report subject --ref 5f0c... --as rights --format html --lang fr --output report.html --sandbox "
      "/tmp/box\n"
      "  ketenpoort report refusals --from 2026-11-01 --reason no-consent --format csv --url "
      "https://gateway.example/ketenpoort/v1 --token dpo.token\n"
      "  ketenpoort report activities --orientation --format jsonl --lang fr --sandbox /tmp/box\n"
      "  ketenpoort report figures --year 2026 --format csv --sandbox /tmp/box\n"
      "A number never stands on the command line: --subject reads it from a file, or from standard input (-).\n"
      "Exit code 1: nobody has this number or reference. Every look is noted in the ledger.");
  CLI::App* made = nullptr;
  auto options = add_one(*command, chosen, "subject", "the access report of one data subject (GDPR art. 15)",
                         report_subject, {"json", "csv", "jsonld", "html"}, &made);
  add_who(*made, *options);
  made->add_option("--lang", options->lang,
                   "nl, fr, de, en or a language of config/texts (ar, fa, ti ...); of a page else the resident's own");
  options = add_one(*command, chosen, "recipients", "who has data of one data subject, and was told what (art. 19)",
                    report_recipients, {"json", "csv", "jsonld"}, &made);
  add_who(*made, *options);
  add_language(*made, *options);
  options = add_one(*command, chosen, "register", "the register of processing activities (art. 30)", report_register,
                    {"json", "csv", "jsonld"}, &made);
  add_language(*made, *options);
  options = add_one(*command, chosen, "refusals", "what was held, refused or cancelled, and why", report_refusals,
                    {"json", "csv", "jsonld"}, &made);
  add_language(*made, *options);
  made->add_option("--from", options->from, "a day, or a moment");
  made->add_option("--to", options->to, "a day, or a moment");
  made->add_option("--recipient", options->recipient, "of these only");
  made->add_option("--reason", options->reason, "a reason code");
  made->add_option("--state", options->state, "held, refused or cancelled");
  options = add_one(*command, chosen, "figures", "counts by centre, month, recipient and outcome; small ones not shown",
                    report_figures, {"json", "csv", "jsonld"}, &made);
  add_language(*made, *options);
  made->add_option("--year", options->year, "of these only (default: this year)");
  made->add_option("--recipient", options->recipient, "of these only");
  options = add_one(*command, chosen, "activities", "what partners offer to residents, as CSV or JSON Lines",
                    report_activities, {"csv", "jsonl", "json"}, &made);
  options->target.sandbox_client = "fedasil";
  made->add_option("--lang", options->lang, "nl, fr, de or en");
  made->add_flag("--orientation", options->orientation, "only what is meant for the cultural orientation training");
}

}  // namespace ketenpoort::cli
