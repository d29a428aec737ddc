// STATE/index.sqlite: what can be asked of the log without reading it. All of it follows from the entries, so it is
// never synced while it is written: a process that dies leaves it whole, and after a power cut it is made anew.
//
// Texts that repeat (kinds, recipients, states) stand once in `name`, data subjects in `subject`; both are numbered in
// the order of the log, as are records, consents and transfers. So an index made anew is equal to the one before, row
// for row.
#pragma once

#include <cstdint>
#include <filesystem>

#include "gateway/base/result.hpp"
#include "gateway/storage/sqlite/sqlite.hpp"

namespace ketenpoort::audit {

using storage::Database;
using storage::Statement;

// Entries, and transfers, of one `span`: a search looks at all of them where one may match.
constexpr std::int64_t span_size = 256;

// Opens the index, or makes an empty one: when there is none, when another version made it, when it is damaged, or when
// the machine went down while it was open. From here on it counts as open until close_index().
Result<Database> open_index(const std::filesystem::path& file);

// Syncs what was written: it may be trusted after a power cut.
Status close_index(Database& database);

Result<Database> open_index_for_reading(const std::filesystem::path& file);

// Removes the file and what SQLite keeps beside it. Nobody may have it open.
Status remove_index(const std::filesystem::path& file);

}  // namespace ketenpoort::audit
