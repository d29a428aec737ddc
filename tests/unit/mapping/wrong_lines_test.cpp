// Lines that do not load: every key, origin, policy, path and condition written wrong, each with the place that is
// named and what is said about it.
#include "tests/unit/mapping/wrong_mapping.hpp"

namespace ketenpoort::mapping {
namespace {

void expect_all(const std::vector<Wrong>& cases, const std::string& target = any_target) {
  WrongMapping files;
  for (const auto& wrong : cases) files.expect_fields(wrong, target);
}

// A name with its second letter gone: near enough to be meant.
std::string misspelt(std::string name) {
  name.erase(1, 1);
  return name;
}

struct OriginText {
  std::string name, text;
};
// Each origin with what it needs, complete.
const std::vector<OriginText> origin_texts = {
    {"from", "from: name"},
    {"value", "value: x"},
    {"join", "join: [name, nick]"},
    {"pick", "pick: jobs, get: title"},
    {"for_each", "for_each: jobs, fields: { t: { from: title, data: skills } }"},
    {"items", "items: [ { value: x } ]"},
    {"choose", "choose: [ { from: name } ]"},
    {"include", "include: good"},
    {"ref", "ref: '_:x'"},
    {"now", "now: true"},
    {"new_id", "new_id: true"},
    {"known_id", "known_id: person"},
    {"fields", "fields: { t: { from: name, data: skills } }"},
};

// What each key may stand beside; `when` stands everywhere.
const std::vector<std::pair<std::string, std::string>> key_texts = {
    {"do", "[trim]"},     {"codes", "sex"},     {"missing", "omit"}, {"error", "omit"},
    {"unmapped", "omit"}, {"required", "true"}, {"data", "skills"},  {"mask", "last4"},
    {"literal", "nl"},    {"as", "'@id'"},      {"with", "', '"},    {"where", "'exists title'"},
    {"take", "last"},     {"get", "title"},     {"at", "jobs"},
};
bool belongs(const std::string& key, const std::string& origin) {
  const auto among = [&](std::initializer_list<const char*> list) {
    return std::find(list.begin(), list.end(), origin) != list.end();
  };
  if (key == "do" || key == "codes") return among({"from", "join", "pick", "now", "known_id"});
  if (key == "missing") return among({"from", "join", "pick", "choose", "known_id"});
  if (key == "error") return among({"from", "join", "pick", "known_id"});
  if (key == "unmapped") return among({"from", "join", "pick"});
  if (key == "with") return among({"join"});
  if (key == "where") return among({"pick", "for_each"});
  if (key == "take" || key == "get") return among({"pick"});
  if (key == "at") return among({"include"});
  return among({"from", "value", "join", "pick", "choose", "now", "new_id", "known_id"});
}

TEST(WrongLine, key_beside_an_origin_that_does_not_know_it) {
  WrongMapping files;
  int cases = 0;
  for (const auto& origin : origin_texts)
    for (const auto& [key, value] : key_texts) {
      if (belongs(key, origin.name) || origin.text.find(" " + key + ":") != std::string::npos) continue;
      files.expect_fields({fmt::format("  a: {{ {}, ¦{}: {} }}", origin.text, key, value), key + " means nothing here"},
                          any_target, "use: { good: fragments/good.yaml }\n");
      ++cases;
    }
  EXPECT_GT(cases, 80);
}

TEST(WrongLine, key_misspelt) {
  WrongMapping files;
  for (const auto& [key, value] : key_texts) {
    if (key.size() < 4) continue;
    files.expect_fields({fmt::format("  a: {{ from: name, ¦{}: {}, data: skills }}", misspelt(key), value),
                         fmt::format("unknown key {} (did you mean {}?)", misspelt(key), key)});
  }
  files.expect_fields(
      {"  a: { from: name, ¦whn: 'exists name', data: skills }", "unknown key whn (did you mean when?)"});
  files.expect_fields({"  a: { from: name, ¦colour: red, data: skills }", "unknown key colour"});
}

TEST(WrongLine, origin_misspelt) {
  WrongMapping files;
  for (const auto& origin : origin_texts) {
    if (origin.name.size() < 4) continue;
    auto text = origin.text;
    text.replace(0, origin.name.size(), misspelt(origin.name));
    files.expect_fields({fmt::format("  a: {{ ¦{} }}", text),
                         fmt::format("unknown key {} (did you mean {}?)", misspelt(origin.name), origin.name)});
    if (text.find("fields:") == std::string::npos)
      files.expect_fields({fmt::format("  a: ¦{{ {} }}", text), "does not say where its value comes from"});
  }
}

TEST(WrongLine, two_origins) {
  WrongMapping files;
  int cases = 0;
  for (std::size_t i = 0; i < origin_texts.size(); ++i)
    for (std::size_t j = i + 1; j < origin_texts.size(); ++j) {
      if (origin_texts[j].name == "fields" || origin_texts[i].text.find("get:") != std::string::npos) continue;
      files.expect_fields({fmt::format("  a: ¦{{ {}, {} }}", origin_texts[i].text, origin_texts[j].text),
                           fmt::format("{} and {} both say where the value comes from; keep one", origin_texts[i].name,
                                       origin_texts[j].name)});
      ++cases;
    }
  EXPECT_GT(cases, 50);
}

TEST(WrongLine, every_mistake_of_a_line_without_origin_is_said_at_once) {
  WrongMapping files;
  const std::string line = "  a: { frm: name, do: [trimm], data: skils, missing: never }";
  files.expect_fields({"  a: { ¦frm: name, do: [trimm], data: skils, missing: never }", "did you mean from?"});
  files.expect_fields({"  a: { frm: name, do: [¦trimm], data: skils, missing: never }", "did you mean trim?"});
  files.expect_fields({"  a: { frm: name, do: [trimm], data: ¦skils, missing: never }", "did you mean skills?"});
  files.expect_fields({"  a: { frm: name, do: [trimm], data: skils, missing: ¦never }", "a policy is omit"});
  files.expect_fields({"  a: ¦{ frm: name, do: [trimm], data: skils, missing: never }", "does not say where"});
}

TEST(WrongLine, form_of_a_value) {
  expect_all({
      {"  a: ¦name", "a line must be a map"},
      {"  a: ¦[name]", "a line must be a map"},
      {"  a: { from: ¦[name], data: skills }", "it takes one text"},
      {"  a: { from: ¦{ x: name }, data: skills }", "it takes one text"},
      {"  a: { value: ¦[x] }", "it takes one text"},
      {"  a: { join: ¦name, data: skills }", "join takes a list of paths"},
      {"  a: { join: ¦[], data: skills }", "the list is empty"},
      {"  a: { from: name, literal: ¦'n l!', data: skills }", "literal is a language, like nl, or the name of a type"},
      {"  a: { from: name, literal: ¦'', data: skills }", "literal is a language, like nl, or the name of a type"},
      {"  a: { for_each: ¦[jobs, tags], fields: { b: { from: name, data: skills } } }",
       "for_each takes the path of one array, but this is a list; for one list from several arrays write items: [ { "
       "for_each: a, fields: { .. } }, { for_each: b, fields: { .. } } ]"},
      {"  a: { for_each: ¦{ in: jobs }, fields: { b: { from: name, data: skills } } }", "but this is a map"},
      {"  a: { items: [ ¦{ for_each: jobs } ] }", "for_each needs fields"},
      {"  a: { items: ¦{ value: x } }", "items takes a list of lines"},
      {"  a: { items: ¦[] }", "the list is empty"},
      {"  a: { choose: ¦{ from: name }, data: skills }", "choose takes a list of branches"},
      {"  a: { choose: ¦[], data: skills }", "the list is empty"},
      {"  a: { now: ¦yes }", "write true"},
      {"  a: { new_id: ¦1 }", "write true"},
      {"  a: { known_id: ¦persoon, data: none }", "known_id is person or transfer (did you mean person?)"},
      {"  a: { known_id: ¦transfers, data: none }", "did you mean transfer?"},
      {"  a: ¦{ known_id: person }", "does not say what kind of data it is"},
      {"  a: { from: name, do: ¦trim, data: skills }", "do takes a list of steps"},
      {"  a: { from: name, do: [¦{ truncate: 3, pad: 4 }], data: skills }", "a step is a name"},
      {"  a: { from: name, do: [¦[trim]], data: skills }", "a step is a name"},
      {"  a: { from: name, required: ¦yes, data: skills }", "required is true or false"},
      {"  a: { from: name, data: ¦[skills] }", "data takes one text"},
      {"  a: { from: name, mask: ¦first4, data: skills }", "mask is last4 or all"},
      {"  a: { from: name, as: ¦id, data: skills }", "as is \"@id\" or \"@value\""},
      {"  a: ¦{ from: name, as: '@id', literal: nl, data: skills }", "literal and as contradict each other"},
      {"  a: ¦{ from: name, required: true, missing: omit, data: skills }",
       "required and missing contradict each other"},
      {"  a: ¦{ pick: jobs, data: skills }", "pick needs get"},
      {"  a: { pick: jobs, take: ¦most, get: title, data: skills }", "take is first, last, max(field) or min(field)"},
      {"  a: { pick: jobs, take: ¦max(), get: title, data: skills }", "is not a path"},
      {"  a: { pick: jobs, take: ¦max(a..b), get: title, data: skills }", "is not a path"},
      {"  a: { pick: jobs, take: ¦max(height), get: title, data: skills }", "there is no height in jobs[]"},
      {"  a: { pick: jobs, get: ¦titel, data: skills }", "there is no titel in jobs[] (did you mean title?)"},
      {"  a: { pick: ¦job, get: title, data: skills }", "there is no job in the record (did you mean jobs?)"},
      {"  a: { pick: ¦name, get: title, data: skills }", "name is no array"},
      {"  a: ¦{ for_each: jobs }", "for_each needs fields"},
      {"  a: { for_each: jobs, fields: ¦[x] }", "fields must be a map"},
      {"  a: { for_each: jobs, fields: ¦{} }", "there are no fields"},
      {"  a: { for_each: ¦name, fields: { b: { from: '@', data: skills } } }", "name is no array"},
      {"  a: { for_each: ¦nowhere, fields: { b: { from: x, data: skills } } }", "there is no nowhere in the record"},
      {"  a: { for_each: jobs, fields: { b: { for_each: ¦skill, fields: { c: { from: label, data: skills } } } } }",
       "there is no skill in jobs[] (did you mean skills?)"},
      {"  a: { for_each: jobs, fields: { b: { for_each: skills, fields: { c: { from: ¦lable, data: skills } } } } }",
       "there is no lable in jobs[].skills[] (did you mean label?)"},
      {"  a: { choose: [ ¦{ from: name }, { value: x } ], data: skills }", "only the last branch may have no `when`"},
      {"  a: { choose: [ ¦{ items: [ { value: x } ] } ], data: skills }", "a branch must be from, value, join or pick"},
      {"  a: { choose: [ { from: name, ¦data: skills } ], data: skills }", "belongs to the whole line"},
      {"  a: { choose: [ { from: name, ¦required: true } ], data: skills }", "belongs to the whole line"},
      {"  a: { choose: [ { from: name, ¦mask: all } ], data: skills }", "belongs to the whole line"},
      {"  a: { choose: [ { from: name, ¦literal: nl } ], data: skills }", "belongs to the whole line"},
      {"  a: { choose: [ { from: ¦nam } ], data: skills }", "there is no nam in the record (did you mean name?)"},
      {"  a: ¦{ from: name }", "a does not say what kind of data it is"},
      {"  a: ¦{ join: [name] }", "does not say what kind of data it is"},
      {"  a: ¦{ pick: jobs, get: title }", "does not say what kind of data it is"},
      {"  a: ¦{ choose: [ { from: name } ] }", "does not say what kind of data it is"},
      {"  a: ¦{ value: x, when: 'exists name' }", "does not say what kind of data it is"},
      {"  a: { include: ¦nothing }", "there is no fragment nothing"},
      {"  a: { ref: ¦'_:nobody' }\n  b: { from: name, data: skills }", "no node has this \"@id\""},
  });
}

TEST(WrongLine, category_misspelt) {
  WrongMapping files;
  for (const auto& name : CategorySet::all().names()) {
    const auto wrong = misspelt(name);
    files.expect_fields({fmt::format("  a: {{ from: name, data: ¦{} }}", wrong),
                         fmt::format("unknown data category {} (did you mean {}?)", wrong, name)});
  }
  files.expect_fields({"  a: { from: name, data: ¦secrets }", "unknown data category secrets"});
}

TEST(WrongLine, policies) {
  WrongMapping files;
  for (const char* key : {"missing", "error", "unmapped"})
    for (const char* wrong : {"ignore", "Omit", "[]", "{ value: x, and: y }", "{ text: x }", "''"})
      files.expect_fields({fmt::format("  a: {{ from: name, {}: ¦{}, data: skills }}", key, wrong),
                           "a policy is omit, reject or { value: text }"});
}

TEST(WrongLine, paths) {
  WrongMapping files;
  const std::vector<Wrong> paths = {
      {"''", "is not a path"},
      {"a..b", "is not a path"},
      {".a", "is not a path"},
      {"a.", "is not a path"},
      {"'a b'", "is not a path"},
      {"'jobs[*].title'", "is not a path"},
      {"'jobs[0:2].title'", "is not a path"},
      {"'jobs[?(@.x)].title'", "is not a path"},
      {"'jobs[].title'", "is not a path"},
      {"'jobs[01].title'", "is not a path"},
      {"'jobs[-0].title'", "is not a path"},
      {"'jobs[0'", "is not a path"},
      {"\"['name\"", "is not a path"},
      {"\"['a\\\\qb']\"", "is not a path"},
      {"'$..name'", "is not a path"},
      {"nam", "there is no nam in the record (did you mean name?)"},
      {"Name", "there is no Name in the record (did you mean name?)"},
      {"name.first", "name is a single value and has no first; read name itself"},
      {"jobs.title", "jobs is an array; use for_each or pick"},
      {"'jobs[0].titel'", "there is no titel in jobs[] (did you mean title?)"},
      {"'name[0]'", "name is no array"},
      {"'$.nick.x'", "nick is a single value and has no x"},
      {"'@.nam'", "is not a path"},
      {"derived.ag", "did you mean age?"},
      {"derived.labourAccess.sinds", "there is no sinds in derived.labourAccess"},
      {"transfer.number", "there is no number in transfer"},
      {"referral.ID", "there is no ID in referral (did you mean id?)"},
      {"'referrals[0].id'", "read `referral`, the one that is being sent"},
  };
  for (const auto& path : paths)
    files.expect_fields({fmt::format("  a: {{ from: ¦{}, data: skills }}", path.text), path.said});
}

TEST(WrongLine, conditions) {
  WrongMapping files;
  const std::vector<Wrong> conditions = {
      {"name", "this is no comparison"},
      {"''", "is no comparison"},
      {"'name ~ x'", "~ is no comparison"},
      {"'name == x'", "== is no comparison"},
      {"'name > 3'", "> is no comparison"},
      {"'name equals x'", "equals is no comparison"},
      {"'name macthes x'", "did you mean matches?"},
      {"'name befor 2026-01-01'", "did you mean before?"},
      {"'name ='", "the comparison has no right side"},
      {"'age <'", "the comparison has no right side"},
      {"'sex in'", "the comparison has no right side"},
      {"'name matches'", "the comparison has no right side"},
      {"'day before'", "the comparison has no right side"},
      {"'name = x and nick = y'", "one comparison at a time"},
      {"'name in [x, y] || nick = y'", "one comparison at a time"},
      {"\"name = 'x' and nick = 'y'\"", "one comparison at a time"},
      {"'exists nam'", "there is no nam in the record (did you mean name?)"},
      {"'not exists nam'", "there is no nam in the record (did you mean name?)"},
      {"'exists a..b'", "is not a path"},
      {"'nam = x'", "there is no nam in the record (did you mean name?)"},
      {"'a..b = x'", "is not a path"},
      {"'sex = 7'", "sex never has the value 7"},
      {"'sex != 7'", "sex never has the value 7"},
      {"'sex in [1, 7]'", "sex never has the value 7"},
      {"'yes = 1'", "yes is true or false, never 1"},
      {"'yes = True'", "yes is true or false, never True"},
      {"'jobs = x'", "jobs holds no single value to compare"},
      {"'tags in [a]'", "tags holds no single value to compare"},
      {"'day before tomorrow'", "before and after take a day"},
      {"'day after 2026-13-01'", "before and after take a day"},
      {"'day before 01/02/2026'", "before and after take a day"},
      {"'name matches ('", "the pattern holds"},
      {"'name matches [a-'", "the pattern"},
      {"'name matches (?=x)'", "the pattern"},
      {"[]", "write one comparison"},
      {"{ all: [] }", "write one comparison"},
      {"{ any: 'name = x' }", "write one comparison"},
      {"{ all: ['name = x'], any: ['name = y'] }", "write one comparison"},
      {"{ none: ['name = x'] }", "write one comparison"},
  };
  for (const auto& condition : conditions)
    files.expect_fields(
        {fmt::format("  a: {{ from: name, when: ¦{}, data: skills }}", condition.text), condition.said});
  files.expect_fields(
      {"  a: { from: name, when: { all: ['exists name', ¦'nam = x'] }, data: skills }", "did you mean name?"});
  files.expect_fields(
      {"  a: { from: name, when: { any: [ { all: [ ¦'name' ] } ] }, data: skills }", "this is no comparison"});
  files.expect_fields({"  a: { for_each: jobs, where: ¦'titel = x', fields: { t: { from: title, data: skills } } }",
                       "there is no titel in jobs[] (did you mean title?)"});
  files.expect_fields({"  a: { pick: jobs, where: ¦'current = 1', get: title, data: skills }",
                       "jobs[].current is true or false, never 1"});
}

TEST(WrongLine, target_paths) {
  expect_all({
      {"  ¦a//b: { from: name, data: skills }", "empty level"},
      {"  ¦/a: { from: name, data: skills }", "empty level"},
      {"  ¦a/: { from: name, data: skills }", "empty level"},
      {"  a: { from: name, data: skills }\n  ¦a/b: { from: nick, data: skills }", "is written in line 9 already"},
      {"  a/b: { from: name, data: skills }\n  ¦a: { from: nick, data: skills }", "is written twice (also in line 9)"},
      {"  a: { for_each: jobs, fields: { t: { from: title, data: skills } } }\n  ¦a/u: { from: nick, data: skills }",
       "is written in line 9 already"},
      {"  a: { when: 'exists name', fields: { t: { from: name, data: skills } } }\n  ¦a/u: { from: nick, data: skills "
       "}",
       "the container has a `when` of its own"},
      {"  a/t: { from: name, data: skills }\n  ¦a: { when: 'exists nick', fields: { u: { from: nick, data: skills } } "
       "}",
       "would not hold for all of it"},
      {"  a: { from: name, data: skills }\n  ¦a: { from: nick, data: skills }", "second time"},
  });
}

}  // namespace
}  // namespace ketenpoort::mapping
