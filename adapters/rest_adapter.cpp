#include "adapters/rest_adapter.hpp"

#include <algorithm>
#include <pugixml.hpp>

#include "adapters/rest_push.hpp"
#include "gateway/base/trim.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/formats/xml_names.hpp"

namespace ketenpoort::adapters {
namespace {

using Reference = RestSettings::Reference;

// Takes the text up to the next separator off the front.
std::string_view next_name(std::string_view& place, char between) {
  const auto end = std::min(place.find(between), place.size());
  const auto name = place.substr(0, end);
  place.remove_prefix(std::min(end + 1, place.size()));
  return name;
}

// Readable is any JSON object; its reference is a text or a whole number.
std::optional<std::string> read_json(std::string_view body, std::string_view place) {
  const auto document = formats::parse_json(without_mark(body));
  if (!document || !document->root().is(formats::JsonKind::object)) return std::nullopt;
  auto at = document->root();
  while (!place.empty()) at = at.find(next_name(place, '.'));
  if (const auto number = at.as_int()) return std::to_string(*number);
  return std::string(at.as_string().value_or(""));
}

// Readable is a document with the root that the place begins with, in any namespace.
std::optional<std::string> read_xml(std::string_view body, std::string_view place) {
  pugi::xml_document document;
  // The parser neither fetches nor expands entities: a document type is skipped.
  if (!document.load_buffer(body.data(), body.size())) return std::nullopt;
  auto at = document.document_element();
  if (formats::local_name(at.name()) != next_name(place, '/')) return std::nullopt;
  while (!place.empty()) {
    const auto name = next_name(place, '/');
    at = at.find_child([&](const pugi::xml_node& child) { return formats::local_name(child.name()) == name; });
  }
  return std::string(trim(std::string_view(at.child_value()), is_space));  // indented by some toolkits
}

std::string header(const Answer& answer, std::string_view lower_case_name) {
  for (const auto& [name, value] : answer.headers)
    if (name == lower_case_name) return value;
  return {};
}

std::optional<std::string> read_reference(const RestSettings& settings, const Answer& answer) {
  if (settings.reference == Reference::header) return header(answer, settings.reference_at);
  if (settings.reference == Reference::none || answer.body.empty()) return std::string();
  return settings.reference == Reference::json ? read_json(answer.body, settings.reference_at)
                                               : read_xml(answer.body, settings.reference_at);
}

}  // namespace

Call RestAdapter::to_call(const Delivery& delivery) const {
  auto call = push(delivery, settings_.path, settings_.accept);
  if (!settings_.trace_header.empty()) call.headers.emplace_back(settings_.trace_header, delivery.trace.text());
  call.headers.insert(call.headers.end(), settings_.headers.begin(), settings_.headers.end());
  return call;
}

Verdict RestAdapter::judge(const Answer& answer) const {
  return judge_push(answer, [this](const Answer& success) { return read_reference(settings_, success); });
}

}  // namespace ketenpoort::adapters
