// What stands in a ledger folder, and that nothing else does.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "gateway/verify/flaw.hpp"

namespace ketenpoort::verify {

// How far the tiles of one level reach, counted in hashes of that level, and the file that reaches furthest.
struct TileExtent {
  std::uint64_t hashes = 0;
  std::string file;
};

struct Survey {
  std::vector<std::uint64_t> segment_sizes;  // bytes of segments/, in order from entry 0
  std::map<unsigned, TileExtent> tiles;      // by level
};

// Lists the tiles first and the segments last: on a running log every tile seen is then covered by an entry seen. A
// file or folder that does not belong there is a flaw, and so is a gap between segments.
Checked<Survey> survey_folder(const std::filesystem::path& ledger);

}  // namespace ketenpoort::verify
