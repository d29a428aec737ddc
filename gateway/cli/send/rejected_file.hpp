// The rejected rows of a CSV or fixed-width file as a file of the same kind: to be put right and sent again.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "gateway/base/result.hpp"
#include "gateway/mapping/definition/layout.hpp"

namespace ketenpoort::cli {

// The separator that the header of a CSV file is written with.
char find_separator(std::string_view file);

// The layout that `mapping` (empty: the only one) reads fixed-width records by, of the mappings that came with the
// program.
Result<mapping::Layout> find_fixed_layout(const std::string& mapping);

// The rows of `file` that begin on `lines`, under its header and, of fixed width (`layout`; CSV: null), before its
// trailer with count and checksum as they are now. `before`: what the file holds already, of the same header, and whose
// rows stay; empty: nothing. ErrorCode::invalid_input: it holds something else.
Result<std::string> make_rejected_file(std::string_view file, const std::set<std::uint64_t>& lines,
                                       const mapping::Layout* layout, std::string_view before);

// Whether rows of `file` can be added to `before` at all.
Status check_before(std::string_view file, bool is_fixed, std::string_view before);

}  // namespace ketenpoort::cli
