#include "gateway/mapping/compile/category_check.hpp"

#include <algorithm>
#include <array>

namespace ketenpoort::mapping {
namespace {

using Origin = Line::Origin;

// Without a table nobody knows what a field is; the transfer's own are not about the person.
bool tells_of_the_record(const SourceRead& read) {
  return read.use == SourceRead::Use::condition && !lies_within(read.path, "transfer");
}

std::string in_words(const SourceRead& read, Category category) {
  static constexpr std::array<std::string_view, 3> uses = {"it reads", "a condition on it tells of",
                                                           "it stands once per element of"};
  return fmt::format("{} {}, which is {}", uses[static_cast<std::size_t>(read.use)], read.path, to_text(category));
}

// A constant without a `when` of its own never keeps its container: it is there when something else is.
bool goes_with_its_container(const Line& line, const Target& target) {
  return line.origin == Origin::value && !target.when;
}

// The category that a read has and the line does not say. That a row is there is told by any of its fields.
std::optional<Category> unsaid(const CategorySet& of_read, const SourceRead& read, const Line& line) {
  if (read.use == SourceRead::Use::rows && line.category && of_read.contains(*line.category)) return std::nullopt;
  for (const auto category : of_read.list())
    if (line.category != category) return category;
  return std::nullopt;
}

// The first thing is enough, the next comes when it is mended.
void check_against_table(const Plan& plan, const Line& line, const std::vector<SourceRead>& reads,
                         Complaints& complaints) {
  const auto said = line.category    ? fmt::format("data: {}", to_text(*line.category))
                    : line.data_none ? std::string("data: none")
                                     : std::string("no data:");
  for (const auto& read : reads)
    if (const auto category = unsaid(plan.field_categories->of(read), read, line))
      return complaints.error(
          line.category || line.data_none ? line.data_at : line.at,
          fmt::format("the line says {}, but {}; write data: {}, or read something else (which field is what stands "
                      "beside the source's schema)",
                      said, in_words(read, *category), to_text(*category)));
}

}  // namespace

void check_categories(const Plan& plan, const LinePlan& plan_line, const Target& target, Complaints& complaints) {
  const auto& line = *target.line;
  if (plan.definition.inbound || line.data_wrong || goes_with_its_container(line, target)) return;
  auto reads = plan_line.reads;
  reads.insert(reads.end(), target.told.begin(), target.told.end());
  if (plan.field_categories) {
    if (line.origin == Origin::known_id && line.text == "person" && line.category != Category::identity_core)
      complaints.error(line.data_at, "the partner's id of the person identifies; write data: identity-core");
    return check_against_table(plan, line, reads, complaints);
  }
  if (line.category) return;
  const auto read = std::find_if(target.told.begin(), target.told.end(), tells_of_the_record);
  if (read != target.told.end())
    complaints.error(line.at, fmt::format("a condition on {} decides whether this line is there, so it tells of the "
                                          "person; add data: with a category",
                                          read->path));
}

void check_reference(const Plan& plan, const Target& target, Complaints& complaints) {
  if (plan.definition.inbound) return;
  for (const auto& read : target.told) {
    const auto told = plan.field_categories ? !plan.field_categories->of(read).empty() : tells_of_the_record(read);
    if (!told) continue;
    return complaints.error(target.at, fmt::format("a reference has no category, but a condition on {} decides whether "
                                                   "it is there; put the condition on the node that it names",
                                                   read.path));
  }
}

}  // namespace ketenpoort::mapping
