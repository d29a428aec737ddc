// What comes in and what goes out looks like: every mapping, and the schemas of what clients send. One immutable whole,
// so that a reload swaps them together and nobody sees half of one and half of the other.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <utility>

#include "gateway/formats/json_schema.hpp"
#include "gateway/mapping/mapping.hpp"

namespace ketenpoort::exchange {

struct MessageFormats {
  mapping::Library mappings;
  formats::JsonSchema record_schema;
  formats::JsonSchema consent_schema;
};

// From a folder of mappings. ErrorCode::config, every mistake an issue with where = "file:line:column".
Result<std::shared_ptr<const MessageFormats>> load_formats(const std::filesystem::path& folder,
                                                           const mapping::LoadOptions& options);

// The ones in use. Whoever works on something takes them once and keeps them to its end, however often they are swapped
// meanwhile. Thread-safe.
class FormatsInUse {
 public:
  explicit FormatsInUse(std::shared_ptr<const MessageFormats> formats) : formats_(std::move(formats)) {}

  [[nodiscard]] std::shared_ptr<const MessageFormats> get() const {
    const std::lock_guard lock(mutex_);
    return formats_;
  }
  void put(std::shared_ptr<const MessageFormats> formats) {
    const std::lock_guard lock(mutex_);
    formats_.swap(formats);  // the old ones are let go of outside, by whoever used them last
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const MessageFormats> formats_;
};

}  // namespace ketenpoort::exchange
