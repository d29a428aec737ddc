#include "adapters/magda/question.hpp"

#include <pugixml.hpp>

#include "adapters/magda/answer.hpp"
#include "adapters/magda/xml_reading.hpp"
#include "gateway/formats/xml.hpp"

namespace ketenpoort::adapters::magda {
namespace {

// Appends what pugixml writes to a string.
class Text final : public pugi::xml_writer {
 public:
  void write(const void* data, std::size_t size) override { text.append(static_cast<const char*>(data), size); }
  std::string text;
};

void add(pugi::xml_node& to, const char* name, const std::string& text) {
  to.append_child(name).text().set(text.c_str());
}

void write_sender(pugi::xml_node bericht, const MagdaParties& parties, std::string_view referte) {
  bericht.remove_child("Afzender");
  bericht.remove_child("Ontvanger");
  auto sender = bericht.append_child("Afzender");
  add(sender, "Identificatie", parties.sender);
  add(sender, "Referte", std::string(referte));
  add(sender, "Hoedanigheid", parties.hoedanigheid);
  if (parties.receiver.empty()) return;
  auto receiver = bericht.append_child("Ontvanger");
  add(receiver, "Identificatie", parties.receiver);
}

}  // namespace

Result<std::string> make_question(std::string_view payload, const MagdaParties& parties, std::string_view referte) {
  pugi::xml_document document;
  if (!formats::parse_xml(payload, document)) return fail(ErrorCode::malformed, "the message is not XML");
  const auto root = document.document_element();
  const auto request = root.child("Verzoek");
  const auto bericht = request.child("Context").child("Bericht");
  if (local_name(root.name()) != "RegistreerToeleiding" || namespace_of(root) != service_namespace || !bericht)
    return fail(ErrorCode::malformed, "the message is no RegistreerToeleiding with a Context");
  if (request.child("Vragen").child("Vraag").child_value("Referte") != referte)
    return fail(ErrorCode::malformed, "Vraag/Referte is not the transfer");
  write_sender(bericht, parties, referte);
  Text out;
  root.print(out, "", pugi::format_raw | pugi::format_no_declaration, pugi::encoding_utf8);
  return std::move(out.text);
}

}  // namespace ketenpoort::adapters::magda
