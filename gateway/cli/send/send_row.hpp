// One line of a file to send: what it is, whom it is about, and the request it becomes.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "gateway/base/digest.hpp"
#include "gateway/base/result.hpp"
#include "gateway/domain/call.hpp"

namespace ketenpoort::cli {

enum class RowKind : unsigned char { record, consent };

// The gateway takes no larger body.
constexpr std::size_t largest_row = std::size_t{1} << 20;

struct Row {
  std::size_t line = 0;  // from 1
  RowKind kind = RowKind::record;
  std::string text;
  std::vector<std::string>
      persons;  // every identifier in it; rows that share one are sent in order, one after the other
};

// `as` says what all rows are; without it the content decides: a record has messageId or resident, a consent has
// consents. ErrorCode::malformed with an Issue whose `where` is the column, ErrorCode::schema_violation when it is
// neither.
Result<Row> read_row(std::size_t line, std::string text, std::optional<RowKind> as);

// A record repeats under its messageId. A consent has no id of its own, so it gets a key that the same line of the same
// file always has: sent again, it is not recorded again.
Call make_call(const Row& row, const Digest& file, const std::string& token);

}  // namespace ketenpoort::cli
