// What the configuration says that mappings are compiled and linted against.
#pragma once

#include <map>
#include <string>

#include "gateway/domain/category.hpp"

namespace ketenpoort::mapping {

// What a purpose may take; categories in neither set are never for it.
struct PurposeCategories {
  CategorySet required;
  CategorySet optional;
  std::string recipient{};  // whom the purpose is for; empty: not said
  [[nodiscard]] CategorySet allowed() const { return required | optional; }
};

struct LoadOptions {
  // Category table per purpose (config/purposes.yaml). Without one, lint cannot tell which categories are never for a
  // purpose and only `allowed` of the context decides.
  std::map<std::string, PurposeCategories, std::less<>> purposes;
  // What the agreements with each recipient cover, for any of the legal bodies behind it. Without an entry for a
  // recipient nothing is checked.
  std::map<std::string, CategorySet, std::less<>> agreements;
  // The folder holds what was linted before and kept: just what a translation needs, without the tables that lint asks.
  bool kept = false;
};

}  // namespace ketenpoort::mapping
