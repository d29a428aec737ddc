// What comes in another syntax than our own, made ours by the mapping that reads it: a resident record, a partner's
// report.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/exchange/facilities/facilities.hpp"
#include "gateway/exchange/reading/check_record.hpp"
#include "gateway/exchange/reading/record_places.hpp"

namespace ketenpoort::exchange {

// What mappings make of what comes in.
constexpr std::string_view record_schema = "schemas/resident-1.schema.json";
constexpr std::string_view outcome_schema = "schemas/outcome-1.schema.json";

struct ConvertedRecord {
  std::string json;
  std::string where;                             // "line 3"; empty when the input is one record
  std::vector<RecordFinding> findings;           // what the mapping could not use
  std::shared_ptr<const RecordPlaces> places{};  // for what is found wrong with the record later
};

// Which mapping: of those that read `format` (json, xml, csv, fixed) and make what `target` describes. `name`: which of
// them, when there are several; empty: the only one. `among`: no others than these; empty: any. `only_one`: an input of
// several records is refused before any of them is translated.
struct WantedMapping {
  std::string_view format;
  std::string_view target;
  std::string_view name;
  std::vector<std::string> among{};
  bool only_one = false;
  std::string_view charset{};  // the input is said to be in; empty: nothing is said
  std::string_view root{};     // of an XML document: what its first element is called; empty: whatever
};

// ErrorCode::not_found: none, or several.
Result<const mapping::Mapping*> choose_mapping(const mapping::Library& library, const WantedMapping& wanted, Date on);

// One record that was taken out of an input by one of `formats`; `context` says when it is. `document`: the whole
// input in UTF-8, where it is XML, which came in `charset`.
Result<ConvertedRecord> convert_row(std::shared_ptr<const MessageFormats> formats, const mapping::Mapping& mapping,
                                    mapping::InputRecord record, mapping::Context context,
                                    std::string_view document = {}, std::string_view charset = {});

// Every record of an input, or why one of them is none: errors name line and column where the syntax has them, and
// never a value. ErrorCode::not_found: no mapping reads it, or several do.
Result<std::vector<ConvertedRecord>> convert_input(const Facilities& facilities, const WantedMapping& wanted,
                                                   std::string_view bytes);

// One resident record.
Result<ConvertedRecord> convert_record(const Facilities& facilities, std::string_view format, std::string_view mapping,
                                       std::string_view bytes, std::string_view charset = {});

}  // namespace ketenpoort::exchange
