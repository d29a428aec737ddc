// A strict reader of Klantvolgsysteem graphs as a partner reads them: its own hand-written shapes, not the gateway's
// schema, so that a mistake in that schema does not pass unnoticed. What no shape names is refused.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ketenpoort::simulator {

enum class ValueKind : unsigned char {
  text,             // a string, not empty
  one_of,           // a string out of `of`, separated by '|'
  country,          // ISO 3166-1 alpha-3
  language,         // ISO 639-3
  date,             // yyyy-mm-dd
  incomplete_date,  // 1990-00-00 allowed
  year,
  month,  // yyyy-mm
  uuid,
  kbo_number,
  nis_code,   // five digits
  isco_code,  // one digit to four
  integer,
  boolean,
  literal,        // {"@value": text}
  phone_literal,  // E.164
  email_literal,
  dutch_literal,      // {"@value": text, "@language": "nl"}
  date_time_literal,  // {"@value": RFC 3339, "@type": "DateTime"}
  reference,          // {"@id": a node of the graph whose type is one of `of`}
  concept_of,         // {"@id": `of` and a name, or one of the names after the first '|'}
  object,             // an object whose @type is one of `of`, separated by '|'
};

struct Property {
  std::string_view name;
  ValueKind kind;
  std::string_view of{};
  bool required = false;
  bool many = false;  // an array, at least one where required
};

// What is wrong with a value's text; nothing also for kinds that are no plain text.
std::optional<std::string_view> find_text_fault(std::string_view text, const Property& property);

struct Shape {
  std::string_view type;
  std::span<const Property> properties;
};

// What one partner takes.
struct GraphRules {
  std::span<const Shape> shapes;    // the partner's own nodes and what stands in them, beside those below
  std::string_view vocabulary;      // @vocab of the project's nodes
  std::string_view own_node_types;  // of the project, which may stand in the graph
  std::string_view once;            // types of which there must be exactly one node
};

// The partners that take graphs.
const GraphRules& vdab_graph();
const GraphRules& municipality_graph();

// Release 1 as its published API description states it (draft of 2025-11-04).
std::span<const Shape> release_1_shapes();
// What the project says beyond release 1, whoever receives it: pre-screening, referral, labour-market access.
std::span<const Shape> project_shapes();

// The first thing wrong, as "where: what"; nothing when the body is as the rules want it. Says no value of the message.
// `Overdracht.identificator` must be there and equal `transfer_id`.
std::optional<std::string> find_graph_fault(std::string_view body, std::string_view transfer_id,
                                            const GraphRules& rules);

// What both readers of graphs know.
inline constexpr std::size_t longest_text = 16'000;
inline constexpr std::string_view release_1_context =
    "https://data.vlaanderen.be/doc/implementatiemodel/klantvolgsysteem1/ontwerpstandaard/2025-11-04/context/"
    "KVS-R1.jsonld";
inline constexpr std::string_view release_1_node_types =
    "Werkvoorkeuren|GeregistreerdPersoon|Persoon|PubliekeOrganisatie|GeregistreerdeOrganisatie|Participatie|"
    "PubliekeDienstverlening|"
    "Adresvoorstelling";
inline constexpr std::string_view transfer_property = "Overdracht.identificator";
inline constexpr std::string_view identifier_type = "Identificator";
inline constexpr std::string_view identifier_property = "Identificator.identificator";
inline constexpr std::string_view issuer_property = "Identificator.toegekendDoor(String)";
inline constexpr std::string_view national_register = "Rijksregister";

// `list` is separated by '|'.
bool is_listed(std::string_view list, std::string_view wanted);

}  // namespace ketenpoort::simulator
