// Which script a language is written in, and who cannot read it: a notice that was READ informs nobody who cannot.
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

  // Whether it is said that they cannot read the script: its level is NONE, or the other script they know is another
  // one. What the screening leaves open says nothing.
  [[nodiscard]] bool rules_out(std::string_view script) const;
};

// What is known after a newer screening: it goes first, field by field; a level stays with the script it is of.
Literacy renew(const Literacy& before, Literacy now);

// The ISO 15924 codes of the scripts in which a language (ISO 639-3) is usually written. Latin for every language that
// is not known to be written in another. Decisions are replayed with this table: add to it, change nothing in it.
std::vector<std::string_view> scripts_of(std::string_view language);

// Every script of the language.
bool rules_out_language(const Literacy& literacy, std::string_view language);

}  // namespace ketenpoort
