// GET /mappings, POST /mappings/reload: which mappings run, and putting changed ones to use.
#include <utility>

#include "gateway/api/api.hpp"
#include "gateway/api/http/issue_list.hpp"
#include "gateway/api/http/problem.hpp"

namespace ketenpoort::api {
namespace {

using exchange::FormatsChange;
using formats::JsonWriter;

void write_versions(JsonWriter& writer, std::string_view key, const std::vector<FormatsChange::Version>& versions) {
  writer.key(key).begin_array();
  for (const auto& one : versions)
    writer.begin_object()
        .member("mapping", one.mapping)
        .member("version", one.version)
        .member("sha256", to_hex(one.hash))
        .end_object();
  writer.end_array();
}

// What partners reported with and no list has: to be added by whoever keeps the lists.
void write_unknown_codes(JsonWriter& writer, const std::vector<exchange::UnknownCodes::Seen>& lacking) {
  if (lacking.empty()) return;
  writer.key("unknownCodes").begin_array();
  for (const auto& one : lacking) {
    writer.begin_object().member("partner", one.recipient).member("of", one.code.of);
    if (!one.code.code.empty()) writer.member("code", one.code.code);
    writer.member("codeList", one.code.list)
        .member("items", one.items)
        .member("firstSeen", to_rfc3339(one.first))
        .member("lastSeen", to_rfc3339(one.last))
        .end_object();
  }
  writer.end_array();
}

void list(const ApiDependencies& dependencies, const Call& call) {
  const auto formats = dependencies.facilities.formats.get();
  const auto today = date_in_brussels(dependencies.facilities.clock.now());
  std::string json;
  JsonWriter writer(json);
  writer.begin_object().member("self", call.base + "/mappings").key("items").begin_array();
  for (const auto& one : formats->mappings.mappings()) {
    writer.begin_object().member("mapping", one->name()).member("version", one->version());
    writer.member("sha256", to_hex(one->hash())).member("effectiveFrom", to_iso(one->effective_from()));
    if (const auto until = one->effective_until()) writer.member("effectiveUntil", to_iso(*until));
    if (!one->recipient().empty()) writer.member("recipient", one->recipient());
    writer.member("inForce", one->in_force(today)).end_object();
  }
  writer.end_array();
  // Of a change that was refused and is still in the folder.
  write_issues(writer, "refused", dependencies.reload.faults());
  write_unknown_codes(writer, dependencies.unknown_codes->lacking(formats->mappings, today));
  writer.end_object();
  call.answer(200, std::move(json), {{"cache-control", "no-store"}});
}

// A conflict: the call is right, what lies in the folder is not.
void reload(const ApiDependencies& dependencies, const Call& call) {
  if (auto empty = check_empty(call); !empty) return call.refuse(empty.error());
  const auto change = dependencies.reload.run();
  if (!change) {
    auto error = change.error();
    if (error.code == ErrorCode::config) error.code = ErrorCode::conflict;
    return call.refuse(error);
  }
  std::string json;
  JsonWriter writer(json);
  writer.begin_object();
  write_versions(writer, "came", change->came);
  write_versions(writer, "went", change->went);
  write_issues(writer, "warnings", change->warnings);
  writer.end_object();
  call.answer(200, std::move(json));
}

}  // namespace

void add_mapping_routes(const ApiDependencies& dependencies, std::vector<Route>& routes) {
  routes.push_back({.method = "GET",
                    .path = "/mappings",
                    .access = Access::scope,
                    .scope = "operator",
                    .run = [dependencies](const Call& call) { list(dependencies, call); },
                    .or_scope = "audit"});
  routes.push_back({"POST", "/mappings/reload", Access::scope, "operator", on_workers(dependencies, reload)});
}

}  // namespace ketenpoort::api
