#include "gateway/cli/api_client.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <utility>

#include "gateway/formats/json.hpp"

namespace ketenpoort::cli {
namespace {

// What a problem document says (RFC 9457), in the words of a command: one issue per part of the call.
Error read_problem(int status, std::string_view body) {
  Error error{exit_for_status(status) == environment ? ErrorCode::unavailable : ErrorCode::invalid_input, {}, {}};
  const auto problem = formats::parse_json(body);
  const auto root = problem ? problem->root() : formats::JsonView();
  error.message =
      fmt::format("the gateway answered {}: {}", status,
                  root.find("detail").as_string().value_or(root.find("title").as_string().value_or("no reason given")));
  const char* before = "; it takes scope ";
  for (const auto scope : root.find("requiredScopes").elements()) {
    error.message.append(before).append(scope.as_string().value_or("?"));
    before = ", ";
  }
  for (const auto issue : root.find("issues").elements())
    error.issues.push_back({error.code, std::string(issue.find("name").as_string().value_or("the call")),
                            std::string(issue.find("detail").as_string().value_or(""))});
  return error;
}

tl::unexpected<CallFailure> give_up(int exit, Error error) {
  return tl::make_unexpected(CallFailure{exit, std::move(error)});
}

}  // namespace

int exit_for_status(int status) {
  if (status == 404 || status == 409 || status == 410) return does_not_hold;
  if (status < 400 || status >= 500 || status == 401 || status == 403 || status == 408 || status == 429)
    return environment;
  return wrong_use;
}

void add_target_options(CLI::App& command, TargetOptions& target, const std::string& who) {
  command.add_option("--sandbox", target.sandbox, "a running sandbox's --state folder")->type_name("STATE");
  command.add_option("--url", target.url, "the gateway, as in https://gateway.example/ketenpoort/v1");
  command.add_option("--ca", target.ca, "certificate of the authority to trust (default: the system's)");
  command.add_option("--cert", target.cert, fmt::format("the {}'s certificate", who));
  command.add_option("--key", target.key, "its private key");
  command.add_option("--token", target.token, "bearer token, or a file that holds it");
}

tl::expected<ApiClient, CallFailure> ApiClient::open(const TargetOptions& options, const CallLimits& limits) {
  auto target = find_target(options);
  if (!target)
    return give_up(target.error().code == ErrorCode::invalid_input ? wrong_use : environment, target.error());
  if (limits.answer_bytes > 0) target->client.max_answer_bytes = limits.answer_bytes;
  if (limits.answer_timeout.count() > 0) target->client.answer_timeout = limits.answer_timeout;
  auto client = net::BlockingClient::open(target->client);
  if (!client) return give_up(environment, client.error());
  return ApiClient(std::move(*client), target->client.base_url, target->token);
}

tl::expected<std::string, CallFailure> ApiClient::call(std::string method, std::string path, std::string body,
                                                       Headers headers) {
  Call call{
      .method = std::move(method), .path = std::move(path), .headers = std::move(headers), .body = std::move(body)};
  if (!call.body.empty()) call.headers.emplace_back("Content-Type", "application/json");
  if (!token_.empty()) call.headers.emplace_back("Authorization", "Bearer " + token_);
  auto answer = client_.call(std::move(call));
  if (!answer) {
    auto error = std::move(answer.error());
    error.message = url_ + ": " + error.message;
    return give_up(environment, std::move(error));
  }
  if (answer->status >= 200 && answer->status < 300) return std::move(answer->body);
  return give_up(exit_for_status(answer->status), read_problem(answer->status, answer->body));
}

}  // namespace ketenpoort::cli
