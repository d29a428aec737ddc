#include "gateway/mapping/steps/steps.hpp"

#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>
#include <array>

#include "gateway/base/ascii.hpp"
#include "gateway/base/trim.hpp"
#include "gateway/base/utf8.hpp"
#include "gateway/domain/ssin.hpp"
#include "gateway/mapping/steps/day.hpp"
#include "gateway/mapping/steps/phone.hpp"
#include "gateway/mapping/steps/step_arguments.hpp"

namespace ketenpoort::mapping {
namespace {

using enum StepOutcome;

// --- text ---

StepOutcome trim(Value& v, const StepArguments&, StepContext&) {
  v.text = trim_white_space(v.text);
  return done;
}

StepOutcome nfc(Value& v, const StepArguments&, StepContext& context) {
  if (is_surely_nfc(v.text)) return done;
  const auto composed = to_nfc(v.text);
  if (!composed) return failed;
  if (*composed != v.text) v.text = context.arena.keep(*composed);
  return done;
}

bool goes_with_before(utf8proc_int32_t point) {
  switch (utf8proc_category(point)) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_LM:  // the ayn of al-ʿAbbās
    case UTF8PROC_CATEGORY_CF:
      return true;
    default:
      return false;
  }
}

// As spaces, hyphens, apostrophes and the accents that stand for one do, whichever of them somebody typed, and the stop
// behind an initial.
bool parts_words(utf8proc_int32_t point) {
  constexpr std::array<utf8proc_int32_t, 5> signs = {'\'', '`', 0xB4, 0x2019, '.'};
  const auto category = utf8proc_category(point);
  return category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_PD ||
         std::ranges::find(signs, point) != signs.end();
}

// Applies `change(code point, is the first of a word)` to each character.
template <class Change>
StepOutcome each_character(Value& v, StepContext& context, Change change) {
  const auto* at = reinterpret_cast<const utf8proc_uint8_t*>(v.text.data());
  auto left = static_cast<utf8proc_ssize_t>(v.text.size());
  char* const out = context.arena.take(v.text.size() * 4 + 1);
  utf8proc_ssize_t size = 0;
  bool first = true;
  while (left > 0) {
    utf8proc_int32_t point = 0;
    const auto used = utf8proc_iterate(at, left, &point);
    if (used <= 0) return failed;
    at += used;
    left -= used;
    size += utf8proc_encode_char(change(point, first), reinterpret_cast<utf8proc_uint8_t*>(out) + size);
    // Marks and signs that nobody sees belong to the letter before, or to what stands before them.
    if (!goes_with_before(point)) first = parts_words(point);
  }
  v.text = {out, static_cast<std::size_t>(size)};
  return done;
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// The 26 letters from `first` on get the other case.
StepOutcome change_case(Value& v, StepContext& context, char first) {
  constexpr unsigned letters = 26;
  constexpr unsigned case_bit = 0x20;
  char* const out = context.arena.take(v.text.size());
  std::transform(v.text.begin(), v.text.end(), out, [&](char c) {
    const auto byte = static_cast<unsigned char>(c);
    const bool changes = static_cast<unsigned>(byte - static_cast<unsigned char>(first)) < letters;
    return static_cast<char>(changes ? byte ^ case_bit : byte);
  });
  v.text = {out, v.text.size()};
  return done;
}

StepOutcome upper(Value& v, const StepArguments&, StepContext& context) {
  if (is_ascii(v.text)) return change_case(v, context, 'a');
  return each_character(v, context, [](auto c, bool) { return utf8proc_toupper(c); });
}
StepOutcome lower(Value& v, const StepArguments&, StepContext& context) {
  if (is_ascii(v.text)) return change_case(v, context, 'A');
  return each_character(v, context, [](auto c, bool) { return utf8proc_tolower(c); });
}
StepOutcome title(Value& v, const StepArguments&, StepContext& context) {
  return each_character(v, context,
                        [](auto c, bool first) { return first ? utf8proc_totitle(c) : utf8proc_tolower(c); });
}

// Letters of another script fail: registers keep names in Latin letters, and a machine must not guess a
// transliteration.
StepOutcome latin(Value& v, const StepArguments&, StepContext&) {
  return is_latin(v.text) ? done : failed;
}

// The byte offset after `characters` code points, which is what partners' schemas count.
std::size_t offset_of(std::string_view text, long characters) {
  const auto* const begin = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  std::size_t at = 0;
  while (at < text.size()) {
    utf8proc_int32_t point = 0;
    const auto used = utf8proc_iterate(begin + at, static_cast<utf8proc_ssize_t>(text.size() - at), &point);
    if (used <= 0) break;
    if (characters-- == 0) break;
    at += static_cast<std::size_t>(used);
  }
  return at;
}

// The code point at an offset; 0 at the end.
utf8proc_int32_t point_at(std::string_view text, std::size_t at) {
  utf8proc_int32_t point = 0;
  if (at < text.size())
    utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()) + at,
                     static_cast<utf8proc_ssize_t>(text.size() - at), &point);
  return std::max(point, 0);
}

bool is_mark(utf8proc_int32_t point) {
  const auto category = utf8proc_category(point);
  return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_MC || category == UTF8PROC_CATEGORY_ME;
}

StepOutcome truncate(Value& v, const StepArguments& a, StepContext&) {
  if (v.text.size() <= static_cast<std::size_t>(a.number)) return done;  // never more characters than bytes
  auto end = offset_of(v.text, a.number);
  if (end >= v.text.size()) return done;
  // A letter goes with its marks or not at all.
  while (end > 0 && is_mark(point_at(v.text, end))) end -= last_characters(v.text.substr(0, end), 1).size();
  v.text = v.text.substr(0, end);
  v.text = trim_end(v.text, is_space);
  return cut;
}

// For what is of no use when it is cut, like an address.
StepOutcome at_most(Value& v, const StepArguments& a, StepContext&) {
  if (v.text.size() <= static_cast<std::size_t>(a.number)) return done;  // never more characters than bytes
  return offset_of(v.text, a.number) >= v.text.size() ? done : failed;
}

std::string check_pad(StepArguments& a) {
  if (auto why = named_arguments(a, {"to", "with"}, {{"side", "left"}}, {"to"}); !why.empty()) return why;
  if (a.named["with"].size() != 1) return "with: takes one character";
  const auto& side = a.named["side"];
  return side == "left" || side == "right" ? std::string{} : std::string("side: takes left or right");
}

StepOutcome pad(Value& v, const StepArguments& a, StepContext& context) {
  const auto to = static_cast<std::size_t>(count_of(a, "to"));
  const auto characters = count_characters(v.text);
  if (characters >= to) return done;
  const std::size_t fill = to - characters;
  char* const out = context.arena.take(v.text.size() + fill);
  const bool left = a.named.find("side")->second == "left";
  std::fill_n(left ? out : out + v.text.size(), fill, a.named.find("with")->second[0]);
  std::copy(v.text.begin(), v.text.end(), left ? out + fill : out);
  v.text = {out, v.text.size() + fill};
  return done;
}

std::string check_replace(StepArguments& a) {
  if (auto why = named_arguments(a, {"find", "with"}, {}, {}); !why.empty()) return why;
  return a.named["find"].empty() ? std::string("find: must not be empty") : std::string{};
}

StepOutcome replace(Value& v, const StepArguments& a, StepContext& context) {
  const auto& find = a.named.find("find")->second;
  std::string out(v.text);
  const auto& with = a.named.find("with")->second;
  for (auto at = out.find(find); at != std::string::npos; at = out.find(find, at + with.size()))
    out.replace(at, find.size(), with);
  v.text = context.arena.keep(out);
  return done;
}

std::string check_split(StepArguments& a) {
  if (auto why = named_arguments(a, {"on", "take"}, {}, {"take"}); !why.empty()) return why;
  return a.named["on"].empty() ? std::string("on: must not be empty") : std::string{};
}

StepOutcome split(Value& v, const StepArguments& a, StepContext&) {
  const auto& on = a.named.find("on")->second;
  auto rest = v.text;
  for (auto skip = count_of(a, "take"); skip > 0; --skip) {
    const auto at = rest.find(on);
    if (at == std::string_view::npos) return failed;
    rest.remove_prefix(at + on.size());
  }
  v.text = rest.substr(0, rest.find(on));
  return done;
}

std::string check_substring(StepArguments& a) {
  return named_arguments(a, {"from", "length"}, {}, {"from", "length"});
}

StepOutcome substring(Value& v, const StepArguments& a, StepContext&) {
  const auto from = offset_of(v.text, count_of(a, "from"));
  v.text.remove_prefix(from);
  v.text = v.text.substr(0, offset_of(v.text, count_of(a, "length")));
  return v.text.empty() ? failed : done;
}

std::string check_mask(StepArguments& a) {
  if (a.words.size() == 1 && a.words[0] == "last4" && a.named.empty()) return {};
  return "it takes last4";
}

StepOutcome mask(Value& v, const StepArguments&, StepContext& context) {
  const auto characters = count_characters(v.text);
  const auto shown = characters > 4 ? last_characters(v.text, 4) : std::string_view();
  const auto hidden = characters > 4 ? characters - 4 : characters;
  char* const out = context.arena.take(hidden + shown.size() + 1);
  std::fill_n(out, hidden, '*');
  std::copy(shown.begin(), shown.end(), out + hidden);
  v.text = {out, hidden + shown.size()};
  return done;
}

StepOutcome join_two(Value& v, std::string_view first, std::string_view second, StepContext& context) {
  char* const out = context.arena.take(first.size() + second.size() + 1);
  std::copy(second.begin(), second.end(), std::copy(first.begin(), first.end(), out));
  v = {{out, first.size() + second.size()}, ValueKind::string, v.constant};
  return done;
}
StepOutcome prefix(Value& v, const StepArguments& a, StepContext& context) {
  return join_two(v, a.words[0], v.text, context);
}
StepOutcome suffix(Value& v, const StepArguments& a, StepContext& context) {
  return join_two(v, v.text, a.words[0], context);
}

StepOutcome use_default(Value& v, const StepArguments& a, StepContext&) {
  if (v.kind == ValueKind::absent || v.text.empty()) v = {a.words[0], ValueKind::string, true};
  return done;
}

// --- numbers, booleans, codes ---

std::string check_boolean(StepArguments& a) {
  if (a.words.empty() && a.named.empty()) return {};
  if (auto why = named_arguments(a, {"true", "false"}, {}, {}); !why.empty()) return why;
  return a.named["true"] == a.named["false"] ? std::string("true and false must be two different words")
                                             : std::string{};
}

StepOutcome boolean(Value& v, const StepArguments& a, StepContext&) {
  const bool own_words = !a.named.empty();
  const bool yes = own_words ? v.text == a.named.find("true")->second : v.text == "true" || v.text == "1";
  const bool no = own_words ? v.text == a.named.find("false")->second : v.text == "false" || v.text == "0";
  if (yes == no) return failed;
  v.text = yes ? "true" : "false";
  return done;
}

// Columns of a fixed width fill numbers up with zeros ("007", "-07.50"), which JSON knows not.
std::string_view without_leading_zeros(std::string_view text, StepContext& context) {
  const bool negative = text.starts_with('-');
  auto digits = text.substr(negative ? 1 : 0);
  const auto before = digits.size();
  while (digits.size() > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9') digits.remove_prefix(1);
  if (digits.size() == before) return text;
  if (!negative) return digits;
  char* const out = context.arena.take(digits.size() + 1);
  *out = '-';
  std::copy(digits.begin(), digits.end(), out + 1);
  return {out, digits.size() + 1};
}

StepOutcome integer(Value& v, const StepArguments&, StepContext& context) {
  constexpr std::size_t most_digits = 18;
  v.text = without_leading_zeros(v.text, context);
  auto digits = v.text;
  if (!digits.empty() && digits.front() == '-') digits.remove_prefix(1);
  if (digits.empty() || digits.size() > most_digits || v.text == "-0") return failed;
  if (!std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; })) return failed;
  return done;
}

StepOutcome decimal(Value& v, const StepArguments& a, StepContext& context) {
  v.text = without_leading_zeros(v.text, context);
  const auto point = v.text.find('.');
  if (point == std::string_view::npos) return integer(v, a, context);
  const auto fraction = v.text.substr(point + 1);
  Value whole{v.text.substr(0, point) == "-0" ? std::string_view("0") : v.text.substr(0, point), ValueKind::string,
              false};
  if (fraction.empty() || fraction.size() > 18 || !std::all_of(fraction.begin(), fraction.end(), is_digit))
    return failed;
  if (integer(whole, a, context) != done) return failed;
  return done;
}

StepOutcome count(Value& v, const StepArguments&, StepContext&) {
  if (v.kind != ValueKind::array) return failed;  // the reader keeps an array's size as its text
  return done;
}

std::string check_code_list(StepArguments& a) {
  constexpr auto wanted = "it takes a code list, or { list: name, backwards: true }";
  if (a.words.size() == 1 && a.named.empty()) return {};
  const auto list = a.named.find("list");
  const auto backwards = a.named.find("backwards");
  if (!a.words.empty() || list == a.named.end() || a.named.size() > 2) return wanted;
  if (a.named.size() == 2 &&
      (backwards == a.named.end() || (backwards->second != "true" && backwards->second != "false")))
    return wanted;
  a.number = backwards != a.named.end() && backwards->second == "true" ? 1 : 0;
  a.words.push_back(list->second);
  a.named.clear();
  return {};
}

StepOutcome codes(Value& v, const StepArguments& a, StepContext& context) {
  const auto* found =
      a.number == 1 ? a.codes->find_source(v.text, context.today) : a.codes->find(v.text, context.today);
  if (found == nullptr) return unknown;
  v.text = *found;
  return found->empty() ? unknown : done;
}

// --- dates ---

bool is_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// How a day is written elsewhere: dd, mm and yyyy once each, and what stands between them ("dd/mm/yyyy", "yyyymmdd").
bool is_date_format(std::string_view text) {
  const auto once = [&](std::string_view part) {
    const auto at = text.find(part);
    return at != std::string_view::npos && text.find(part, at + 1) == std::string_view::npos;
  };
  const auto letters = std::count_if(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  return once("dd") && once("mm") && once("yyyy") && letters == 8 && text.size() <= 16;
}

std::string check_date(StepArguments& a) {
  static constexpr auto wanted =
      "it takes nothing, complete, parts, year, month, day, or how the day is written, like dd/mm/yyyy";
  if (!a.named.empty() || a.words.size() > 1) return wanted;
  if (a.words.empty()) return {};
  const auto& word = a.words[0];
  a.number = is_date_format(word) ? 1 : 0;
  return a.number == 1 || word == "complete" || word == "parts" || word == "year" || word == "month" || word == "day"
             ? std::string{}
             : wanted;
}

// From another way of writing a day to ISO; 00 for an unknown month or day stays.
bool rewrite_date(Value& v, std::string_view format, StepContext& context) {
  if (v.text.size() != format.size()) return false;
  char* const iso = context.arena.take(10);
  std::copy_n("0000-00-00", 10, iso);
  for (std::size_t i = 0; i < format.size();) {
    const char c = format[i];
    const std::size_t width = c == 'y' ? 4 : c == 'm' || c == 'd' ? 2 : 1;
    const auto part = v.text.substr(i, width);
    if (c == 'y' || c == 'm' || c == 'd')
      std::copy(part.begin(), part.end(), iso + (c == 'y' ? 0 : c == 'm' ? 5 : 8));
    else if (part[0] != c)
      return false;
    i += width;
  }
  v.text = {iso, 10};
  return true;
}

// From year, month and day as numbers, joined with "-" as far as they are known: 1990, 1990-5, 1990-5-3.
bool join_date_parts(Value& v, StepContext& context) {
  constexpr std::array<std::size_t, 3> widths = {4, 2, 2};
  std::string iso;
  auto rest = v.text;
  for (std::size_t part = 0; part < widths.size(); ++part) {
    const auto digits = rest.substr(0, rest.find('-'));
    rest.remove_prefix(std::min(digits.size() + 1, rest.size()));
    const bool fits = digits.size() <= widths[part] && (part > 0 || digits.size() == 4) && is_digits(digits);
    if (!fits) return false;
    if (part > 0) iso += '-';
    iso.append(widths[part] - digits.size(), '0').append(digits);
  }
  if (!rest.empty()) return false;
  v.text = context.arena.keep(iso);
  return true;
}

// A day of XML Schema may carry a time zone (2024-05-01Z, 2024-05-01+02:00): the day is the one that is written.
std::string_view without_zone(std::string_view text) {
  constexpr std::size_t day = 10;
  const auto zone = text.substr(std::min(day, text.size()));
  if (zone == "Z") return text.substr(0, day);
  const bool is_offset = zone.size() == 6 && (zone[0] == '+' || zone[0] == '-') && zone[3] == ':' &&
                         is_digits(zone.substr(1, 2)) && is_digits(zone.substr(4));
  if (!is_offset) return text;
  const auto hours = zone.substr(1, 2);
  const auto minutes = zone.substr(4);
  const bool exists = (hours < "14" && minutes < "60") || (hours == "14" && minutes == "00");
  return exists ? text.substr(0, day) : text;
}

StepOutcome date(Value& v, const StepArguments& a, StepContext& context) {
  const bool parts = !a.words.empty() && a.words[0] == "parts";
  if (parts && !join_date_parts(v, context)) return failed;
  if (a.number == 1 && !rewrite_date(v, a.words[0], context)) return failed;
  if (a.number == 1 && v.text == "0000-00-00") {  // what old systems fill a day with that is not there
    v = {};
    return done;
  }
  if (a.number == 0 && !parts) v.text = without_zone(v.text);
  const auto parsed = parse_incomplete_date(v.text);
  if (!parsed) return failed;
  if (a.words.empty() || a.number == 1 || parts) return done;
  const auto& part = a.words[0];
  if (part == "complete") return parsed->day == 0 ? failed : done;
  if (part == "year") v.text = v.text.substr(0, 4);
  if (part == "month") v.text = v.text.substr(5, 2);
  if (part == "day") v.text = v.text.substr(8, 2);
  return v.text == "00" ? failed : done;
}

// RFC 3339; the record's schema lets seconds be left out, partners' do not, so they are added.
std::optional<Timestamp> read_moment(Value& v, StepContext& context) {
  constexpr std::size_t minutes_end = 16;  // yyyy-mm-ddThh:mm
  if (v.text.size() > minutes_end && v.text[minutes_end] != ':') {
    const auto full = fmt::format("{}:00{}", v.text.substr(0, minutes_end), v.text.substr(minutes_end));
    v.text = context.arena.keep(full);
  }
  return parse_rfc3339(v.text);
}

StepOutcome datetime(Value& v, const StepArguments&, StepContext& context) {
  return read_moment(v, context) ? done : failed;
}

// A moment whose day in Brussels has four digits of a year; beyond, nobody writes dates so.
std::optional<Timestamp> read_local_moment(Value& v, StepContext& context) {
  const auto moment = read_moment(v, context);
  if (!moment) return std::nullopt;
  const auto year = static_cast<int>(date_in_brussels(*moment).year());
  return year >= 0 && year <= 9999 ? moment : std::nullopt;
}

StepOutcome local_date(Value& v, const StepArguments&, StepContext& context) {
  const auto moment = read_local_moment(v, context);
  if (!moment) return failed;
  v.text = context.arena.keep(to_iso(date_in_brussels(*moment)));
  return done;
}

StepOutcome local_time(Value& v, const StepArguments&, StepContext& context) {
  const auto moment = read_local_moment(v, context);
  if (!moment) return failed;
  const auto local = to_rfc3339(*moment + offset_in_brussels(*moment));
  v.text = context.arena.keep(std::string_view(local).substr(11, 8));
  return done;
}

std::string check_age_on(StepArguments& a) {
  if (a.words.empty()) a.words.emplace_back("today");
  if (a.words.size() == 1 && a.named.empty() && (a.words[0] == "today" || parse_date(a.words[0]))) return {};
  return "it takes today or a day (yyyy-mm-dd)";
}

StepOutcome age_on(Value& v, const StepArguments& a, StepContext& context) {
  const auto birth = parse_incomplete_date(v.text);
  if (!birth) return failed;
  const auto on = a.words[0] == "today" ? context.today : *parse_date(a.words[0]);
  const int age = full_years_between(birth->latest(), on);
  if (age < 0) return failed;
  v.text = context.arena.keep(fmt::format_int(age).c_str());
  return done;
}

template <class Shift>
StepOutcome shift(Value& v, StepContext& context, Shift by) {
  const auto day = parse_date(v.text);
  if (!day) return failed;
  const Date moved = by(*day);
  if (!moved.ok() || static_cast<int>(moved.year()) < 0 || static_cast<int>(moved.year()) > 9999) return failed;
  v.text = context.arena.keep(to_iso(moved));
  return done;
}
StepOutcome add_months_step(Value& v, const StepArguments& a, StepContext& context) {
  return shift(v, context, [&](Date day) { return add_months(day, static_cast<int>(a.number)); });
}
StepOutcome add_days_step(Value& v, const StepArguments& a, StepContext& context) {
  return shift(v, context, [&](Date day) { return add_days(day, static_cast<int>(a.number)); });
}

// --- identifiers ---

StepOutcome ssin(Value& v, const StepArguments&, StepContext& context) {
  char digits[12];
  std::size_t size = 0;
  for (const char c : v.text) {
    if (c == '.' || c == '-' || c == ' ') continue;
    if (size == 11) return failed;
    digits[size++] = c;
  }
  if (!check_ssin({digits, size}, context.allow_mock_ssin, context.today).ssin) return failed;
  if (size != v.text.size()) v.text = context.arena.keep({digits, size});
  return done;
}

StepOutcome phone_e164(Value& v, const StepArguments&, StepContext& context) {
  return read_phone(v.text, context.arena) ? done : failed;
}

constexpr auto never = StepFailure::never;
constexpr auto unmapped = StepFailure::unmapped;
constexpr unsigned texts = type_text | type_date | type_datetime;
constexpr unsigned scalars = texts | type_number | type_boolean;

constexpr std::array table = {
    StepKind{"trim", "removes white space at both ends", texts, type_text, trim, no_arguments, never},
    StepKind{"nfc", "Unicode normal form C", texts, type_text, nfc, no_arguments, never},
    StepKind{"upper", "capital letters", texts, type_text, upper, no_arguments, never},
    StepKind{"lower", "small letters", texts, type_text, lower, no_arguments, never},
    StepKind{"title", "a capital at the beginning of each word, small letters after it", texts, type_text, title,
             no_arguments, never},
    StepKind{"latin", "fails unless every letter is Latin", texts, type_text, latin, no_arguments},
    StepKind{"truncate", "at most that many characters; leaves a finding when it cuts", texts, type_text, truncate,
             one_count, never},
    StepKind{"at_most", "fails with more than that many characters", texts, type_text, at_most, one_count},
    StepKind{"pad", "fills up to a width: { to, with, side: left or right }", scalars, type_text, pad, check_pad,
             never},
    StepKind{"replace", "replaces every { find } by { with }", texts, type_text, replace, check_replace, never},
    StepKind{"split", "the part number { take } (from 0) between { on }; fails when there is none", texts, type_text,
             split, check_split},
    StepKind{"substring", "{ length } characters after the first { from }; fails when none are there", texts, type_text,
             substring, check_substring},
    StepKind{"mask", "stars for all but the last four characters", texts, type_text, mask, check_mask, never},
    StepKind{"date",
             "an ISO day, perhaps incomplete (1990-05-00), a time zone behind it is dropped; complete refuses those; "
             "year, month, day give that part; "
             "dd/mm/yyyy and the like read a day written so (of zeros only: none), parts one of year, month and day "
             "joined with -",
             texts, type_date, date, check_date},
    StepKind{"datetime", "an RFC 3339 moment with seconds", texts, type_datetime, datetime, no_arguments},
    StepKind{"local_date", "the day of a moment in Brussels", texts, type_date, local_date, no_arguments},
    StepKind{"local_time", "the time of a moment in Brussels, hh:mm:ss", texts, type_text, local_time, no_arguments},
    StepKind{"age_on", "full years from an (incomplete: latest possible) birth date to today or a day", texts,
             type_number, age_on, check_age_on},
    StepKind{"add_months", "moves a day by months, to the month's last day where needed", texts, type_date,
             add_months_step, one_shift},
    StepKind{"add_days", "moves a day by days", texts, type_date, add_days_step, one_shift},
    StepKind{"ssin", "an SSIN with right check digits, eleven digits", texts | type_number, type_text, ssin,
             no_arguments},
    StepKind{"phone_e164", "a telephone number as +32...; national numbers are Belgian, the (0) in +32 (0)4... goes",
             texts, type_text, phone_e164, no_arguments},
    StepKind{"boolean", "true or false (also from 1 and 0); { true: J, false: N } reads other words", scalars,
             type_boolean, boolean, check_boolean},
    StepKind{"integer", "a whole number", scalars, type_number, integer, no_arguments},
    StepKind{"decimal", "a number", scalars, type_number, decimal, no_arguments},
    StepKind{"count", "how many elements an array has", type_list, type_number, count, no_arguments},
    StepKind{"prefix", "puts a text before", scalars, type_text, prefix, one_word, never},
    StepKind{"suffix", "puts a text behind", scalars, type_text, suffix, one_word, never},
    StepKind{"default", "stands in when nothing is there; says nothing about the person", scalars, type_text,
             use_default, one_word, never, true},
    StepKind{"codes", "the target code of a code list; { list, backwards: true } the source code of a target code",
             scalars, type_text, codes, check_code_list, unmapped},
};

}  // namespace

std::string_view day_of(std::string_view text, StepContext& context) {
  Value value{without_zone(text), ValueKind::string, false};
  if (parse_incomplete_date(value.text)) return value.text;
  return local_date(value, {}, context) == done ? value.text : std::string_view();
}

const StepKind* find_step(std::string_view name) {
  const auto* at = std::find_if(table.begin(), table.end(), [&](const StepKind& kind) { return kind.name == name; });
  return at == table.end() ? nullptr : at;
}

std::span<const StepKind> all_steps() {
  return table;
}

}  // namespace ketenpoort::mapping
