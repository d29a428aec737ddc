// Lists in pages: how many items one has, where the next begins, and what every list of log entries can be asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "gateway/api/http/query.hpp"
#include "gateway/api/http/unknown_input.hpp"

namespace ketenpoort::api {

constexpr std::size_t default_page = 100;
constexpr std::size_t largest_page = 500;

// pageSize.
inline Result<std::size_t> read_page_size(const std::string& value) {
  const auto number = parse_number(value);
  if (!number || *number < 1 || *number > largest_page) return refuse_parameter("pageSize", "a number from 1 to 500");
  return static_cast<std::size_t>(*number);
}

// after, where it is a place in the log or in a list: the last item of the page before. A number that no page ends
// with, greater than what SQLite counts with, would begin at the first again.
inline Result<std::uint64_t> read_place(const std::string& value) {
  constexpr std::uint64_t greatest = (std::uint64_t{1} << 53) - 1;
  const auto number = parse_number(value);
  if (!number || *number > greatest) return refuse_parameter("after", "take it from `next` of the page before");
  return *number;
}

// Of a query: how many items are asked for.
inline Result<std::size_t> find_page_size(const Query& query) {
  const auto it = query.find("pageSize");
  return it == query.end() ? Result<std::size_t>(default_page) : read_page_size(it->second);
}

// Of a query: the place that the page begins at.
inline Result<std::uint64_t> find_first_place(const Query& query) {
  const auto it = query.find("after");
  if (it == query.end()) return 0;
  const auto last = read_place(it->second);
  if (!last) return fail(last.error());
  return *last + 1;
}

// Where the page behind `after` is, asked for as this one was. `list`: where the list is.
inline std::string next_page_url(std::string list, std::string_view after, const Query& query) {
  auto url = std::move(list.append("?after=").append(after));
  for (const auto& [name, value] : query)
    if (name != "after") url += '&' + name + '=' + percent_encode(value);
  return url;
}

// recipient, from, to, after or pageSize, of entries of the log; any other name is refused.
template <class Wanted>
Status read_log_parameter(const std::string& name, const std::string& value, Wanted& out) {
  if (name == "recipient") {
    if (value.empty()) return refuse_parameter(name, "name a recipient, or leave it out");
    out.recipient = value;
  } else if (name == "from" || name == "to") {
    const auto bound = parse_bound(value, name == "to");
    if (!bound) return refuse_parameter(name, "a day (yyyy-mm-dd) or a moment (yyyy-mm-ddThh:mm:ssZ)");
    (name == "to" ? out.until : out.from) = bound;
  } else if (name == "after") {
    const auto place = read_place(value);
    if (!place) return fail(place.error());
    out.after = *place;
  } else if (name == "pageSize") {
    const auto size = read_page_size(value);
    if (!size) return fail(size.error());
    out.limit = *size;
  } else {
    return refuse_unknown_parameter(name, {"recipient", "from", "to", "after", "pageSize"});
  }
  return {};
}

}  // namespace ketenpoort::api
