#include "gateway/cli/send/send.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <memory>
#include <utility>

#include "gateway/cli/send/send_batch.hpp"
#include "gateway/cli/send/send_run.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_parallel = 256;

struct Arguments {
  std::vector<std::string> files;
  std::string as;
  SyntaxOptions syntax;
  TargetOptions target;
  std::size_t parallel = 8;
  unsigned give_up = 60;
  bool restart = false;
  std::string rejected;
  bool json = false;
};

volatile std::sig_atomic_t interrupted = 0;

// Ctrl-C ends the sending with its place kept; rows still under way are sent again by the next run, under the same key.
// A second Ctrl-C ends it as usual.
void listen_for_interruption() {
  struct sigaction action {};
  action.sa_handler = [](int) { interrupted = 1; };
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  ::sigemptyset(&action.sa_mask);
  for (const int signal : {SIGINT, SIGTERM}) ::sigaction(signal, &action, nullptr);
}

// Wrong options are one thing, everything else is about files and connections.
int complain(const Error& error) {
  report(error);
  return error.code == ErrorCode::invalid_input ? wrong_use : environment;
}

void write_tally(formats::JsonWriter& json, std::string_view key, const Tally& tally) {
  if (tally.empty()) return;
  json.key(key).begin_object();
  for (const auto& [state, count] : tally) json.member(state, count);
  json.end_object();
}

void write_counts(formats::JsonWriter& json, const FileReport& report) {
  json.member("rows", report.rows)
      .member("accepted", report.accepted)
      .member("alreadySent", report.already_sent)
      .member("rejected", report.rejected);
  write_tally(json, "transfers", report.transfers);
  write_tally(json, "consents", report.consents);
}

void write_complaints(formats::JsonWriter& json, const FileReport& report) {
  if (report.complaints.empty()) return;
  json.key("issues").begin_array();
  for (const auto& complaint : report.complaints) {
    json.begin_object();
    if (complaint.line > 0) json.member("line", complaint.line);
    if (!complaint.column.empty()) json.key("column").raw_value(complaint.column);
    if (!complaint.path.empty()) json.member("name", complaint.path);
    json.member("detail", complaint.detail);
    if (complaint.warning) json.member("severity", "WARNING");
    json.end_object();
  }
  json.end_array();
}

FileReport add_up(const std::vector<FileReport>& reports) {
  FileReport total;
  for (const auto& report : reports) {
    total.rows += report.rows;
    total.accepted += report.accepted;
    total.already_sent += report.already_sent;
    total.rejected += report.rejected;
    for (const auto& [state, count] : report.transfers) total.transfers[state] += count;
    for (const auto& [state, count] : report.consents) total.consents[state] += count;
  }
  return total;
}

void print_json(const std::vector<FileReport>& reports, const Status& status) {
  const auto total = add_up(reports);
  std::string text;
  formats::JsonWriter json(text);
  json.begin_object().member("ok", status.has_value() && total.rejected == 0);
  if (!status) json.member("error", status.error().message);
  write_counts(json, total);
  json.key("files").begin_array();
  for (const auto& report : reports) {
    json.begin_object().member("file", report.file);
    if (!report.batch.empty()) json.member("batch", report.batch);
    write_counts(json, report);
    write_complaints(json, report);
    json.end_object();
  }
  json.end_array().end_object();
  fmt::print("{}\n", text);
}

std::string describe(const Tally& tally, std::string_view what) {
  std::string out;
  for (const auto& [state, count] : tally) out += fmt::format("{}{} {}", out.empty() ? "" : ", ", count, state);
  return out.empty() ? out : fmt::format("; {}: {}", what, out);
}

void print_summary(const std::vector<FileReport>& reports) {
  for (const auto& report : reports) {
    auto line = fmt::format("{}: {} accepted, {} rejected", report.file, report.accepted, report.rejected);
    if (report.already_sent > 0) line += fmt::format(", {} sent before", report.already_sent);
    fmt::print("{}{}{}\n", line, describe(report.consents, "consents"), describe(report.transfers, "transfers"));
  }
}

struct FileToSend {
  std::string name;
  FileFacts facts;
  FileSyntax syntax = FileSyntax::rows;
};

// What cannot be read, or sent as what it is, is told before anything is sent.
bool is_batch(FileSyntax syntax) {
  return syntax == FileSyntax::csv || syntax == FileSyntax::fixed;
}

std::string first_line(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string line;
  std::getline(stream, line);
  return line;
}

bool has_rows(FileSyntax syntax) {
  return is_batch(syntax) || syntax == FileSyntax::rows;
}

// One below the other, in a file that can be sent.
bool rows_fit(const FileToSend& one, const FileToSend& other) {
  if (one.syntax != other.syntax || one.syntax == FileSyntax::fixed) return false;
  return one.syntax == FileSyntax::rows || first_line(one.name) == first_line(other.name);
}

// Rejected rows of several files stand in one file only in one syntax and under one header, and never in a file that is
// being sent, which would not come to its end.
Status check_rejected_rows_fit(const std::vector<FileToSend>& files, const std::string& rejected) {
  const FileToSend* first = nullptr;
  for (const auto& file : files) {
    std::error_code differs;
    if (std::filesystem::equivalent(file.name, rejected, differs))
      return fail(ErrorCode::invalid_input,
                  rejected + ": is the file that is sent; name another for the rows that are rejected");
    if (!has_rows(file.syntax)) continue;
    if (first == nullptr)
      first = &file;
    else if (!rows_fit(*first, file))
      return fail(
          ErrorCode::invalid_input,
          fmt::format("{}: its rejected rows cannot stand in one file with those of {}; send it by itself, with "
                      "another file for --rejected",
                      file.name, first->name));
  }
  if (first != nullptr && first->syntax == FileSyntax::rows) return check_rows_before(rejected);
  return {};
}

Result<std::vector<FileToSend>> look_at_files(const Arguments& arguments) {
  std::vector<FileToSend> out;
  for (const auto& file : arguments.files) {
    const auto facts = look_at_file(file);
    if (!facts) return fail(facts.error());
    const auto syntax = find_syntax(file, arguments.syntax);
    if (!syntax) return fail(syntax.error());
    const bool is_json = *syntax == FileSyntax::rows || *syntax == FileSyntax::document;
    if (!is_json && arguments.as == "consents")
      return fail(ErrorCode::invalid_input, fmt::format("{}: consents are sent in JSON or NDJSON", file));
    out.push_back({file, *facts, *syntax});
  }
  if (!arguments.rejected.empty())
    if (auto fits = check_rejected_rows_fit(out, arguments.rejected); !fits) return fail(std::move(fits.error()));
  return out;
}

SendOptions options_from(const Arguments& arguments) {
  SendOptions options;
  if (!arguments.as.empty()) options.as = arguments.as == "records" ? RowKind::record : RowKind::consent;
  options.syntax = arguments.syntax;
  options.restart = arguments.restart;
  options.sending = {.parallel = arguments.parallel, .give_up = std::chrono::seconds{arguments.give_up}};
  options.rejected_file = arguments.rejected;
  return options;
}

// One file after the other: consents before records stay before them.
Status send_all(const Arguments& arguments, const SendTarget& target, net::Client& client,
                const std::vector<FileToSend>& files, std::vector<FileReport>& reports) {
  const auto options = options_from(arguments);
  const auto transport = [&client](Call call, net::OnAnswer on_answer) {
    client.send(std::move(call), std::move(on_answer));
  };
  const auto is_interrupted = [] { return interrupted != 0; };
  for (const auto& file : files) {
    auto& report = reports.emplace_back();
    const auto send = is_batch(file.syntax) ? send_batch : send_file;
    auto sent = send(file.name, file.facts, file.syntax, target, transport, is_interrupted, options, report);
    if (!sent) return sent;
  }
  return {};
}

int run(const Arguments& arguments) {
  auto target = find_target(arguments.target);
  if (!target) return complain(target.error());
  const auto files = look_at_files(arguments);
  if (!files) return complain(files.error());
  target->client.max_connections = arguments.parallel;
  const auto client = net::Client::open(target->client);
  if (!client) return complain({ErrorCode::io, client.error().message, client.error().issues});
  listen_for_interruption();
  std::vector<FileReport> reports;
  const auto status = send_all(arguments, *target, **client, *files, reports);
  if (arguments.json)
    print_json(reports, status);
  else
    print_summary(reports);
  if (!status && status.error().code == ErrorCode::invalid_input) {
    if (!arguments.json) return complain(status.error());
    fmt::print(stderr, "error: {}\n", status.error().message);  // stdout has its one document
    return wrong_use;
  }
  if (!status) {
    const bool is_gateways = status.error().code == ErrorCode::unavailable;
    fmt::print(stderr, "error: {}{}\n", is_gateways ? target->client.base_url + ": " : "", status.error().message);
    if (is_gateways) fmt::print(stderr, "the same command goes on where this one stopped\n");
    return environment;
  }
  return add_up(reports).rejected == 0 ? done : does_not_hold;
}

}  // namespace

void add_send(CLI::App& app, Action& chosen) {
  auto* command = app.add_subcommand(
      "send", "Send files of records (NDJSON, JSON, XML, CSV, fixed width) or consents (NDJSON, JSON) to a gateway");
  command->footer(
      "Examples:\n"
      "  ketenpoort send consents.ndjson residents.ndjson --sandbox /tmp/box\n"
      "  ketenpoort send export.csv nightly.txt candidate.xml --sandbox /tmp/box\n"
      "  ketenpoort send residents.ndjson --url https://gateway.example/ketenpoort/v1 --ca ca.pem --cert us.pem --key "
      "us.key\n"
      "An interrupted run goes on where it was: FILE.ketenpoort-progress says which rows were taken; a CSV or "
      "fixed-width\nfile is one batch, and the same file again is the same batch. Exit code 1: some rows were "
      "rejected.");
  const auto arguments = std::make_shared<Arguments>();
  command->add_option("files", arguments->files, "files to send, one after the other")->required()->type_name("FILE");
  command->add_option("--as", arguments->as, "what the rows are (default: seen from each row)")
      ->check(CLI::IsMember({"records", "consents"}));
  command
      ->add_option("--in", arguments->syntax.in,
                   "syntax of the files (default: seen from how each begins and is called)")
      ->check(CLI::IsMember({"ndjson", "json", "xml", "csv", "fixed"}));
  command->add_option("--mapping", arguments->syntax.mapping, "that reads XML, CSV or fixed width, where several do");
  command
      ->add_option(
          "--charset", arguments->syntax.charset,
          "of CSV and fixed width, where it is not the first that the layout names; of XML, where the document "
          "does not say it itself")
      ->check(CLI::IsMember({"utf-8", "windows-1252", "iso-8859-15", "cp850", "utf-16"}));
  command->add_option("--sandbox", arguments->target.sandbox, "a running sandbox's --state folder")->type_name("STATE");
  command->add_option("--url", arguments->target.url, "the gateway, as in https://gateway.example/ketenpoort/v1");
  command->add_option("--ca", arguments->target.ca, "certificate of the authority to trust (default: the system's)");
  command->add_option("--cert", arguments->target.cert, "our certificate");
  command->add_option("--key", arguments->target.key, "its private key");
  command->add_option("--token", arguments->target.token,
                      "bearer token, or a file that holds it (others cannot see that)");
  command->add_option("--parallel", arguments->parallel, "rows under way at a time")
      ->check(CLI::Range(std::size_t{1}, most_parallel))
      ->capture_default_str();
  command->add_option("--give-up", arguments->give_up, "seconds without any row taken before it stops")
      ->capture_default_str();
  command->add_flag("--restart", arguments->restart, "send all rows, also those an earlier run sent");
  command->add_option(
      "--rejected", arguments->rejected,
      "copy rejected rows to this file, in their own syntax: NDJSON, CSV under its header, fixed width with header "
      "and trailer; an XML or JSON document is put right where it is");
  command->add_flag("--json", arguments->json, "one JSON document on stdout");
  command->callback([arguments, &chosen] { chosen = [arguments] { return run(*arguments); }; });
}

}  // namespace ketenpoort::cli
