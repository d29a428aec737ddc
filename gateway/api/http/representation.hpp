// Which form of a document a caller gets: the one `format` names, or else what Accept asks for (RFC 9110 section
// 12.5.1), or else the first.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "gateway/api/http/query.hpp"

namespace ketenpoort::api {

struct Representation {
  std::string_view name;  // of `format`
  std::string_view media_type;
};

constexpr Representation as_json{"json", "application/json"};
constexpr Representation as_jsonld{"jsonld", "application/ld+json"};
constexpr Representation as_csv{"csv", "text/csv"};
constexpr Representation as_html{"html", "text/html"};

// ErrorCode::invalid_input for a `format` that there is none of. Of Accept the first type we have counts; one with
// quality 0 is none.
inline Result<Representation> choose_representation(const Query& query, std::string_view accept,
                                                    std::span<const Representation> all) {
  if (const auto format = query.find("format"); format != query.end()) {
    std::string known;
    for (const auto& one : all) {
      if (one.name == format->second) return one;
      known.append(known.empty() ? "" : ", ").append(one.name);
    }
    return refuse_parameter("format", "one of " + known);
  }
  while (!accept.empty()) {
    auto range = accept.substr(0, accept.find(','));
    accept = range.size() == accept.size() ? std::string_view{} : accept.substr(range.size() + 1);
    const bool is_refused = range.find("q=0") != std::string_view::npos && range.find("q=0.") == std::string_view::npos;
    range = range.substr(0, range.find(';'));
    while (!range.empty() && (range.front() == ' ' || range.front() == '\t')) range.remove_prefix(1);
    while (!range.empty() && (range.back() == ' ' || range.back() == '\t')) range.remove_suffix(1);
    for (const auto& one : all)
      if (!is_refused && one.media_type == range) return one;
  }
  return all.front();
}

}  // namespace ketenpoort::api
