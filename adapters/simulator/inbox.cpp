#include "adapters/simulator/inbox.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <vector>

#include "adapters/content_digest.hpp"
#include "adapters/magda/simulator/magda_desk.hpp"
#include "gateway/base/files.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::simulator {
namespace {

// A byte beyond ASCII could not be told in JSON without guessing its encoding.
char shown(char c) {
  return c >= ' ' && c <= '~' ? c : '?';
}

// By name; of one name in their order.
std::vector<const Headers::value_type*> sorted(const Headers& headers) {
  std::vector<const Headers::value_type*> fields;
  fields.reserve(headers.size());
  for (const auto& field : headers)
    if (field.first != "authorization") fields.push_back(&field);  // a token is nobody's to read later
  std::ranges::stable_sort(fields, {},
                           [](const Headers::value_type* field) -> const std::string& { return field->first; });
  return fields;
}

// Repeated headers are joined as HTTP joins them.
void describe_headers(formats::JsonWriter& json, const Headers& headers) {
  const auto fields = sorted(headers);
  std::string value;
  for (auto field = fields.begin(); field != fields.end();) {
    const auto& name = (*field)->first;
    value.clear();
    for (; field != fields.end() && (*field)->first == name; ++field) {
      if (!value.empty()) value += ", ";
      std::ranges::transform((*field)->second, std::back_inserter(value), shown);
    }
    json.member(name, value);
  }
}

std::string describe(const Message& message, bool with_size = false) {
  std::string text;
  constexpr std::size_t usual_size = 1024;
  text.reserve(usual_size);
  formats::JsonWriter json(text);
  json.begin_object();
  if (with_size) json.member("bytes", static_cast<std::int64_t>(message.body.size()));
  json.member("time", to_rfc3339(message.time)).member("method", message.method).member("path", message.path);
  json.key("headers").begin_object();
  describe_headers(json, message.headers);
  json.end_object()
      .member("verdict", message.refusal ? "refused" : "ok")
      .member("reason", message.refusal)
      .end_object();
  text += '\n';
  return text;
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

constexpr std::int64_t largest_body = 64 << 20;

// The next message of the log, as far as it is whole.
struct Logged {
  std::string description;
  std::string body;
};
std::optional<Logged> read_logged(std::istream& in) {
  Logged out;
  if (!std::getline(in, out.description) || in.eof()) return std::nullopt;
  const auto json = formats::parse_json(out.description);
  const auto bytes = json ? json->root().find("bytes").as_int().value_or(-1) : -1;
  if (bytes < 0 || bytes > largest_body) return std::nullopt;
  out.body.resize(static_cast<std::size_t>(bytes));
  if (!in.read(out.body.data(), bytes) || in.get() != '\n') return std::nullopt;
  return out;
}

}  // namespace

Result<std::unique_ptr<Inbox>> Inbox::open(std::filesystem::path folder, Keeping keeping) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail(io_error("cannot make", folder, error.value()));
  std::unique_ptr<Inbox> inbox(new Inbox(std::move(folder)));
  if (auto loaded = inbox->load(); !loaded) return fail(std::move(loaded.error()));
  if (keeping == Keeping::one_file)
    if (auto opened = inbox->open_log(); !opened) return fail(std::move(opened.error()));
  return inbox;
}

Inbox::~Inbox() {
  if (log_ >= 0) ::close(log_);
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
  auto body_file = description;
  const auto body = read_file(body_file.replace_extension(".body"));
  if (!body) return fail(body.error());
  if (!bind_described(*text, *body))
    return fail(ErrorCode::malformed, description.string() + " is not a description of a message");
  return {};
}

bool Inbox::bind_described(std::string_view description, std::string_view body) {
  const auto json = formats::parse_json(description);
  if (!json) return false;
  const auto headers = json->root().find("headers");
  const auto path = json->root().find("path").as_string().value_or("");
  const bool refused = json->root().find("verdict").as_string() == "refused";
  if (path == magda_path && refused) return true;  // it may not even be the sender's
  const auto key = parse_uuid(headers.find("idempotency-key").as_string().value_or(""));
  if (key && adapters::check_content_digest(headers.find("content-digest").as_string().value_or(""), body))
    bytes_by_key_.try_emplace(*key, sha256(as_bytes(bound_by_key(path, body))));
  return true;
}

// What a kill left half written was never answered, so it is cut off.
Status Inbox::open_log() {
  const auto file = folder_ / "messages.log";
  log_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (log_ < 0) return fail(io_error("cannot open", file, errno));
  const auto whole = load_log(file);
  if (!whole) return fail(whole.error());
  log_size_ = *whole;
  if (::ftruncate(log_, static_cast<off_t>(log_size_)) != 0) return fail(io_error("cannot cut", file, errno));
  return {};
}

Result<std::uint64_t> Inbox::load_log(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(io_error("cannot read", file, errno));
  std::uint64_t whole = 0;
  while (const auto message = read_logged(in)) {
    bind_described(message->description, message->body);
    whole += message->description.size() + message->body.size() + 2;
  }
  return whole;
}

Status Inbox::append(const Message& message) {
  auto description = describe(message, true);
  char line_break = '\n';
  auto* const body = const_cast<char*>(message.body.data());  // only read
  const std::array<iovec, 3> parts{iovec{description.data(), description.size()}, iovec{body, message.body.size()},
                                   iovec{&line_break, 1}};
  const auto size = description.size() + message.body.size() + 1;
  const std::lock_guard lock(mutex_);
  const auto written = ::pwritev(log_, parts.data(), parts.size(), static_cast<off_t>(log_size_));
  if (written != static_cast<ssize_t>(size))  // the next one is written over it
    return fail(io_error("cannot write", folder_ / "messages.log", written < 0 ? errno : ENOSPC));
  log_size_ += size;
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
  if (log_ >= 0) return append(message);
  const auto name = fmt::format("{:06}", next_number());
  if (auto stored = put_file(folder_ / (name + ".body"), message.body); !stored) return stored;
  return put_file(folder_ / (name + ".json"), describe(message));
}

}  // namespace ketenpoort::simulator
