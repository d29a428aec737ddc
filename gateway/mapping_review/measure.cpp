#include "gateway/mapping_review/measure.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "gateway/formats/json_events.hpp"
#include "gateway/mapping/examples.hpp"

namespace ketenpoort::mapping_review {
namespace {

using mapping::ExampleInput;
using Steady = std::chrono::steady_clock;

struct Silent : rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Silent> {
  bool RawNumber(const char*, unsigned, bool) { return true; }
};

class Rounds {
 public:
  Rounds(const mapping::Mapping& mapping, const std::vector<ExampleInput>& inputs)
      : mapping_(mapping), inputs_(inputs) {}

  // Microseconds to translate one record.
  double translate() {
    return timed([&](const ExampleInput& input) { (void)mapping_.translate_into(input.record, input.context, out_); });
  }

  double parse() {
    return timed([&](const ExampleInput& input) {
      buffer_.assign(input.record.begin(), input.record.end());
      buffer_.push_back('\0');
      Silent silent;
      (void)formats::parse_in_situ(reader_, buffer_.data(), silent);
    });
  }

 private:
  template <class Work>
  double timed(Work work) {
    constexpr int repeated = 20;
    const auto begin = Steady::now();
    for (int i = 0; i < repeated; ++i)
      for (const auto& input : inputs_) work(input);
    const std::chrono::duration<double, std::micro> took = Steady::now() - begin;
    return took.count() / (repeated * static_cast<double>(inputs_.size()));
  }

  const mapping::Mapping& mapping_;
  const std::vector<ExampleInput>& inputs_;
  mapping::Translation out_;
  std::vector<char> buffer_;
  rapidjson::Reader reader_;
};

double median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

std::optional<Measurement> measure(const mapping::Mapping& mapping, const std::filesystem::path& mappings_dir,
                                   std::chrono::milliseconds time) {
  auto inputs = mapping::example_inputs(mapping, mappings_dir);
  std::erase_if(inputs, [&](const ExampleInput& input) { return !mapping.translate(input.record, input.context); });
  if (inputs.empty()) return std::nullopt;
  Rounds rounds(mapping, inputs);
  const bool json = mapping.source_format() == "json";
  std::vector<double> translating;
  std::vector<double> parsing;
  for (const auto end = Steady::now() + time; translating.size() < 3 || Steady::now() < end;) {
    translating.push_back(rounds.translate());
    if (json) parsing.push_back(rounds.parse());
  }
  Measurement result{mapping.name(), mapping.version(), inputs.size(), 0, median(translating), std::nullopt};
  for (const auto& input : inputs)
    result.bytes_in += static_cast<double>(input.record.size()) / static_cast<double>(inputs.size());
  if (json) result.parse = median(parsing);
  return result;
}

}  // namespace ketenpoort::mapping_review
