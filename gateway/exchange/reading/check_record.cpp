#include "gateway/exchange/reading/check_record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "gateway/base/utf8.hpp"
#include "gateway/domain/ssin.hpp"

namespace ketenpoort::exchange {
namespace {

using formats::JsonView;

// AgII's application cuts family names after this many characters.
constexpr std::size_t agii_name_length = 48;

// Nobody alive was born before. What stands for a date that is not known (0001-01-01) lies there too.
constexpr int first_year_of_birth = 1900;

constexpr int first_year_of_partners = 1900;
constexpr int last_year_of_partners = 2099;

void add_issue(RecordCheck& check, JsonView at, std::string detail) {
  check.issues.push_back({ErrorCode::invalid_input, at.where(), std::move(detail)});
}

// Messages carry a text without the white space around it, and partners refuse the whole where nothing is left of this.
void check_blank(RecordCheck& check, JsonView at, std::string_view what_then) {
  const auto text = at.as_string();
  if (text && trim_white_space(*text).empty())
    add_issue(check, at, fmt::format("nothing but white space; {}", what_then));
}

std::optional<Ssin> check_number(RecordCheck& check, JsonView at, bool allow_mock, Date today) {
  const auto text = at.as_string();
  if (!text) return std::nullopt;
  const auto checked = check_ssin(*text, allow_mock, today);
  if (checked.fault) add_issue(check, at, std::string(to_text(*checked.fault)));
  return checked.ssin;
}

bool same_where_known(const IncompleteDate& a, const IncompleteDate& b) {
  return a.year == b.year && (a.month == 0 || b.month == 0 || a.month == b.month) &&
         (a.day == 0 || b.day == 0 || a.day == b.day);
}

void check_identity(RecordCheck& check, JsonView resident, bool allow_mock, Date today) {
  const auto identifiers = resident.find("identifiers");
  const auto ssin = check_number(check, identifiers.find("ssin"), allow_mock, today);
  for (const auto previous : identifiers.find("previousSsins").elements())
    check_number(check, previous, allow_mock, today);
  const auto birth_view = resident.find("birth").find("date");
  const auto birth = birth_view.as_string();
  if (!birth) return;
  const auto date = parse_incomplete_date(*birth);
  if (!date) {
    add_issue(check, birth_view, "no such day; write yyyy-mm-dd, with 00 for an unknown month or day");
  } else if (date->earliest() > today) {
    add_issue(check, birth_view, "a birth date lies in the past");
  } else if (date->year < first_year_of_birth) {
    add_issue(check, birth_view,
              fmt::format("nobody alive was born before {}; leave a date out that is not known", first_year_of_birth));
  } else if (ssin && ssin->birth.month != 0 && !same_where_known(*date, ssin->birth)) {
    check.findings.push_back({"birth-date-unlike-ssin", birth_view.where(),
                              "the national number carries another birth date; check which is right"});
  }
}

// Registers keep names in Latin letters, and a name in its own letters has a place that never leaves.
void check_letters(RecordCheck& check, JsonView name, std::string_view place) {
  const auto text = name.as_string();
  if (text && !is_latin(*text))
    check.findings.push_back({"name-not-latin", name.where(),
                              fmt::format("not in Latin letters; write it in them here, and as it is in {}", place)});
}

void check_name(RecordCheck& check, JsonView name) {
  check_letters(check, name.find("family"), "familyOriginalScript");
  for (const auto given : name.find("given").elements()) check_letters(check, given, "givenOriginalScript");
  const auto written = name.find("family").as_string();
  if (!written) return;
  // Messages carry a name with each accent in its letter.
  const auto family = to_nfc(trim_white_space(*written));
  check_blank(check, name.find("family"), "a person with one name has it here");
  if (family && count_characters(*family) > agii_name_length)
    check.findings.push_back({"name-will-be-cut", name.find("family").where(),
                              fmt::format("longer than {} characters: AgII's application cuts it", agii_name_length)});
}

// RFC 3339; the schema lets seconds be left out.
std::optional<Timestamp> check_moment(RecordCheck& check, JsonView at) {
  constexpr std::size_t minutes_end = 16;  // yyyy-mm-ddThh:mm
  const auto text = at.as_string();
  if (!text) return std::nullopt;
  const bool is_short = text->size() > minutes_end && (*text)[minutes_end] != ':';
  const auto moment =
      parse_rfc3339(is_short ? fmt::format("{}:00{}", text->substr(0, minutes_end), text->substr(minutes_end)) : *text);
  if (!moment) add_issue(check, at, "no such time; write RFC 3339 with an offset");
  return moment;
}

// What partners are told of a moment. In the night in which summer time ends an hour comes twice.
std::chrono::seconds on_the_clock(Timestamp moment) {
  const auto local = moment + offset_in_brussels(moment);
  return std::chrono::floor<std::chrono::seconds>(local.time_since_epoch());
}

// A partner refuses the whole referral for an appointment that is over before it began, and KBI's own type of a day has
// two centuries: 9999-12-31 stands for none.
void check_appointment(RecordCheck& check, JsonView appointment) {
  const auto check_bound = [&](JsonView at) {
    const auto moment = check_moment(check, at);
    const auto year = moment ? static_cast<int>(date_in_brussels(*moment).year()) : first_year_of_partners;
    if (year < first_year_of_partners || year > last_year_of_partners)
      add_issue(check, at,
                fmt::format("partners take days from {} to {}; leave it out where it is not known",
                            first_year_of_partners, last_year_of_partners));
    return moment;
  };
  const auto start = check_bound(appointment.find("start"));
  const auto end = check_bound(appointment.find("end"));
  if (start && end && (*end <= *start || on_the_clock(*end) <= on_the_clock(*start)))
    add_issue(check, appointment.find("end"),
              "does not lie after start, by the clock in Brussels and in whole seconds, as partners get both; leave it "
              "out where it is not known");
}

// What neither XML nor CSV can carry: control characters, and the two code points that are no characters.
bool can_be_sent(std::string_view text) {
  bool has_control = false;  // without a branch, since most of a text is looked at in vain
  for (const char c : text)
    has_control |= (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F;
  return !has_control && text.find("\xEF\xBF\xBE") == text.npos && text.find("\xEF\xBF\xBF") == text.npos;
}

void check_characters(RecordCheck& check, JsonView at, std::string_view text) {
  if (!can_be_sent(text))
    add_issue(check, at,
              "holds a control character, as copying may bring along; no message can carry it: write the "
              "text without");
}

// The members that hold a whole day, by resident-1.schema.json. A birth date may be incomplete and is checked above.
bool holds_day(std::string_view key) {
  return key.ends_with("On") || key == "from" || key == "until" || key == "validFrom" || key == "validUntil" ||
         key == "asOf" || key == "since";
}

// Years and months under the same names are shorter.
void check_day(RecordCheck& check, JsonView at, std::string_view text) {
  constexpr auto size = std::string_view("yyyy-mm-dd").size();
  if (text.size() != size || !holds_day(at.key())) return;
  const bool exists = parse_date(text) && !text.starts_with("0000");  // there was no year 0
  if (!exists) add_issue(check, at, "no such day; write yyyy-mm-dd");
}

// A whole number to the schema, but neither in the code lists nor one that a message may hold.
void check_zero(RecordCheck& check, JsonView at, std::string_view number) {
  if (number == "-0") add_issue(check, at, "a zero has no sign; write 0");
}

// Every text and number; and every day must be one that exists.
void check_values(RecordCheck& check, JsonView record) {
  const bool sendable = record.is_surely_printable();  // as nearly every record is: one look at the whole was enough
  for (const auto value : record.descendants()) {
    const auto kind = value.kind();
    if (kind == formats::JsonKind::number) check_zero(check, value, value.scalar_text());
    if (kind != formats::JsonKind::string) continue;
    const auto text = value.scalar_text();
    if (!sendable) check_characters(check, value, text);
    check_day(check, value, text);
  }
}

// A day to come is a slip, and facts with such a date would never be too old to act on.
void check_freshness(RecordCheck& check, JsonView as_of, Date today) {
  const auto checked = parse_date(as_of.as_string().value_or(""));
  if (checked && *checked > today)
    check.findings.push_back({"checked-in-future", as_of.where(),
                              "the facts of the procedure were checked on a day that is still to come; write the right "
                              "day, or nobody is asked to look again in time"});
}

// The number that is dialled at home, left behind the country's: no message can be made with it.
void check_phone(RecordCheck& check, JsonView at) {
  if (at.as_string().value_or("").starts_with("+320"))
    add_issue(check, at, "no Belgian number begins with 0 behind +32; write +32470... for 0470...");
}

void check_wishes_and_skills(RecordCheck& check, JsonView screening) {
  for (const auto occupation : screening.find("wishes").find("occupations").elements())
    check_blank(check, occupation.find("title"), "leave the occupation out where it has no name");
  for (const auto skill : screening.find("skills").elements())
    check_blank(check, skill.find("label"), "leave the skill out where it has no name");
}

void check_order(RecordCheck& check, JsonView object, std::string_view from_key, std::string_view until_key) {
  const auto from = object.find(from_key).as_string();
  const auto until = object.find(until_key).as_string();
  if (from && until && from->size() == until->size() && *until < *from)
    add_issue(check, object.find(until_key), fmt::format("lies before {}", from_key));
}

void check_periods(RecordCheck& check, JsonView record) {
  check_order(check, record.find("resident").find("stay"), "from", "until");
  check_order(check, record.find("resident").find("representative"), "validFrom", "validUntil");
  for (const auto document : record.find("procedure").find("documents").elements())
    check_order(check, document, "validFrom", "validUntil");
}

void check_referrals(RecordCheck& check, JsonView referrals) {
  struct Seen {
    std::string_view id, recipient, purpose;
  };
  std::vector<Seen> seen;  // a handful at most
  const auto stands_before = [&](const auto& is_same) { return std::ranges::any_of(seen, is_same); };
  const auto text_of = [](JsonView at) { return at.as_string().value_or(""); };
  for (const auto referral : referrals.elements()) {
    const Seen now{text_of(referral.find("id")), text_of(referral.find("recipient")),
                   text_of(referral.find("purpose"))};
    check_blank(check, referral.find("id"), "partners name the referral by it in what they report back");
    if (stands_before([&](const Seen& s) { return s.id == now.id; }))
      add_issue(check, referral.find("id"), "the same id stands in another referral of this record");
    if (stands_before([&](const Seen& s) { return s.recipient == now.recipient && s.purpose == now.purpose; }))
      add_issue(
          check, referral,
          "this recipient and purpose have another referral in this record; a person has one open referral for both");
    seen.push_back(now);
    check_appointment(check, referral.find("appointment"));
  }
}

// These stand in the ledger as they are, for ever: a column that slipped must not put a person's number there.
void check_codes(RecordCheck& check, JsonView record, Date today) {
  const auto look_at = [&](JsonView at) {
    if (const auto text = at.as_string(); text && holds_ssin(*text, today))
      add_issue(check, at, "holds what may be a person's national number; it goes into the log: write the code alone");
  };
  const auto source = record.find("source");
  look_at(source.find("system"));
  look_at(source.find("centre").find("code"));
  for (const auto referral : record.find("referrals").elements())
    for (const auto* code : {"recipient", "purpose"}) look_at(referral.find(code));
}

}  // namespace

RecordCheck check_record(JsonView record, bool allow_mock_ssin, Date today) {
  RecordCheck check;
  const auto organisation = record.find("source").find("organisation");
  if (!is_kbo_number(organisation.as_string().value_or("")))
    add_issue(check, organisation,
              "not an enterprise number: ten digits, the last two 97 minus the first eight modulo 97");
  check_moment(check, record.find("sentAt"));
  const auto resident = record.find("resident");
  check_identity(check, resident, allow_mock_ssin, today);
  check_name(check, resident.find("name"));
  check_phone(check, resident.find("contact").find("phone"));
  check_phone(check, record.find("team").find("phone"));
  check_values(check, record);
  check_freshness(check, record.find("procedure").find("asOf"), today);
  check_periods(check, record);
  check_wishes_and_skills(check, record.find("screening"));
  check_referrals(check, record.find("referrals"));
  check_codes(check, record, today);
  return check;
}

}  // namespace ketenpoort::exchange
