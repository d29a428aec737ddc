#include "gateway/exchange/facilities/message_formats.hpp"

namespace ketenpoort::exchange {
namespace {

Result<formats::JsonSchema> load_schema(const std::filesystem::path& file) {
  auto schema = formats::JsonSchema::load(file);
  if (schema || !schema.error().issues.empty()) return schema;
  return fail(ErrorCode::config, schema.error().message,
              {{ErrorCode::config, file.string() + ":1:1", schema.error().message}});
}

}  // namespace

Result<std::shared_ptr<const MessageFormats>> load_formats(const std::filesystem::path& folder,
                                                           const mapping::LoadOptions& options) {
  auto library = mapping::Library::load(folder, options);
  if (!library) return fail(std::move(library.error()));
  auto record = load_schema(folder / "schemas/resident-1.schema.json");
  if (!record) return fail(std::move(record.error()));
  auto consent = load_schema(folder / "schemas/consent-1.schema.json");
  if (!consent) return fail(std::move(consent.error()));
  return std::make_shared<const MessageFormats>(
      MessageFormats{std::move(*library), std::move(*record), std::move(*consent)});
}

}  // namespace ketenpoort::exchange
