// GET /configuration: which configuration runs, and what the files say that does not count.
#include "gateway/api/api.hpp"
#include "gateway/api/http/issue_list.hpp"

namespace ketenpoort::api {
namespace {

void show(const ApiDependencies& dependencies, const Call& call) {
  const auto standing = dependencies.reloads->standing();
  std::string json;
  formats::JsonWriter writer(json);
  writer.begin_object()
      .member("self", call.base + "/configuration")
      .member("sha256", to_hex(dependencies.configuration->get()->digest))
      .member("reloads", standing.swapped);
  write_issues(writer, "refused", standing.mistakes);
  if (!standing.needs_restart.empty()) {
    writer.key("needsRestart").begin_array();
    for (const auto& key : standing.needs_restart) writer.value(key);
    writer.end_array();
  }
  writer.end_object();
  call.answer(200, std::move(json), {{"cache-control", "no-store"}});
}

}  // namespace

void add_configuration_routes(const ApiDependencies& dependencies, std::vector<Route>& routes) {
  routes.push_back({.method = "GET",
                    .path = "/configuration",
                    .access = Access::scope,
                    .scope = "operator",
                    .run = [dependencies](const Call& call) { show(dependencies, call); },
                    .or_scope = "audit"});
}

}  // namespace ketenpoort::api
