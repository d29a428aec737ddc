#include "gateway/mapping/translate/source_places.hpp"

#include "tests/unit/mapping/mapping_files.hpp"

namespace ketenpoort::mapping {
namespace {

using Paths = std::vector<std::string>;

class Places : public MappingFiles {
 public:
  explicit Places(std::string_view fields) {
    lines(fields);
    library_ = loaded();
  }

  SourcePlaces of(std::string_view record) {
    Context context;
    context.now = *parse_rfc3339("2026-11-24T12:00:00+01:00");
    const auto& mapping = *library_->mappings().front();
    context.purpose = "work-guidance";
    context.allowed = mapping.categories();
    return mapping.find_places(record, context);
  }

 private:
  std::unique_ptr<Library> library_;
};

TEST(SourcePlaces, tell_what_a_field_was_made_of) {
  Places places(
      "  a/b:      { from: name, do: [upper], data: identity-core }\n"
      "  a/born:   { from: day, do: [date], data: identity-core }\n"
      "  both:     { join: [name, nick], with: \" \", data: identity-core }\n"
      "  fixed:    { value: x }\n"
      "  old:      { from: age, do: [integer], data: identity-core }\n");
  const auto found = places.of(R"({"name":"Ann","nick":"A","day":"1990-01-02","age":7})");
  EXPECT_EQ(found.find("a.b"), Paths{"name"});
  EXPECT_EQ(found.find("a.born"), Paths{"day"});
  EXPECT_EQ(found.find("a"), (Paths{"name", "day"})) << "what stands below";
  EXPECT_EQ(found.find("both"), Paths{"name, nick"});
  EXPECT_EQ(found.find("old"), Paths{"age"}) << "numbers too";
  EXPECT_EQ(found.find("fixed"), Paths{}) << "the mapping makes it itself";
  EXPECT_EQ(found.find("$"), Paths{});
  EXPECT_EQ(found.find("nowhere"), Paths{});
}

TEST(SourcePlaces, count_the_rows_of_the_source_and_not_of_the_message) {
  Places places(
      "  work:\n    for_each: jobs\n    where: \"current = true\"\n    fields:\n"
      "      what: { from: title, data: work-experience }\n"
      "      skills:\n        for_each: skills\n        fields:\n"
      "          \"#text\": { from: label, data: work-experience }\n"
      "  best:  { pick: jobs, take: max(level), get: title, data: work-experience }\n");
  const auto found = places.of(
      R"({"jobs":[{"title":"a","level":1},{"title":"b","level":9,"current":true,"skills":[{"label":"s"},{"label":"t"}]},)"
      R"({"title":"c","level":3,"current":true}]})");
  EXPECT_EQ(found.find("work[0].what"), Paths{"jobs[1].title"});
  EXPECT_EQ(found.find("work[1].what"), Paths{"jobs[2].title"});
  EXPECT_EQ(found.find("work[0].skills[1]"), Paths{"jobs[1].skills[1].label"});
  EXPECT_EQ(found.find("work[1]"), Paths{"jobs[2].title"});
  EXPECT_EQ(found.find("best"), Paths{"jobs[1].title"});
  EXPECT_EQ(found.find("work[1].skills"), Paths{"jobs[2].skills[].label"}) << "which has none";
}

TEST(SourcePlaces, tell_where_what_is_missing_would_have_stood) {
  Places places(
      "  a/b:   { from: name, data: identity-core }\n  a/nick: { from: nick, data: identity-core }\n"
      "  which: { choose: [ { when: \"exists nick\", from: nick }, { from: day } ], data: identity-core }\n");
  const auto found = places.of(R"({"name":"Ann","day":"1990-01-02"})");
  EXPECT_EQ(found.find("a.nick"), Paths{"nick"});
  EXPECT_EQ(found.find("which"), Paths{"day"}) << "the branch that was taken";
}

TEST(SourcePlaces, tell_where_the_mapping_stopped) {
  Places places(
      "  work:\n    for_each: jobs\n    fields:\n"
      "      what: { from: title, do: [integer], error: reject, data: work-experience }\n"
      "  need: { from: name, required: true, data: identity-core }\n");
  EXPECT_EQ(places.of(R"({"jobs":[{"title":"1"},{"title":"x"}],"name":"Ann"})").refused_at(), Paths{"jobs[1].title"});
  EXPECT_EQ(places.of(R"({"jobs":[{"title":"1"}]})").refused_at(), Paths{"name"});
}

TEST(SourcePlaces, number_the_findings_rows) {
  Places places(
      "  work:\n    for_each: jobs\n    fields:\n"
      "      what: { from: title, do: [integer], error: omit, data: work-experience }\n");
  EXPECT_EQ(places.of(R"({"jobs":[{"title":"x"},{"title":"2"},{"title":"y"}]})").found_at(),
            (Paths{"jobs[0].title", "jobs[2].title"}));
}

TEST(SourcePlaces, know_their_own_marks) {
  EXPECT_EQ(SourceNotes::read_mark(SourceNotes::mark_of(12)), 12U);
  for (const auto* text : {"", "\x1F", "12", "\x1F-1",
                           "\x1F"
                           "1x",
                           "\x1F"
                           "99999999999999999999999"})
    EXPECT_FALSE(SourceNotes::read_mark(text)) << text;
  EXPECT_EQ(with_rows("a[].b[].c", {1, 2, 3}), "a[1].b[2].c");
  EXPECT_EQ(with_rows("a[].b[]", {1}), "a[1].b[]");
  EXPECT_EQ(plain_field("resident/name/given[]/#text"), "resident.name.given");
  EXPECT_EQ(plain_field("referrals[12].id"), "referrals.id");
}

}  // namespace
}  // namespace ketenpoort::mapping
