#include "gateway/api/http/query.hpp"

#include <algorithm>
#include <charconv>

#include "gateway/api/http/unknown_input.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/base/bytes.hpp"
#include "gateway/base/utf8.hpp"

namespace ketenpoort::api {
namespace {

std::optional<std::string> percent_decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const auto byte = i + 3 <= text.size() ? from_hex(text.substr(i + 1, 2)) : std::nullopt;
    if (!byte || byte->front() == 0) return std::nullopt;
    out += static_cast<char>(byte->front());
    i += 2;
  }
  return is_valid_utf8(out) ? std::optional(std::move(out)) : std::nullopt;
}

tl::unexpected<Error> refuse(std::string where, std::string detail) {
  return fail(ErrorCode::schema_violation, "a query parameter is not understood",
              {{ErrorCode::schema_violation, std::move(where), std::move(detail)}});
}

}  // namespace

Result<Query> parse_query(std::string_view raw, std::initializer_list<std::string_view> known) {
  Query query;
  while (!raw.empty()) {
    const auto end = raw.find('&');
    const auto pair = raw.substr(0, end);
    raw = end == std::string_view::npos ? std::string_view{} : raw.substr(end + 1);
    const auto equals = pair.find('=');
    const auto name = pair.substr(0, equals);
    if (std::find(known.begin(), known.end(), name) == known.end()) return refuse_unknown_parameter(name, known);
    const auto value =
        equals == std::string_view::npos ? std::optional<std::string>("") : percent_decode(pair.substr(equals + 1));
    if (!value) return refuse(std::string(name), "not percent-encoded UTF-8");
    if (!query.emplace(name, *value).second) return refuse(std::string(name), "given twice; give it once");
  }
  return query;
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

tl::unexpected<Error> refuse_parameter(std::string name, std::string detail) {
  return fail(ErrorCode::invalid_input, "a query parameter is wrong",
              {{ErrorCode::invalid_input, std::move(name), std::move(detail)}});
}

// A moment, or the whole of a day in Belgium: from its beginning, or until its end.
std::optional<Timestamp> parse_bound(std::string_view text, bool upper) {
  if (const auto day = parse_date(text)) return start_of_day_in_brussels(upper ? add_days(*day, 1) : *day);
  const auto moment = parse_rfc3339(text);
  if (!moment) return std::nullopt;
  return upper ? *moment + std::chrono::milliseconds{1} : *moment;
}

std::string percent_encode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = is_letter_or_digit(c) || std::string_view("-._~:").find(c) != std::string_view::npos;
    if (plain)
      out += c;
    else
      out += '%' + to_hex(as_bytes(std::string_view(&c, 1)));
  }
  return out;
}

}  // namespace ketenpoort::api
