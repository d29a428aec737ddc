#include "gateway/cli/consent_command.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "gateway/base/uuid.hpp"
#include "gateway/cli/api_client.hpp"
#include "gateway/cli/consent_conversation.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::cli {
namespace {

using formats::JsonView;

struct Options {
  TargetOptions target;
  bool json = false;
  std::string file;  // give: the conversation
  ConversationParts parts;
  std::string id;                       // withdraw, show
  std::vector<std::string> categories;  // withdraw: some of them
  bool receipt = false;                 // show: the page
  std::string lang;
};

int wrong(const Error& error) {
  report(error);
  return wrong_use;
}

int give_up(const CallFailure& failure) {
  report(failure.error);
  return failure.exit;
}

std::string text(JsonView value) {
  return std::string(value.as_string().value_or(""));
}

std::string joined(JsonView list) {
  std::string out;
  for (const auto item : list.elements()) out += (out.empty() ? "" : ", ") + text(item);
  return out.empty() ? "-" : out;
}

void print_line(JsonView consent) {
  fmt::print("{}  {:<10} {:<18} {:<13}", text(consent.find("id")), text(consent.find("state")),
             text(consent.find("purpose")), text(consent.find("recipient")));
  if (const auto until = consent.find("validUntil")) fmt::print(" until {}", text(until));
  if (const auto categories = consent.find("categories")) fmt::print("  {}", joined(categories));
  fmt::print("\n");
}

// Makes the call and shows its answer: as it came, or in lines.
int call_and_show(const Options& options, std::string method, std::string path, std::string body, Headers headers,
                  const std::function<void(JsonView)>& show) {
  auto gateway = ApiClient::open(options.target);
  if (!gateway) return give_up(gateway.error());
  const auto answer = gateway->call(std::move(method), std::move(path), std::move(body), std::move(headers));
  if (!answer) return give_up(answer.error());
  const auto document = formats::parse_json(*answer);
  if (options.json || !document) {
    fmt::print("{}\n", *answer);
    return done;
  }
  show(document->root());
  return done;
}

Result<std::string> subject_of(const Options& options) {
  const auto content = read_file_or_stdin(options.parts.subject_file);
  if (!content) return content;
  return read_subject(*content);
}

int report_input(const Error& error) {
  return error.code == ErrorCode::invalid_input ? wrong(error) : report(error);
}

Result<std::string> conversation_of(const Options& options) {
  if (!options.file.empty()) return read_file_or_stdin(options.file);
  if (options.parts.subject_file.empty())
    return fail(ErrorCode::invalid_input,
                "say what was said: a FILE with the conversation, or --subject FILE and the rest");
  const auto subject = subject_of(options);
  if (!subject) return subject;
  return write_conversation(options.parts, *subject);
}

int give(const Options& options) {
  auto body = conversation_of(options);
  if (!body) return report_input(body.error());
  return call_and_show(options, "POST", "/consents", std::move(*body), {}, [](JsonView answer) {
    for (const auto consent : answer.find("consents").elements()) print_line(consent);
    for (const auto finding : answer.find("findings").elements())
      fmt::print("{}: {}\n", text(finding.find("field")), text(finding.find("detail")));
    fmt::print("recorded as conversation {}\n", text(answer.find("conversationId")));
  });
}

int withdraw(const Options& options) {
  if (!parse_uuid(options.id))
    return wrong({ErrorCode::invalid_input, "the id of a consent is a UUID: `consent show` tells it", {}});
  std::string body = "{}";
  if (!options.categories.empty()) {
    body.clear();
    formats::JsonWriter writer(body);
    writer.begin_object().key("categories").begin_array();
    for (const auto& category : options.categories) writer.value(category);
    writer.end_array().end_object();
  }
  return call_and_show(options, "POST", "/consents/" + options.id + "/withdraw", std::move(body), {},
                       [](JsonView answer) {
                         fmt::print("withdrawn: {}\n", text(answer.find("id")));
                         fmt::print("stopped, nothing was sent: {}\n", joined(answer.find("stopped")));
                         fmt::print("on its way, cannot be called back: {}\n", joined(answer.find("inFlight")));
                         fmt::print("told that they must stop: {}\n", joined(answer.find("toNotify")));
                       });
}

void print_conversations(JsonView answer) {
  if (answer.find("conversations").size() == 0) return fmt::print("nothing was asked of this person\n");
  fmt::print("As it stands:\n");
  for (const auto consent : answer.find("items").elements()) print_line(consent);
  for (const auto conversation : answer.find("conversations").elements()) {
    const auto notice = conversation.find("notice");
    fmt::print("\nConversation {} of {}, {} {} in {}, {}:\n", text(conversation.find("conversationId")),
               text(conversation.find("expressed").find("on")), text(notice.find("id")), text(notice.find("version")),
               text(notice.find("language")), text(conversation.find("explained").find("how")));
    for (const auto consent : conversation.find("consents").elements()) print_line(consent);
  }
}

int show(const Options& options) {
  const bool by_subject = !options.parts.subject_file.empty();
  if (by_subject != options.id.empty())
    return wrong({ErrorCode::invalid_input, "say what to show: the id of a consent, or --subject FILE", {}});
  if (by_subject) {
    if (options.receipt) return wrong({ErrorCode::invalid_input, "a receipt is of one consent: give its id", {}});
    const auto subject = subject_of(options);
    if (!subject) return report_input(subject.error());
    return call_and_show(options, "POST", "/consents/query", "{\"subject\":" + *subject + "}", {}, print_conversations);
  }
  if (!parse_uuid(options.id)) return wrong({ErrorCode::invalid_input, "the id of a consent is a UUID", {}});
  if (!options.receipt && !options.lang.empty())
    return wrong({ErrorCode::invalid_input, "--lang goes with --receipt", {}});
  const auto path = "/consents/" + options.id;
  if (!options.receipt) return call_and_show(options, "GET", path, {}, {}, print_line);
  const auto query = options.lang.empty() ? std::string() : "?lang=" + options.lang;
  // A page is no JSON, so it is shown as it came; with --json the same receipt as JSON-LD.
  return call_and_show(options, "GET", path + "/receipt" + query, {},
                       {{"Accept", options.json ? "application/ld+json" : "text/html"}}, print_line);
}

CLI::App* add_command(CLI::App& group, const char* name, const char* what, const std::shared_ptr<Options>& options,
                      Action& chosen, int (*run)(const Options&)) {
  auto* command = group.add_subcommand(name, what);
  add_target_options(*command, options->target, "recorder");
  command->add_flag("--json", options->json, "one JSON document on stdout");
  command->callback([options, &chosen, run] { chosen = [options, run] { return run(*options); }; });
  return command;
}

void add_give(CLI::App& group, Action& chosen) {
  const auto options = std::make_shared<Options>();
  auto* command = add_command(group, "give", "record what a resident said", options, chosen, give);
  command->footer(
      "Examples:\n"
      "  ketenpoort consent give conversation.json --sandbox /tmp/box\n"
      "  ketenpoort consent give --subject - --purpose work-guidance --recipient vdab --language tir\n"
      "      --category identity-core,contact,labour-access,languages,schooling,referral --explained HEARD\n"
      "      --interpreter PHONE:SOCIAL --expressed PAPER --on 2026-11-24 --recorded-by op-17 --sandbox /tmp/box\n"
      "A number never stands on the command line: --subject reads it from a file, or from standard input (-).");
  auto& parts = options->parts;
  command->add_option("FILE", options->file, "the conversation as POST /consents takes it; - is standard input");
  command->add_option("--subject", parts.subject_file, "file with the Fedasil number or SSIN; - is standard input")
      ->type_name("FILE");
  command->add_option("--purpose", parts.purpose, "as in purposes.yaml");
  command->add_option("--recipient", parts.recipient, "vdab, agii, municipality");
  command->add_option("--category", parts.categories, "data categories, by commas")->delimiter(',');
  command->add_flag("--refuse", parts.refused, "the answer was no");
  command->add_option("--until", parts.valid_until, "last day, at most twelve months on")->type_name("DATE");
  command->add_option("--notice", parts.notice, "which text was explained")
      ->type_name("ID@VERSION")
      ->capture_default_str();
  command->add_option("--language", parts.language, "in which language (ISO 639-3)");
  command->add_option("--explained", parts.explained, "READ, HEARD, PICTOGRAM or APP");
  command->add_option("--interpreter", parts.interpreter,
                      "PRESENT, VIDEO, PHONE or NONE, and :PROFESSIONAL, :SOCIAL, :VOLUNTEER");
  command->add_option("--expressed", parts.expressed, "PAPER, EID, ORAL_BEFORE_WITNESS or APP");
  command->add_option("--on", parts.on, "the day it was said")->type_name("DATE");
  command->add_option("--place", parts.place, "where");
  command->add_option("--evidence", parts.evidence, "reference of the paper");
  command->add_option("--witness", parts.witness, "reference of the witness");
  command->add_option("--recorded-by", parts.recorded_by, "reference of who recorded it");
  command->add_option("--representative", parts.representative, "who spoke with or for the resident")
      ->type_name("KIND:REFERENCE");
  command->add_flag("--minor-heard", parts.minor_heard, "the minor was heard");
}

void add_withdraw(CLI::App& group, Action& chosen) {
  const auto options = std::make_shared<Options>();
  auto* command =
      add_command(group, "withdraw", "take a consent back, all of it or some categories", options, chosen, withdraw);
  command->footer(
      "Examples:\n"
      "  ketenpoort consent withdraw 0190a000-0000-7000-8000-000000000000 --sandbox /tmp/box\n"
      "  ketenpoort consent withdraw 0190a000-0000-7000-8000-000000000000 --category wishes,skills --sandbox /tmp/box");
  command->add_option("ID", options->id, "of the consent, as on the receipt")->required();
  command->add_option("--category", options->categories, "only these, by commas")->delimiter(',');
}

void add_show(CLI::App& group, Action& chosen) {
  const auto options = std::make_shared<Options>();
  auto* command =
      add_command(group, "show", "one consent, its receipt, or all that a resident said", options, chosen, show);
  command->footer(
      "Examples:\n"
      "  ketenpoort consent show --subject - --sandbox /tmp/box < number.txt\n"
      "  ketenpoort consent show 0190a000-0000-7000-8000-000000000000 --receipt --lang fr --sandbox /tmp/box > "
      "receipt.html\n"
      "A number never stands on the command line: --subject reads it from a file, or from standard input (-).");
  command->add_option("ID", options->id, "of a consent");
  command
      ->add_option("--subject", options->parts.subject_file,
                   "file with the Fedasil number or SSIN; - is standard input")
      ->type_name("FILE");
  command->add_flag("--receipt", options->receipt, "its receipt: the page, or JSON-LD with --json");
  command->add_option("--lang", options->lang, "language of the page (default: the one it was explained in)");
}

}  // namespace

void add_consent(CLI::App& app, Action& chosen) {
  auto* group = app.add_subcommand("consent", "what residents say: give, withdraw, show");
  group->require_subcommand(1);
  group->footer(
      "Examples:\n"
      "  ketenpoort consent give conversation.json --sandbox /tmp/box\n"
      "  ketenpoort consent withdraw CONSENT --sandbox /tmp/box");
  add_give(*group, chosen);
  add_withdraw(*group, chosen);
  add_show(*group, chosen);
}

}  // namespace ketenpoort::cli
