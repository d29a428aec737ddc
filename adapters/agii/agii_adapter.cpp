#include "adapters/agii/agii_adapter.hpp"

#include <pugixml.hpp>

#include "adapters/rest_push.hpp"

namespace ketenpoort::adapters {
namespace {

std::string_view local_name(std::string_view name) {
  return name.substr(name.find(':') + 1);
}

// <Ontvangstbevestiging><Ontvangstnummer>..</Ontvangstnummer></Ontvangstbevestiging>, the root in any namespace.
std::optional<std::string> read_receipt(std::string_view body) {
  pugi::xml_document document;
  // The parser neither fetches nor expands entities: a document type is skipped.
  if (!document.load_buffer(body.data(), body.size())) return std::nullopt;
  const auto root = document.document_element();
  if (local_name(root.name()) != "Ontvangstbevestiging") return std::nullopt;
  return std::string(root.child_value("Ontvangstnummer"));
}

}  // namespace

Call AgiiAdapter::to_call(const Delivery& delivery) const {
  return push(delivery, "/kbi/dossiers", "application/xml");
}

Verdict AgiiAdapter::judge(const Answer& answer) const {
  return judge_push(answer, read_receipt);
}

}  // namespace ketenpoort::adapters
