#include "gateway/observability/log.hpp"

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <algorithm>
#include <atomic>
#include <iterator>
#include <memory>

#include "gateway/base/ascii.hpp"
#include "gateway/base/time.hpp"

namespace ketenpoort::log {
namespace {

using Logger = std::shared_ptr<spdlog::logger>;

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warning:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
    case Level::off:
      break;
  }
  return spdlog::level::off;
}

std::string_view to_text(Level level) {
  switch (level) {
    case Level::debug:
      return "debug";
    case Level::info:
      return "info";
    case Level::warning:
      return "warning";
    case Level::error:
      return "error";
    case Level::off:
      break;
  }
  return "off";
}

Logger make_logger(Level least, spdlog::sink_ptr sink) {
  auto logger = std::make_shared<spdlog::logger>("ketenpoort", std::move(sink));
  logger->set_pattern("%v");
  logger->set_level(to_spdlog(least));
  logger->flush_on(spdlog::level::debug);
  return logger;
}

Logger& current() {
  static Logger logger = make_logger(Level::info, std::make_shared<spdlog::sinks::stdout_sink_mt>());
  return logger;
}

using Line = fmt::memory_buffer;

// Labels and configured names are plain, but a label may be any literal: quotes and backslashes are escaped all the
// same.
void append_text(Line& line, std::string_view text) {
  line.push_back('"');
  for (const char c : text) {
    if (c == '"' || c == '\\') line.push_back('\\');
    line.push_back(static_cast<unsigned char>(c) < 0x20 ? ' ' : c);
  }
  line.push_back('"');
}

struct AppendValue {
  Line& line;
  void operator()(std::int64_t number) const { fmt::format_to(std::back_inserter(line), "{}", number); }
  void operator()(std::uint64_t number) const { fmt::format_to(std::back_inserter(line), "{}", number); }
  void operator()(bool yes) const { fmt::format_to(std::back_inserter(line), "{}", yes); }
  void operator()(const Uuid& id) const { append_text(line, id.text()); }
  void operator()(std::string_view text) const { append_text(line, text); }
  void operator()(std::chrono::microseconds duration) const { (*this)(std::int64_t{duration.count()}); }
};

void append_field(Line& line, const Field& field) {
  const bool duration = std::holds_alternative<std::chrono::microseconds>(field.value);
  fmt::format_to(std::back_inserter(line), ",\"{}{}\":", field.name.text(), duration ? "_us" : "");
  std::visit(AppendValue{line}, field.value);
}

}  // namespace

std::optional<ConfiguredName> ConfiguredName::parse(std::string_view text) {
  constexpr std::size_t longest = 64;
  const auto is_allowed = [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  };
  if (text.empty() || text.size() > longest || !is_letter(text.front())) return std::nullopt;
  if (!std::all_of(text.begin(), text.end(), is_allowed)) return std::nullopt;
  return ConfiguredName(text);
}

void configure(Level least, Destination destination) {
  if (destination == Destination::standard_output)
    current() = make_logger(least, std::make_shared<spdlog::sinks::stdout_sink_mt>());
  else
    current() = make_logger(least, std::make_shared<spdlog::sinks::stderr_sink_mt>());
}

void configure(Level least, std::ostream& stream) {
  current() = make_logger(least, std::make_shared<spdlog::sinks::ostream_sink_mt>(stream));
}

void write(Level level, Label event, std::initializer_list<Field> fields) {
  auto& logger = *current();
  if (!logger.should_log(to_spdlog(level))) return;
  Line line;
  fmt::format_to(std::back_inserter(line), "{{\"time\":\"{}\",\"level\":\"{}\",\"event\":", to_rfc3339(Clock().now()),
                 to_text(level));
  append_text(line, event.text());
  for (const auto& each : fields) append_field(line, each);
  line.push_back('}');
  logger.log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace ketenpoort::log
