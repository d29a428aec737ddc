// Where in its source each field of a message came from, found by translating the record once more: a mapping error, or
// what a schema says of the finished message, can then be told in the words of whoever wrote the source.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ketenpoort::mapping {

struct Finding;
struct Plan;
struct Refusal;
struct Translation;

// What the emitter notes on such a run.
struct SourceNotes {
  std::vector<std::string> sources;  // of each value that was written, in no order; empty: made by the mapping itself
  std::string refused_at;            // of the value that there is no message because of

  // What stands in the message in place of the n-th value: no text of a mapping begins so.
  static std::string mark_of(std::size_t n);
  static std::optional<std::size_t> read_mark(std::string_view text);
};

// A source path with its rows' numbers, from 0: "jobs[].title" and {1} is "jobs[1].title".
std::string with_rows(std::string_view path, const std::vector<std::uint32_t>& numbers);

class SourcePlaces {
 public:
  SourcePlaces(const Plan& plan, SourceNotes notes, const Translation& noted);
  // The mapping makes nothing of the record.
  SourcePlaces(const Plan& plan, SourceNotes notes, const Refusal& refusal, const std::vector<Finding>& findings);

  // Source paths, as the mapping writes them but with the rows' numbers, of what stands at or below a field of the
  // message ("resident.birth.date", "referrals[1]"), or would be read for it; none: the mapping makes it itself.
  [[nodiscard]] std::vector<std::string> find(std::string_view field) const;
  // Of the field that the mapping refuses the record for; and of its findings, in order.
  [[nodiscard]] const std::vector<std::string>& refused_at() const { return refused_at_; }
  [[nodiscard]] const std::vector<std::string>& found_at() const { return found_at_; }

 private:
  void read(const SourceNotes& notes, const std::string& message);
  [[nodiscard]] std::vector<std::string> find_written(std::string_view field) const;
  [[nodiscard]] std::vector<std::string> find_planned(std::string_view field) const;

  const Plan& plan_;
  std::vector<std::pair<std::string, std::string>> fields_;  // of the message, and their sources
  std::vector<std::string> refused_at_, found_at_;
};

// "resident/name/given[]/#text" and "resident.name.given[0]" are both "resident.name.given".
std::string plain_field(std::string_view field);

}  // namespace ketenpoort::mapping
