// How long translating takes on this machine, beside what merely parsing the same bytes takes.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "gateway/mapping/translate/mapping.hpp"

namespace ketenpoort::mapping_review {

struct Measurement {
  std::string mapping;
  std::string version;
  std::size_t records = 0;  // of the examples, each translated over and over
  double bytes_in = 0;      // of a record, on average
  double microseconds = 0;  // to translate one, the median of several rounds
  std::optional<double>
      parse;  // to parse one with RapidJSON's in-situ SAX reader, in the same rounds; JSON sources only
};

// On the mapping's own examples, those that give a message; nothing without one. One thread, for about `time`.
std::optional<Measurement> measure(const mapping::Mapping& mapping, const std::filesystem::path& mappings_dir,
                                   std::chrono::milliseconds time);

}  // namespace ketenpoort::mapping_review
