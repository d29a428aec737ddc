#include "gateway/cli/demo/demo_gateway.hpp"

#include <fmt/format.h>

#include <utility>

#include "gateway/formats/json_text.hpp"

namespace ketenpoort::cli {
namespace {

using formats::JsonView;

// What a problem (RFC 9457) says to do about it.
std::string complaint_in(const std::string& body) {
  const auto problem = formats::parse_json(body);
  if (!problem) return {};
  std::string text = text_of(problem->root().find("detail"));
  for (const JsonView issue : problem->root().find("issues").elements())
    text += fmt::format("; {}: {}", text_of(issue.find("name")), text_of(issue.find("detail")));
  return text;
}

}  // namespace

Result<SandboxFacts> read_sandbox_facts(std::string_view line) {
  const auto document = formats::parse_json(line);
  if (!document) return fail(document.error());
  const auto root = document->root();
  SandboxFacts facts;
  facts.state = text_of(root.find("state"));
  facts.url = text_of(root.find("url"));
  facts.vkey = text_of(root.find("vkey"));
  facts.ca = facts.state / text_of(root.find("ca"));
  facts.certificate = facts.state / text_of(root.find("clients").find("fedasil").find("cert"));
  facts.key = facts.state / text_of(root.find("clients").find("fedasil").find("key"));
  facts.ledger = facts.state / text_of(root.find("ledger"));
  for (const auto& [partner, value] : root.find("partners").members())
    facts.received[std::string(partner)] = facts.state / text_of(value.find("received"));
  if (facts.url.empty() || facts.vkey.empty() || facts.received.empty())
    return fail(ErrorCode::malformed, "the sandbox did not say where it is");
  return facts;
}

Result<DemoGateway> DemoGateway::open(const SandboxFacts& facts) {
  auto client = net::BlockingClient::open(
      {.base_url = facts.url, .ca_file = facts.ca, .certificate_chain = facts.certificate, .private_key = facts.key});
  if (!client) return fail(std::move(client.error()));
  return DemoGateway(std::move(*client));
}

Result<formats::JsonDocument> DemoGateway::get(const std::string& path) {
  return call({.method = "GET", .path = path, .headers = {}, .body = {}});
}

Result<formats::JsonDocument> DemoGateway::post(const std::string& path, const std::string& body) {
  return call({.method = "POST", .path = path, .headers = {{"Content-Type", "application/json"}}, .body = body});
}

Result<formats::JsonDocument> DemoGateway::call(Call call) {
  const auto what = call.method + ' ' + call.path;
  const auto answer = client_.call(std::move(call));
  if (!answer) return fail(ErrorCode::unavailable, what + ": " + answer.error().message);
  if (answer->status < 200 || answer->status > 299)
    return fail(ErrorCode::unavailable,
                fmt::format("{}: the gateway answered {}: {}", what, answer->status, complaint_in(answer->body)));
  auto document = formats::parse_json(answer->body);
  if (!document) return fail(ErrorCode::unavailable, what + ": the answer is not JSON");
  return document;
}

}  // namespace ketenpoort::cli
