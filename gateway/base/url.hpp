// A URL of the configuration in two, as a client and a call take it.
#pragma once

#include <string>
#include <string_view>

namespace ketenpoort {

struct UrlParts {
  std::string base;  // https://host:port
  std::string path;  // "/" where the URL has none
};

inline UrlParts split_url(std::string_view url) {
  const auto host = url.find("://");
  const auto slash = host == std::string_view::npos ? host : url.find('/', host + 3);
  if (slash == std::string_view::npos) return {std::string(url), "/"};
  return {std::string(url.substr(0, slash)), std::string(url.substr(slash))};
}

}  // namespace ketenpoort
