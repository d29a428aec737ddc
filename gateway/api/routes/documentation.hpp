// The OpenAPI document that stands in docs/openapi.yaml, part of the program.
#pragma once

#include <string_view>

namespace ketenpoort::api {

extern const std::string_view openapi_document;  // YAML

}  // namespace ketenpoort::api
