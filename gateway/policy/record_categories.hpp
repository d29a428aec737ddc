// Which data category a property of the resident record belongs to (config/categories.yaml names the categories; the
// mappings name one per field that leaves). Pure.
#pragma once

#include <optional>
#include <string_view>

#include "gateway/domain/category.hpp"

namespace ketenpoort::policy {

// `property`: a path of names, "resident.name.family"; a whole object means all that is in it. Nothing when the record
// has no such property, or it belongs to no category.
std::optional<CategorySet> categories_of(std::string_view property);

}  // namespace ketenpoort::policy
