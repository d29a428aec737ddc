// Which script a language is written in, and who can read it: a notice that was READ informs nobody who cannot.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ketenpoort {

// How well somebody reads, as the screening in the centre found: GOOD, BASIC or NONE; empty where it does not say.
struct Literacy {
  std::string latin;         // screening.literacy.latinScript
  std::string other;         // ... otherScript
  std::string other_script;  // ... otherScriptName, an ISO 15924 code: "Arab"
  bool operator==(const Literacy&) const = default;

  // BASIC is enough; what the screening does not name does not count.
  [[nodiscard]] bool can_read(std::string_view script) const;
};

// The ISO 15924 codes of the scripts in which a language (ISO 639-3) is usually written. Latin for every language that
// is not known to be written in another. Decisions are replayed with this table: add to it, change nothing in it.
std::vector<std::string_view> scripts_of(std::string_view language);

// Some script of the language.
bool can_read_language(const Literacy& literacy, std::string_view language);

}  // namespace ketenpoort
