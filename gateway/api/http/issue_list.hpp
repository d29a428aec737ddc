// Places with what is wrong there, as a member of an answer.
#pragma once

#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::api {

// "<key>": [{name, detail}]; nothing where there are none.
inline void write_issues(formats::JsonWriter& writer, std::string_view key, const std::vector<Issue>& issues) {
  if (issues.empty()) return;
  writer.key(key).begin_array();
  for (const auto& issue : issues)
    writer.begin_object().member("name", issue.where).member("detail", issue.detail).end_object();
  writer.end_array();
}

}  // namespace ketenpoort::api
