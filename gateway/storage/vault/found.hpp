// What a read found in SQLite, or why nothing is to be had.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "gateway/base/result.hpp"

namespace ketenpoort::storage {

template <class Row>
Result<Row> found(Result<std::optional<Row>> row, const char* what) {
  if (!row) return fail(std::move(row.error()));
  if (!*row) return fail(ErrorCode::not_found, std::string("the vault has no such ") + what);
  return std::move(**row);
}

}  // namespace ketenpoort::storage
