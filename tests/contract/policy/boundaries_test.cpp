// Reads boundaries.txt, in which every line is a case worked out by hand, and decides each by the shipped policy.
#include <sstream>
#include <stdexcept>

#include "gateway/base/files.hpp"
#include "tests/contract/policy/shipped_policy.hpp"

namespace ketenpoort::policy::test {
namespace {

struct Case {
  std::size_t line = 0;
  std::string what, purpose, who, when, decision;
};

std::string trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(' ');
  if (from == std::string_view::npos) return {};
  return std::string(text.substr(from, text.find_last_not_of(' ') - from + 1));
}

std::vector<Case> read_cases(const std::filesystem::path& file) {
  std::istringstream lines(read_file(file).value());
  std::vector<Case> cases;
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (trimmed(line).empty() || line.starts_with('#')) continue;
    std::vector<std::string> columns;
    std::istringstream parts(line);
    for (std::string part; std::getline(parts, part, '|');) columns.push_back(trimmed(part));
    if (columns.size() != 5) throw std::runtime_error(fmt::format("line {} has {} columns", number, columns.size()));
    cases.push_back({number, columns[0], columns[1], columns[2], columns[3], columns[4]});
  }
  return cases;
}

std::optional<Date> day_or_none(std::string_view text) {
  if (text == "none") return std::nullopt;
  const auto day = parse_date(text);
  if (!day) throw std::runtime_error("no day: " + std::string(text));
  return day;
}

// FROM..UNTIL
std::pair<Date, Date> period(std::string_view text) {
  const auto dots = text.find("..");
  return {day_or_none(text.substr(0, dots)).value(), day_or_none(text.substr(dots + 2)).value()};
}

struct Person {
  Facts facts;
  Date consent{};
  bool represented = false;
};

void set(Person& person, std::string_view key, std::string_view value) {
  auto& facts = person.facts;
  const auto colon = value.find(':');
  if (key == "lodged") {
    facts.lodged_on = day_or_none(value);
  } else if (key == "asOf") {
    facts.as_of = day_or_none(value).value();
  } else if (key == "refused") {
    facts.refusal_notified_on = day_or_none(value);
  } else if (key == "born") {
    facts.birth = parse_incomplete_date(value);
  } else if (key == "assessed") {
    facts.age_assessment_pending = value == "yes";
  } else if (key == "card" && value == "none") {
    facts.documents.clear();
  } else if (key == "card") {
    const auto [from, until] = period(value.substr(0, colon));
    facts.documents.push_back({"AI_MODEL_A", from, until, std::string(value.substr(colon + 1))});
  } else if (key == "representative") {
    const auto [from, until] = period(value.substr(colon + 1));
    facts.representative = Representative{std::string(value.substr(0, colon)), from, until};
  } else if (key == "status") {
    facts.status = value;
  } else if (key == "track") {
    facts.track = value;
  } else if (key == "region") {
    facts.region = value;
  } else if (key == "handover") {
    facts.handover_municipality = value;
  } else if (key == "stayUntil") {
    facts.stay_until = day_or_none(value);
  } else if (key == "endReason") {
    facts.stay_end_reason = value;
  } else if (key == "consent") {
    person.consent = day_or_none(value).value();
  } else if (key == "represented") {
    person.represented = value == "yes";
  } else {
    throw std::runtime_error("no such key: " + std::string(key));
  }
}

Person read_person(const std::string& who, Date on) {
  Person person;
  auto& facts = person.facts;
  facts.centre = "POE";
  facts.region = "VLA";
  facts.has_ssin = true;
  facts.birth = IncompleteDate{1990, 5, 14};
  facts.as_of = on;
  facts.profile = "APPLICANT";
  facts.track = "ORDINARY";
  facts.status = "CGRS_PENDING";
  facts.lodged_on = add_days(on, -300);
  facts.documents = {{"AI_MODEL_A", add_days(on, -200), add_days(on, 100), "UNLIMITED"}};
  person.consent = add_days(on, 30);
  std::istringstream words(who);
  bool own_cards = false;
  for (std::string word; words >> word;) {
    const auto equals = word.find('=');
    if (word.starts_with("card=") && !std::exchange(own_cards, true)) facts.documents.clear();
    set(person, std::string_view(word).substr(0, equals), std::string_view(word).substr(equals + 1));
  }
  return person;
}

std::string_view recipient_of(std::string_view purpose) {
  for (const auto& known : shipped().purposes)
    if (known.id == purpose) return known.recipient;
  throw std::runtime_error("no such purpose: " + std::string(purpose));
}

TEST(Boundaries, are_decided_as_worked_out_by_hand) {
  const auto subject = ledger::test::subject_number(1);
  std::size_t checked = 0;
  for (const auto& one : read_cases("tests/contract/policy/boundaries.txt")) {
    const auto whole_day = parse_date(one.when);
    const auto moment =
        whole_day ? start_of_day_in_brussels(*whole_day) + std::chrono::hours{12} : parse_rfc3339(one.when).value();
    const auto on = date_in_brussels(moment);
    const auto person = read_person(one.who, on);
    const auto history = history_of(subject, person.represented, person.consent);
    const Question question{.subject = subject,
                            .recipient = recipient_of(one.purpose),
                            .purpose = one.purpose,
                            .facts = &person.facts,
                            .at = moment,
                            .on = on};
    EXPECT_EQ(trimmed(describe(decide(history, question))), one.decision)
        << "boundaries.txt:" << one.line << ": " << one.what;
    ++checked;
  }
  EXPECT_GT(checked, 90U);
}

}  // namespace
}  // namespace ketenpoort::policy::test
