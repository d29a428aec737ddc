// GET /doc/openapi.yaml, /doc/schemas/{name}: what people and programs may rely on, from the gateway they call.
#include "gateway/api/routes/documentation.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>

#include "gateway/api/api.hpp"
#include "gateway/api/http/conditional.hpp"
#include "gateway/base/files.hpp"

namespace ketenpoort::api {
namespace {

constexpr std::string_view yaml_type = "application/yaml";
constexpr std::string_view schema_type = "application/schema+json";
constexpr std::array<std::string_view, 5> schemas = {"resident-1.schema.json", "consent-1.schema.json",
                                                     "report-1.schema.json", "outcome-1.schema.json",
                                                     "activity-1.schema.json"};

// Nobody need say who they are to have it: of who takes it slowly, or never, a piece is kept and not the whole.
NextPiece pieces_of(std::string_view text) {
  constexpr std::size_t piece_bytes = 16U << 10;
  return [text, at = std::make_shared<std::size_t>(0)](const ReplyTo& reply) {
    Reply piece;
    piece.body = text.substr(*at, piece_bytes);
    *at += piece.body.size();
    reply(std::move(piece));
  };
}

void send_document(const Call& call) {
  static const auto tag = entity_tag(openapi_document);
  Reply reply{200, std::string(yaml_type), {}, {{"Cache-Control", "no-cache"}}};
  reply.rest = pieces_of(openapi_document);
  call.reply(with_entity_tag(call.request, std::move(reply), tag));
}

void send(const Call& call, std::string_view content_type, std::string content) {
  call.reply(with_entity_tag(call.request,
                             {200, std::string(content_type), std::move(content), {{"Cache-Control", "no-cache"}}}));
}

// As it lies in the folder the gateway reads it from.
void send_schema(const std::filesystem::path& folder, const Call& call) {
  const auto& name = call.parts.front();
  if (std::ranges::find(schemas, name) == schemas.end())
    return call.refuse({ErrorCode::not_found, "no schema has this name"}, InputPart::path);
  auto schema = read_file(folder / name);
  if (!schema) return call.refuse(schema.error(), InputPart::path);
  send(call, schema_type, std::move(*schema));
}

}  // namespace

void add_documentation_routes(const ApiDependencies& dependencies, std::vector<Route>& routes) {
  routes.push_back({.method = "GET",
                    .path = "/doc/openapi.yaml",
                    .access = Access::anyone,
                    .run = [](const Call& call) { send_document(call); },
                    .produces = {yaml_type}});
  routes.push_back({.method = "GET",
                    .path = "/doc/schemas/{name}",
                    .access = Access::anyone,
                    .run = on_workers(dependencies,
                                      [](const ApiDependencies& d, const Call& call) { send_schema(d.schemas, call); }),
                    .produces = {schema_type}});
}

}  // namespace ketenpoort::api
