#include "gateway/config/reader.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>

#include "gateway/base/bytes.hpp"
#include "gateway/base/files.hpp"
#include "gateway/domain/ssin.hpp"
#include "gateway/formats/suggest.hpp"

namespace ketenpoort::config {

namespace {

using formats::YamlNode;

constexpr std::size_t largest_secret = 64U << 10;

std::string without_line_end(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  long long count = 0;
  const auto* end = text.data() + text.size();
  const auto [unit_at, error] = std::from_chars(text.data(), end, count);
  if (error != std::errc{} || count < 0 || count > 1'000'000'000) return std::nullopt;
  const std::string_view unit(unit_at, static_cast<std::size_t>(end - unit_at));
  if (unit == "ms") return std::chrono::milliseconds{count};
  if (unit == "s") return std::chrono::seconds{count};
  if (unit == "min") return std::chrono::minutes{count};
  if (unit == "h") return std::chrono::hours{count};
  if (unit == "d") return std::chrono::days{count};
  return std::nullopt;
}

}  // namespace

void Problems::add(const SourceFile& file, const YamlNode& at, std::string detail) {
  issues_.push_back(
      {ErrorCode::config, fmt::format("{}:{}:{}", file.path.string(), at.line, at.column), std::move(detail)});
}

Section::Section(const SourceFile& file, const YamlNode& node, Problems& problems)
    : file_(&file), node_(&node), problems_(&problems) {
  if (!node.is(YamlNode::Kind::mapping))
    complain(fmt::format("{} stands here, must be a mapping of `key: value` lines", to_text(node.kind)));
}

Section::Section(Section&& other) noexcept
    : file_(other.file_),
      node_(std::exchange(other.node_, nullptr)),
      problems_(other.problems_),
      asked_(std::move(other.asked_)) {}

Section::~Section() {
  if (node_ == nullptr) return;
  const std::vector<std::string_view> known(asked_.begin(), asked_.end());
  for (const auto& [key, value] : node_->members)
    if (std::find(known.begin(), known.end(), key.text) == known.end())
      problems_->add(*file_, key,
                     fmt::format("`{}` is no key of this place{}: known are {}", key.text,
                                 formats::did_you_mean(key.text, known), fmt::join(known, ", ")));
}

std::string Section::Text::shown() const {
  return secret ? "what it was filled in with" : fmt::format("`{}`", value);
}

const YamlNode* Section::find(std::string_view key) {
  if (std::find(asked_.begin(), asked_.end(), key) == asked_.end()) asked_.emplace_back(key);
  return node_->find(key);
}

const YamlNode* Section::find(std::string_view key, Need need) {
  const auto* value = find(key);
  if (value != nullptr && !value->is(YamlNode::Kind::null)) return value;
  if (need == Need::required && node_->is(YamlNode::Kind::mapping))
    complain(key, fmt::format("`{}` {}: it must be stated", key, value == nullptr ? "is missing" : "stands empty"));
  else if (value != nullptr && need == Need::optional)
    complain(key, fmt::format("`{}` stands empty: give it a value or take the line away", key));
  return nullptr;
}

const YamlNode* Section::find(std::string_view key, YamlNode::Kind kind, Need need) {
  const auto* value = find(key, need);
  if (value == nullptr || value->is(kind)) return value;
  complain(key, fmt::format("`{}` stands as {}, must be {}", key, to_text(value->kind), to_text(kind)));
  return nullptr;
}

void Section::complain(std::string_view key, std::string detail) {
  const auto* value = node_->find(key);
  problems_->add(*file_, value != nullptr ? *value : *node_, std::move(detail));
}

void Section::complain_value(std::string_view key, const Text& stands, std::string_view must_be) {
  complain(key, fmt::format("`{}` stands as {}, must be {}", key, stands.shown(), must_be));
}

bool Section::has(std::string_view key) {
  return find(key) != nullptr;
}

std::optional<Section::Text> Section::scalar(std::string_view key, Need need) {
  const auto* value = find(key, YamlNode::Kind::scalar, need);
  if (value == nullptr) return std::nullopt;
  return expand(*value, key);
}

std::optional<Section::Text> Section::expand(const YamlNode& node, std::string_view key) {
  Text filled{node.text, false};
  if (!file_->expands) return filled;
  for (std::size_t at = filled.value.find("${"); at != std::string::npos; at = filled.value.find("${", at)) {
    const auto end = filled.value.find('}', at);
    const auto name = filled.value.substr(at + 2, end == std::string::npos ? end : end - at - 2);
    const char* variable = end == std::string::npos ? nullptr : std::getenv(name.c_str());
    if (variable == nullptr) {
      complain(key, fmt::format("`{}` names the environment variable {}, which is not set", key, name));
      return std::nullopt;
    }
    filled.value.replace(at, end - at + 1, variable);
    filled.secret = true;
    at += std::string_view{variable}.size();  // what a variable holds is not looked into
  }
  if (!filled.secret && filled.value.starts_with("file:")) {
    auto content = read_file(file_->path.parent_path() / filled.value.substr(5), largest_secret);
    if (!content) {
      complain(key, fmt::format("`{}` is to be read from a file: {}", key, content.error().message));
      return std::nullopt;
    }
    filled = {without_line_end(std::move(*content)), true};
  }
  return filled;
}

std::string Section::text(std::string_view key, Need need) {
  auto stands = scalar(key, need);
  if (stands && stands->value.empty()) complain(key, fmt::format("`{}` stands empty: it must say something", key));
  return stands ? std::move(stands->value) : std::string{};
}

std::string Section::one_of(std::string_view key, std::initializer_list<std::string_view> allowed, Need need) {
  auto stands = scalar(key, need);
  if (!stands) return {};
  if (std::find(allowed.begin(), allowed.end(), stands->value) != allowed.end()) return std::move(stands->value);
  complain(key, fmt::format("`{}` stands as {}{}, must be one of {}", key, stands->shown(),
                            formats::did_you_mean(stands->value, allowed), fmt::join(allowed, ", ")));
  return {};
}

std::string Section::kbo_number(std::string_view key, Need need) {
  auto stands = scalar(key, need);
  if (!stands) return {};
  if (is_kbo_number(stands->value)) return std::move(stands->value);
  complain_value(key, *stands, "a KBO number: 10 digits, the last two 97 minus the rest of the first eight by 97");
  return {};
}

std::string Section::ip_address(std::string_view key) {
  auto stands = scalar(key, Need::required);
  if (!stands) return {};
  const auto bare = stands->value.substr(0, stands->value.find('%'));  // fe80::1%eth0
  in6_addr parsed{};
  for (const int family : {AF_INET, AF_INET6})
    if (::inet_pton(family, bare.c_str(), &parsed) == 1) return std::move(stands->value);
  complain_value(key, *stands, "an IP address of this machine; 0.0.0.0 for all it has");
  return {};
}

Digest Section::digest(std::string_view key) {
  Digest digest{};
  const auto stands = scalar(key, Need::required);
  if (!stands) return digest;
  const auto raw = from_hex(stands->value);
  if (raw && raw->size() == digest.size() && to_hex(ByteView(*raw)) == stands->value)
    std::copy(raw->begin(), raw->end(), digest.begin());
  else
    complain_value(key, *stands, "a SHA-256 digest: 64 digits and letters a to f");
  return digest;
}

bool Section::flag(std::string_view key, bool fallback) {
  const auto stands = scalar(key, Need::optional);
  if (!stands) return fallback;
  if (stands->value == "true" || stands->value == "false") return stands->value == "true";
  complain_value(key, *stands, "true or false");
  return fallback;
}

double Section::decimal(std::string_view key, double fallback, double least, double most) {
  const auto stands = scalar(key, Need::optional);
  if (!stands) return fallback;
  double value = 0;
  const auto* end = stands->value.data() + stands->value.size();
  const auto [parsed_to, error] = std::from_chars(stands->value.data(), end, value);
  if (error == std::errc{} && parsed_to == end && least <= value && value <= most) return value;
  complain_value(key, *stands, fmt::format("a number from {} to {}", least, most));
  return fallback;
}

std::chrono::milliseconds Section::duration(std::string_view key, std::chrono::milliseconds fallback) {
  const auto stands = scalar(key, Need::optional);
  if (!stands) return fallback;
  if (const auto value = parse_duration(stands->value)) return *value;
  complain_value(key, *stands, "a duration: a number and ms, s, min, h or d, as in 30s");
  return fallback;
}

std::optional<Date> Section::optional_date(std::string_view key) {
  const auto stands = scalar(key, Need::optional);
  if (!stands) return std::nullopt;
  const auto value = parse_date(stands->value);
  if (!value) complain_value(key, *stands, "a day of the calendar, as in 2026-03-01");
  return value;
}

Date Section::date(std::string_view key) {
  if (find(key, Need::required) == nullptr) return {};
  return optional_date(key).value_or(Date{});
}

std::filesystem::path Section::path(std::string_view key, Need need) {
  const auto stands = text(key, need);
  return stands.empty() ? std::filesystem::path{} : file_->path.parent_path() / stands;
}

std::filesystem::path Section::existing_file(std::string_view key, Need need) {
  auto file = path(key, need);
  std::error_code error;
  if (!file.empty() && !std::filesystem::is_regular_file(file, error))
    complain(key, fmt::format("`{}` names a file that is not there or not ours to see: {}", key, file.string()));
  return file;
}

std::vector<std::string> Section::texts(std::string_view key, Need need) {
  std::vector<std::string> values;
  const auto* list = find(key, YamlNode::Kind::sequence, need);
  if (list == nullptr) return values;
  for (const auto& item : list->items) {
    if (!item.is(YamlNode::Kind::scalar) || item.text.empty()) {
      problems_->add(*file_, item, fmt::format("an item of `{}` is {}, must be a text", key, to_text(item.kind)));
      continue;
    }
    if (std::find(values.begin(), values.end(), item.text) != values.end())
      problems_->add(*file_, item, fmt::format("`{}` stands twice in `{}`: keep one", item.text, key));
    values.push_back(item.text);
  }
  return values;
}

CategorySet Section::categories(std::string_view key, Need need) {
  CategorySet set;
  const auto all = CategorySet::all().names();
  for (const auto& name : texts(key, need)) {
    if (const auto category = parse_category(name))
      set.insert(*category);
    else
      complain(key, fmt::format("`{}` in `{}` is no data category{}", name, key,
                                formats::did_you_mean(name, {all.begin(), all.end()})));
  }
  return set;
}

std::optional<Section> Section::section(std::string_view key, Need need) {
  const auto* value = find(key, YamlNode::Kind::mapping, need);
  if (value == nullptr) return std::nullopt;
  return std::optional<Section>(std::in_place, *file_, *value, *problems_);
}

std::vector<Section> Section::sections(std::string_view key, Need need) {
  std::vector<Section> all;
  if (const auto* list = find(key, YamlNode::Kind::sequence, need))
    for (const auto& item : list->items) all.emplace_back(*file_, item, *problems_);
  return all;
}

std::vector<std::pair<std::string, std::vector<Section>>> Section::grouped(std::string_view key) {
  std::vector<std::pair<std::string, std::vector<Section>>> groups;
  const auto* mapping = find(key, YamlNode::Kind::mapping, Need::required);
  if (mapping == nullptr) return groups;
  Section inner(*file_, *mapping, *problems_);
  for (const auto& [name, list] : mapping->members) groups.emplace_back(name.text, inner.sections(name.text));
  return groups;
}

std::vector<std::string> Section::names(std::string_view key) {
  std::vector<std::string> keys;
  if (const auto* mapping = find(key, YamlNode::Kind::mapping, Need::optional))
    for (const auto& member : mapping->members) keys.push_back(member.first.text);
  return keys;
}

bool Section::is_filled_in(std::string_view key) {
  const auto* value = find(key);
  return value != nullptr && file_->expands &&
         (value->text.find("${") != std::string::npos || value->text.starts_with("file:"));
}

}  // namespace ketenpoort::config
