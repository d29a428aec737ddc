// The keys of a line, and which go together.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "gateway/mapping/definition/definition.hpp"

namespace ketenpoort::mapping {

using Origin = Line::Origin;

inline constexpr std::array origins = {
    std::pair{std::string_view("from"), Origin::from},
    std::pair{std::string_view("value"), Origin::value},
    std::pair{std::string_view("join"), Origin::join},
    std::pair{std::string_view("pick"), Origin::pick},
    std::pair{std::string_view("for_each"), Origin::for_each},
    std::pair{std::string_view("items"), Origin::items},
    std::pair{std::string_view("choose"), Origin::choose},
    std::pair{std::string_view("include"), Origin::include},
    std::pair{std::string_view("ref"), Origin::ref},
    std::pair{std::string_view("now"), Origin::now},
    std::pair{std::string_view("new_id"), Origin::new_id},
    std::pair{std::string_view("known_id"), Origin::known_id},
};

// Keys beside the origin, and the origins that know them (empty: all).
inline bool belongs(std::string_view key, Origin origin) {
  const auto one_of = [&](std::initializer_list<Origin> list) {
    return std::find(list.begin(), list.end(), origin) != list.end();
  };
  const bool gives_value = one_of({Origin::from, Origin::value, Origin::join, Origin::pick, Origin::choose, Origin::now,
                                   Origin::new_id, Origin::known_id});
  const bool reads = one_of({Origin::from, Origin::join, Origin::pick});
  if (key == "when") return true;
  if (key == "do" || key == "codes") return reads || origin == Origin::now || origin == Origin::known_id;
  if (key == "missing") return reads || origin == Origin::choose || origin == Origin::known_id;
  if (key == "error") return reads || origin == Origin::known_id;
  if (key == "unmapped") return reads;
  if (key == "required" || key == "data" || key == "mask" || key == "literal" || key == "as") return gives_value;
  if (key == "with") return origin == Origin::join;
  if (key == "where") return one_of({Origin::pick, Origin::for_each});
  if (key == "take" || key == "get") return origin == Origin::pick;
  if (key == "at") return origin == Origin::include;
  if (key == "fields") return one_of({Origin::for_each, Origin::fields});
  return false;
}

inline constexpr std::array<std::string_view, 16> line_keys = {
    "when", "do",      "codes", "missing", "error", "unmapped", "required", "data",
    "mask", "literal", "as",    "with",    "where", "take",     "get",      "at"};

inline std::vector<std::string_view> known_line_keys() {
  std::vector<std::string_view> names(line_keys.begin(), line_keys.end());
  for (const auto& [name, origin] : origins) names.push_back(name);
  names.push_back("fields");
  return names;
}

}  // namespace ketenpoort::mapping
