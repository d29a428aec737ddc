#include "gateway/cli/send_target.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "gateway/base/files.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/net/base_url.hpp"

namespace ketenpoort::cli {
namespace {

namespace fs = std::filesystem;

std::string without_slash(std::string url) {
  while (!url.empty() && url.back() == '/') url.pop_back();
  return url;
}

Result<SendTarget> find_sandbox(const fs::path& state, std::string_view client_id) {
  const auto file = state / "sandbox.json";
  const auto text = read_file(file);
  if (!text)
    return fail(ErrorCode::io,
                fmt::format("{}; is the sandbox up with --state {}?", text.error().message, state.string()));
  const auto json = formats::parse_json(*text);
  const auto root = json ? json->root() : formats::JsonView();
  const auto client = root.find("clients").find(client_id);
  if (root.find("clients") && !client) {
    std::string known;
    for (const auto& [id, ignored] : root.find("clients").members())
      known += (known.empty() ? "" : ", ") + std::string(id);
    return fail(ErrorCode::invalid_input, fmt::format("this sandbox has no client {}; there are {}", client_id, known));
  }
  const auto url = root.find("url").as_string();
  const auto ca = root.find("ca").as_string();
  const auto cert = client.find("cert").as_string();
  const auto key = client.find("key").as_string();
  const auto token = client.find("token").as_string();
  if (!url || !ca || !(token || (cert && key)))
    return fail(ErrorCode::malformed,
                fmt::format("{} does not say where the gateway is: start the sandbox anew", file.string()));
  SendTarget target;
  target.client.base_url = without_slash(std::string(*url));
  target.client.ca_file = state / *ca;  // relative to the state, or absolute
  if (cert && key) {
    target.client.certificate_chain = state / *cert;
    target.client.private_key = state / *key;
  } else {
    target.token = *token;
  }
  target.identity = fmt::format("{} {}", target.client.base_url, root.find("vkey").as_string().value_or(""));
  return target;
}

bool looks_like_a_token(std::string_view text) {
  return std::ranges::count(text, '.') == 2 && text.find('/') == std::string_view::npos;
}

// A token on the command line is seen by everyone on the machine; a file is not.
Result<std::string> read_token(const std::string& given) {
  std::error_code ignored;
  if (!fs::exists(given, ignored)) {
    if (looks_like_a_token(given)) return given;
    return fail(ErrorCode::io,  // not repeated: it may be part of a token
                "--token names no file that is there, and is no token itself: that has three parts with dots between");
  }
  auto text = read_file(given, 64U << 10);
  if (!text) return text;
  while (!text->empty() && (text->back() == '\n' || text->back() == '\r')) text->pop_back();
  if (text->empty()) return fail(ErrorCode::io, fmt::format("{} is empty: it must hold a token", given));
  return text;
}

// A gateway's address without the path of its API answers 404 to everything, which says little.
Status check_url(const std::string& url) {
  const auto parsed = net::parse_base_url(url);
  if (!parsed) return fail(ErrorCode::invalid_input, "--url: " + parsed.error().message);
  if (parsed->prefix.empty())
    return fail(ErrorCode::invalid_input,
                fmt::format("--url: {0} has no path; the gateway's API is at {0}/ketenpoort/v1", without_slash(url)));
  return {};
}

Status check_options(const TargetOptions& options) {
  const bool has_other =
      !options.url.empty() || !options.cert.empty() || !options.key.empty() || !options.token.empty();
  if (!options.sandbox.empty() && has_other)
    return fail(ErrorCode::invalid_input, "--sandbox says it all: leave out --url, --cert, --key and --token");
  if (!options.sandbox.empty()) return {};
  if (options.url.empty())
    return fail(ErrorCode::invalid_input, "say where to: --sandbox STATE, or --url with --cert and --key, or --token");
  if (options.cert.empty() != options.key.empty())
    return fail(ErrorCode::invalid_input, "--cert and --key go together");
  if (auto fits = check_url(options.url); !fits) return fits;
  if (options.cert.empty() && options.token.empty())
    return fail(ErrorCode::invalid_input, "the gateway must know who sends: give --cert and --key, or --token");
  return {};
}

}  // namespace

Result<SendTarget> find_target(const TargetOptions& options) {
  if (auto fits = check_options(options); !fits) return fail(std::move(fits.error()));
  if (!options.sandbox.empty()) return find_sandbox(options.sandbox, options.sandbox_client);
  SendTarget target;
  target.client.base_url = without_slash(options.url);
  target.client.ca_file = options.ca;
  target.client.certificate_chain = options.cert;
  target.client.private_key = options.key;
  target.identity = target.client.base_url;
  if (!options.token.empty()) {
    auto token = read_token(options.token);
    if (!token) return fail(std::move(token.error()));
    target.token = std::move(*token);
  }
  return target;
}

}  // namespace ketenpoort::cli
