// MAGDA's Uitzonderingen: what each means for a message that was sent.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ketenpoort::adapters::magda {

// How grave it is, in MAGDA's words: FOUT, WAARSCHUWING, INFORMATIE.
enum class Gravity : unsigned char { fault, warning, information };

// Where it stands: 1 in a SOAP fault (the message could not be read), 2 in the Repliek (the message or its context is
// not in order), 3 in the Antwoord (the question is not in order, or its source does not answer).
struct Uitzondering {
  int level = 0;
  std::string code;    // Identificatie: up to ten digits
  std::string origin;  // Oorsprong: MAGDA, VDAB, KSZ ...
  Gravity gravity = Gravity::fault;
};

enum class Treatment : unsigned char {
  retry,   // it may go well later, with the same message
  reject,  // the same message will never be taken: a person must look
  note,    // it was taken; what was said beside that is written down
};

struct KnownUitzondering {
  std::string_view code;
  Treatment treatment;  // of a FOUT
  std::string_view meaning;
  std::string_view source;  // the page of the MAGDA users' wiki that names it
};
std::span<const KnownUitzondering> known_uitzonderingen();

// Of a FOUT: as the table says; one that is not in it is rejected.
Treatment treat(const Uitzondering& uitzondering);

// Of all that stand in one answer: a rejection outweighs a retry, and both outweigh a note.
Treatment treat(const std::vector<Uitzondering>& all);

// For ledger and logs: "magda-99996.MAGDA". What a partner could hide personal data in (a code of more than five
// digits, an origin with digits) is not repeated.
std::string class_of(const Uitzondering& uitzondering);
// The code as a number under the same condition; otherwise 0.
unsigned number_of(const Uitzondering& uitzondering);

}  // namespace ketenpoort::adapters::magda
