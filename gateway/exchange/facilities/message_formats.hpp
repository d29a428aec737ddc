// What comes in and what goes out looks like: every mapping, and the schemas of what clients send. One immutable whole,
// so that a reload swaps them together and nobody sees half of one and half of the other.
#pragma once

#include <filesystem>
#include <memory>

#include "gateway/base/in_use.hpp"
#include "gateway/formats/json_schema.hpp"
#include "gateway/mapping/library.hpp"

namespace ketenpoort::exchange {

struct MessageFormats {
  mapping::Library mappings;
  formats::JsonSchema record_schema;
  formats::JsonSchema consent_schema;
};

// From a folder of mappings. ErrorCode::config, every mistake an issue with where = "file:line:column".
Result<std::shared_ptr<const MessageFormats>> load_formats(const std::filesystem::path& folder,
                                                           const mapping::LoadOptions& options);

using FormatsInUse = InUse<MessageFormats>;

}  // namespace ketenpoort::exchange
