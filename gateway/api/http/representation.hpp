// Which form of a document a caller gets: the one `format` names, or else what Accept asks for (RFC 9110 section
// 12.5.1), or else the first.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/api/http/accept.hpp"
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

// ErrorCode::invalid_input for a `format` that there is none of. Where Accept rules out all, the router has refused the
// call (Route::produces).
inline Result<Representation> choose_representation(const Query& query, const Accept& accept,
                                                    std::span<const Representation> all) {
  if (const auto format = query.find("format"); format != query.end()) {
    std::string known;
    for (const auto& one : all) {
      if (one.name == format->second) return one;
      known.append(known.empty() ? "" : ", ").append(one.name);
    }
    return refuse_parameter("format", "one of " + known);
  }
  std::vector<std::string_view> offered;
  for (const auto& one : all) offered.push_back(one.media_type);
  return all[accept.choose(offered).value_or(0)];
}

}  // namespace ketenpoort::api
