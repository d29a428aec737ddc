// Reads that the log takes note of: what was asked, why, and how much of the log went out, before it does.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/api/api.hpp"
#include "gateway/api/http/query.hpp"
#include "gateway/ledger/entry/entry.hpp"

namespace ketenpoort::api {

inline constexpr std::string_view supervision = "supervision";  // the purpose of who names none

// What was asked, without who asked: the parameters as one canonical object, hashed.
Digest digest_of(const Query& query);

// The entry for a look-up: audit.queried.
ledger::EntryDraft draft_queried(const Call& call, const Query& query, std::uint64_t rows,
                                 std::string_view purpose = supervision);
// The entry for an export: audit.exported.
ledger::EntryDraft draft_exported(const Call& call, const Query& query, std::string format, std::string purpose,
                                  std::uint64_t rows);

// Runs `then` once the note is durable, on the sequencer's thread: it must be quick. Refuses the call when the log
// cannot take the note.
void note_and_then(const exchange::Facilities& facilities, const Call& call, ledger::EntryDraft note,
                   std::function<void(const Call&)> then);
// Several, all of them or none: one for each data subject.
void note_and_then(const exchange::Facilities& facilities, const Call& call, std::vector<ledger::EntryDraft> notes,
                   std::function<void(const Call&)> then);

}  // namespace ketenpoort::api
