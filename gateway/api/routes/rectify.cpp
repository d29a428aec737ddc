// POST /subjects/{ref}/rectify: something that was said of a person was wrong.
#include <memory>
#include <utility>

#include "gateway/api/http/problem.hpp"
#include "gateway/api/routes/rights_call.hpp"
#include "gateway/exchange/rights/rectify.hpp"
#include "gateway/ledger/entry/entry.hpp"
#include "gateway/policy/record_categories.hpp"

namespace ketenpoort::api {
namespace {

using formats::JsonKind;
using formats::JsonView;
using formats::JsonWriter;

constexpr std::size_t most_fields = 100;

Result<CategorySet> read_fields(JsonView fields) {
  CategorySet out;
  if (!fields) return out;
  if (!fields.is(JsonKind::array) || fields.size() == 0 || fields.size() > most_fields)
    return refuse_value("fields", "a list of 1 to 100 properties of the record, or left out");
  for (const auto field : fields.elements()) {
    const auto categories = policy::categories_of(field.as_string().value_or(""));
    if (!categories) return refuse_value("fields", "a property of the record, as in resident.name.family");
    out = out | *categories;
  }
  return out;
}

Result<CategorySet> read_categories(JsonView categories) {
  CategorySet out;
  if (!categories) return out;
  if (!categories.is(JsonKind::array) || categories.size() == 0)
    return refuse_value("categories", "a list of data categories, or left out");
  for (const auto category : categories.elements()) {
    const auto one = parse_category(category.as_string().value_or(""));
    if (!one) return refuse_value("categories", "a data category, as in a consent");
    out.insert(*one);
  }
  return out;
}

Result<exchange::Rectification> read_rectification(JsonView body) {
  const auto fields = read_fields(body.find("fields"));
  if (!fields) return fail(fields.error());
  const auto categories = read_categories(body.find("categories"));
  if (!categories) return fail(categories.error());
  const auto by = read_uuid_of(body.find("correctedBy"), "correctedBy");
  if (!by) return fail(by.error());
  exchange::Rectification out{*fields | *categories, *by};
  if (out.categories.empty()) return refuse_value("fields", "what was wrong: fields, categories, or both");
  return out;
}

void rectify(const ApiDependencies& dependencies, Call call) {
  const auto body = read_rights_body(call.request.body, {"fields", "categories", "correctedBy", "request"});
  if (!body) return call.refuse(body.error());
  const auto rights = read_rights_call(call, body->root());
  if (!rights) return call.refuse(rights.error(), InputPart::path);
  const auto wish = read_rectification(body->root());
  if (!wish) return call.refuse(wish.error());
  auto shared = std::make_shared<Call>(std::move(call));
  exchange::rectify_subject(dependencies.facilities, dependencies.dispatcher.in_flight(), *rights, *wish,
                            [shared, categories = wish->categories](const Result<exchange::RightsOutcome>& outcome) {
                              if (!outcome) return shared->refuse(outcome.error());
                              std::string json;
                              JsonWriter writer(json);
                              writer.begin_object()
                                  .member("subject", ledger::to_text(outcome->subject))
                                  .member("state", "RECTIFIED")
                                  .key("categories")
                                  .begin_array();
                              for (const auto category : categories.list()) writer.value(to_text(category));
                              writer.end_array();
                              write_rights_outcome(writer, *outcome);
                              writer.end_object();
                              shared->answer(200, std::move(json));
                            });
}

}  // namespace

void add_rectify_routes(const ApiDependencies& dependencies, std::vector<Route>& routes) {
  routes.push_back({"POST", "/subjects/{ref}/rectify", Access::scope, "rights",
                    [dependencies](Call call) { rectify(dependencies, std::move(call)); }});
}

}  // namespace ketenpoort::api
