// Values that a record may hold where nobody expects them: to every place of a record, by chance.
#pragma once

#include <iterator>
#include <random>
#include <string>

#include "gateway/formats/json.hpp"

namespace ketenpoort::test {

// A copy of `view` in which one scalar of so many is something odd.
inline void write_odd(formats::JsonView view, formats::JsonWriter& writer, std::mt19937& random, unsigned one_of) {
  static const std::string odd[] = {R"(" padded ")",
                                    R"("")",
                                    R"("   ")",
                                    R"("a \"quoted\" word")",
                                    R"("back\\slash")",
                                    R"("\u0001")",
                                    R"("tab\t")",
                                    "\"caf\xC3\xA9\"",
                                    "\"cafe\xCC\x81\"",
                                    "\"\xEF\xBF\xBF\"",
                                    R"("a < b & c > d")",
                                    R"("]]>")",
                                    "0",
                                    "-0",
                                    "12",
                                    "1.5",
                                    "1e3",
                                    "true",
                                    "false",
                                    "null",
                                    "[]",
                                    "{}",
                                    "[1]",
                                    R"("2020-02-30")",
                                    R"("1990-05-00")",
                                    "\"" + std::string(300, 'x') + "\"",
                                    R"("2026-11-24T23:59:59.9999+01:00")",
                                    R"("2026-10-25T02:30:00+01:00")",
                                    R"("0001-01-01")",
                                    R"("9999-12-31")",
                                    R"("2100-01-01")",
                                    R"("00:00")",
                                    R"("24:00")",
                                    R"("12:60")",
                                    R"("12")",
                                    R"("2020")",
                                    R"("2020-13")",
                                    R"("NL")",
                                    R"("nl-BE")",
                                    R"("xxx")",
                                    R"("und")",
                                    R"("eng")",
                                    R"("tig")",
                                    R"("000")",
                                    R"("BE")",
                                    R"("XXA")",
                                    R"("150")",
                                    R"("99999")",
                                    R"("2000-")",
                                    R"("a@b.c")",
                                    R"("\n")",
                                    R"("a\nb")",
                                    R"("\u0085")",
                                    R"("\u2028")",
                                    R"("\ud83d\ude00")",
                                    R"("=1+1")",
                                    R"("-")",
                                    R"("'")",
                                    R"("\"")",
                                    "9",
                                    "-1",
                                    "40",
                                    "41",
                                    "120",
                                    R"("\u00a0")",
                                    R"("a \"quoted\" <b>")",
                                    R"("cafe\u0301")",
                                    R"("\u0628")",
                                    R"("\u200b")",
                                    R"("\uffff")",
                                    R"("A-1")",
                                    R"("1899-05-05")",
                                    R"("2101-01-01")",
                                    R"("x@y")",
                                    R"("+3212345")",
                                    R"("0470")",
                                    "1e1",
                                    "99999999999"};
  if (view.is(formats::JsonKind::object)) {
    writer.begin_object();
    for (const auto [key, value] : view.members()) {
      writer.key(key);
      write_odd(value, writer, random, one_of);
    }
    writer.end_object();
  } else if (view.is(formats::JsonKind::array)) {
    writer.begin_array();
    for (const auto element : view.elements()) write_odd(element, writer, random, one_of);
    writer.end_array();
  } else if (random() % one_of == 0) {
    writer.raw_value(odd[random() % std::size(odd)]);
  } else {
    writer.value(view);
  }
}

}  // namespace ketenpoort::test
