// What the index answers with.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gateway/base/time.hpp"
#include "gateway/domain/category.hpp"
#include "gateway/domain/transfer.hpp"
#include "gateway/ledger/history/history.hpp"

namespace ketenpoort::audit {

// Where an entry stands: the bytes are read from its segment.
struct EntryPlace {
  ledger::Seq seq = 0;
  std::uint64_t offset = 0;  // of its record in the segment
};

// A transfer as the log left it, also one that the projection has let go.
struct TransferRow {
  TransferId id;
  std::uint64_t number = 0;  // order of request, from 0: for paging
  SubjectRef subject{};
  RecordId record;
  std::uint32_t referral = 0;
  std::string recipient;
  std::string purpose;
  std::string message;
  TransferState state = TransferState::requested;
  std::vector<Reason> reasons;
  std::optional<Date> held_until;
  std::uint32_t attempts = 0;
  bool may_have_arrived = false;
  CategorySet sent;
  std::string mapping;
  std::string mapping_version;
  std::string reference;
  std::string failure;  // class of the last failed attempt
  Timestamp changed{};
  std::vector<ledger::Seq> seqs;

  // The same as the projection tells it; its views point into this row.
  [[nodiscard]] ledger::History::Transfer view() const;
};

struct RecordRow {
  RecordId id;
  ledger::Seq seq = 0;
  SubjectRef subject{};
  std::string centre;
  std::string organisation{};  // of the client that sent it
};

struct ConsentRow {
  ConsentId id;
  ledger::Seq seq = 0;
  SubjectRef subject{};
  std::string purpose;
  std::string recipient;
  bool given = true;      // as stated
  CategorySet stated;     // as stated
  CategorySet remaining;  // what withdrawals have left of it
  std::optional<Date> valid_until;
  bool superseded = false;  // a newer conversation has set the cell
};

// A hold, refusal or cancellation.
struct DecisionRow {
  EntryPlace place;
  std::string recipient;
};

// How many decisions of a kind were taken on these reasons together.
struct DecisionCount {
  std::string kind;
  std::vector<Reason> reasons;
  std::uint64_t count = 0;
};

// A referral that arrived and that its recipient was not told to forget since.
struct OpenReferral {
  std::string recipient;
  std::string purpose;
  Timestamp since{};
  RecordId record{};      // of which a message arrived then
  bool answered = false;  // its recipient has reported on it
};

struct TransferEvent {
  Timestamp time{};
  std::int64_t kind = 0;
  std::int64_t status = -1;  // of an outcome, with its sort; -1 for anything else
  std::int64_t sort = -1;
  std::int64_t recipient = 0;
  std::int64_t centre = 0;
  std::int64_t subject = 0;
};

// All there is about one data subject.
struct Dossier {
  std::vector<EntryPlace> entries;
  std::vector<RecordRow> records;
  std::vector<ConsentRow> consents;
  std::vector<TransferRow> transfers;  // newest first

  // Those that received something, or may have.
  [[nodiscard]] std::vector<std::string> recipients() const;
};

}  // namespace ketenpoort::audit
