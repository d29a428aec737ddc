// Where in what was sent the fields of a record stand: "line 3, GEBOORTEDATUM (resident.birth.date)". Whoever wrote a
// CSV, fixed-width or XML file knows its columns and elements, and not the record that is made of them.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/exchange/facilities/message_formats.hpp"
#include "gateway/exchange/reading/check_record.hpp"
#include "gateway/formats/xml_place.hpp"
#include "gateway/mapping/translate/mapping.hpp"

namespace ketenpoort::exchange {

class RecordPlaces {
 public:
  // `mapping` is one of `formats`, and made the record of `source`.
  RecordPlaces(std::shared_ptr<const MessageFormats> formats, const mapping::Mapping& mapping,
               mapping::InputRecord source, mapping::Context context, std::string_view charset = {});

  [[nodiscard]] const mapping::InputRecord& source() const { return source_; }
  [[nodiscard]] const mapping::Context& context() const { return context_; }

  // Complaints about fields of the record, and findings, named by where they come from. `document`: what was sent, in
  // whatever encoding, if it was XML.
  void name(std::vector<Issue>& issues, std::string_view document) const;
  void name(std::vector<RecordFinding>& findings, std::string_view document) const;
  // What the mapping says of what it reads: source paths.
  [[nodiscard]] Issue name(const mapping::Refusal& refusal, std::string_view document) const;
  [[nodiscard]] std::vector<RecordFinding> name_findings(std::vector<mapping::Finding> findings,
                                                         std::string_view document) const;
  // What the source's own schema says of it.
  [[nodiscard]] std::string name_source(std::string_view path, std::string_view document) const;

 private:
  [[nodiscard]] const formats::XmlPlaces& places_in(std::string_view document) const;
  [[nodiscard]] std::string name_all(const std::vector<std::string>& paths, std::string_view field,
                                     std::string_view document) const;

  std::shared_ptr<const MessageFormats> formats_;
  const mapping::Mapping& mapping_;
  mapping::InputRecord source_;
  mapping::Context context_;
  std::string charset_;
  mutable std::shared_ptr<const formats::XmlPlaces> xml_;  // of the document, once it was asked for
};

}  // namespace ketenpoort::exchange
