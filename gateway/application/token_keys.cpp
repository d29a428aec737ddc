#include "gateway/application/token_keys.hpp"

#include <fmt/format.h>

#include <utility>

#include "gateway/api/access/jwk.hpp"
#include "gateway/base/error_text.hpp"
#include "gateway/base/files.hpp"
#include "gateway/base/thread_name.hpp"
#include "gateway/base/url.hpp"
#include "gateway/observability/log.hpp"

namespace ketenpoort {
namespace {

constexpr std::size_t largest_key_set = 1U << 20;
constexpr std::chrono::seconds connect_patience{5};
constexpr std::chrono::seconds answer_patience{10};
constexpr std::chrono::minutes between_looks{5};
constexpr std::chrono::seconds after_failure{30};
constexpr std::chrono::seconds rest{2};  // whoever sends tokens of unknown keys must not make us call all the time

}  // namespace

TokenKeys::TokenKeys(net::BlockingClient client, std::string path, std::filesystem::path file)
    : client_(std::move(client)), path_(std::move(path)), file_(std::move(file)) {}

Result<std::unique_ptr<TokenKeys>> TokenKeys::open(const config::TokenSettings& settings, std::filesystem::path file) {
  auto [base, path] = split_url(settings.jwks_url);
  net::ClientOptions options;
  options.base_url = std::move(base);
  options.ca_file = settings.ca;
  options.connect_timeout = connect_patience;
  options.answer_timeout = answer_patience;
  options.max_connections = 1;
  options.max_answer_bytes = largest_key_set;
  auto client = net::BlockingClient::open(std::move(options));
  if (!client) return fail(ErrorCode::config, "tokens.jwks: " + client.error().message);
  std::unique_ptr<TokenKeys> keys(new TokenKeys(std::move(*client), std::move(path), std::move(file)));
  const auto fetched = keys->fetch();
  if (fetched) return keys;
  if (!std::filesystem::exists(keys->file_))
    return fail(fetched.error().code, fmt::format("tokens.jwks: {}: {}; let it answer, or name a file with its keys",
                                                  settings.jwks_url, fetched.error().message));
  log::warning("token_keys_not_fetched", log::field("code", fetched.error().code));
  return keys;
}

TokenKeys::~TokenKeys() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Result<bool> TokenKeys::fetch() {
  auto done = ask();
  failing_ = !done;
  return done;
}

// A set that cannot be used takes the place of none.
Result<bool> TokenKeys::ask() {
  auto answer = client_.call({"GET", path_, {{"Accept", "application/jwk-set+json, application/json"}}, {}});
  if (!answer) return fail(std::move(answer.error()));
  if (answer->status != 200)
    return fail(ErrorCode::unavailable, fmt::format("it answered {} where 200 is expected", answer->status));
  if (auto usable = api::parse_jwks(answer->body); !usable) return fail(std::move(usable.error()));
  const auto kept = read_file(file_, largest_key_set);
  const bool changed = !kept || *kept != answer->body;
  if (changed)
    if (auto written = replace_file(file_, answer->body); !written) return fail(std::move(written.error()));
  return changed;
}

void TokenKeys::start(std::function<void()> on_changed) {
  thread_ = std::thread([this, on_changed = std::move(on_changed)] { run(on_changed); });
}

void TokenKeys::wake() {
  {
    const std::lock_guard lock(mutex_);
    wanted_ = true;
  }
  changed_.notify_all();
}

bool TokenKeys::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, rest, [this] { return stopping_; });
  const auto patience = failing_ ? std::chrono::seconds(after_failure) : std::chrono::seconds(between_looks);
  changed_.wait_for(lock, patience, [this] { return stopping_ || wanted_; });
  wanted_ = false;
  return !stopping_;
}

void TokenKeys::run(const std::function<void()>& on_changed) {
  name_thread("token-keys");
  while (wait()) {
    const auto changed = fetch();
    if (!changed)
      log::warning("token_keys_not_fetched", log::field("code", changed.error().code));
    else if (*changed)
      on_changed();
  }
}

}  // namespace ketenpoort
