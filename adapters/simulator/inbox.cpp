#include "adapters/simulator/inbox.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <map>

#include "adapters/content_digest.hpp"
#include "gateway/base/files.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::simulator {
namespace {

// Repeated headers are joined as HTTP joins them; a byte beyond ASCII could not be told in JSON without guessing its
// encoding.
std::map<std::string, std::string> joined(const Headers& headers) {
  std::map<std::string, std::string> by_name;
  for (const auto& [name, value] : headers) {
    if (name == "authorization") continue;  // a token is nobody's to read later
    auto& text = by_name[name];
    if (!text.empty()) text += ", ";
    std::ranges::transform(value, std::back_inserter(text), [](char c) { return c >= ' ' && c <= '~' ? c : '?'; });
  }
  return by_name;
}

std::string describe(const Message& message) {
  std::string text;
  formats::JsonWriter json(text);
  json.begin_object()
      .member("time", to_rfc3339(message.time))
      .member("method", message.method)
      .member("path", message.path);
  json.key("headers").begin_object();
  for (const auto& [name, value] : joined(message.headers)) json.member(name, value);
  json.end_object()
      .member("verdict", message.refusal ? "refused" : "ok")
      .member("reason", message.refusal)
      .end_object();
  return text + "\n";
}

// Whole or not at all, also through kill -9; a simulator need not outlive a power cut, so nothing is synced.
Status put_file(const std::filesystem::path& file, std::string_view content) {
  auto temporary = file;
  temporary += ".new";
  std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
  out.write(content.data(), static_cast<std::streamsize>(content.size()));
  out.close();
  if (!out) return fail(io_error("cannot write", temporary, errno));
  if (std::rename(temporary.c_str(), file.c_str()) != 0) return fail(io_error("cannot replace", file, errno));
  return {};
}

unsigned number_of(const std::filesystem::path& file) {
  const auto stem = file.stem().string();
  unsigned number = 0;
  const auto [end, error] = std::from_chars(stem.data(), stem.data() + stem.size(), number);
  return error == std::errc{} && end == stem.data() + stem.size() ? number : 0;
}

}  // namespace

Result<std::unique_ptr<Inbox>> Inbox::open(std::filesystem::path folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail(io_error("cannot make", folder, error.value()));
  std::unique_ptr<Inbox> inbox(new Inbox(std::move(folder)));
  if (auto loaded = inbox->load(); !loaded) return fail(std::move(loaded.error()));
  return inbox;
}

Status Inbox::load() {
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    const auto number = number_of(entry.path());
    if (number == 0) continue;
    last_ = std::max(last_, number);  // also of a body whose description a crash prevented
    if (entry.path().extension() != ".json") continue;
    if (auto loaded = load_key(entry.path()); !loaded) return loaded;
  }
  return {};
}

// A key is bound by messages that arrived whole, whatever the verdict.
Status Inbox::load_key(const std::filesystem::path& description) {
  const auto text = read_file(description);
  if (!text) return fail(text.error());
  const auto json = formats::parse_json(*text);
  if (!json) return fail(ErrorCode::malformed, description.string() + " is not a description of a message");
  const auto headers = json->root().find("headers");
  const auto key = parse_uuid(headers.find("idempotency-key").as_string().value_or(""));
  auto body_file = description;
  const auto body = read_file(body_file.replace_extension(".body"));
  if (!body) return fail(body.error());
  if (key && adapters::check_content_digest(headers.find("content-digest").as_string().value_or(""), *body))
    bytes_by_key_.try_emplace(*key, sha256(as_bytes(*body)));
  return {};
}

bool Inbox::bind(const Uuid& key, const Digest& body) {
  const std::lock_guard lock(mutex_);
  return bytes_by_key_.try_emplace(key, body).first->second == body;
}

unsigned Inbox::next_number() {
  const std::lock_guard lock(mutex_);
  return ++last_;
}

Status Inbox::store(const Message& message) {
  const auto name = fmt::format("{:06}", next_number());
  if (auto stored = put_file(folder_ / (name + ".body"), message.body); !stored) return stored;
  return put_file(folder_ / (name + ".json"), describe(message));
}

}  // namespace ketenpoort::simulator
