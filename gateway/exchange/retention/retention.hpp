// Use case: what may be kept no longer goes. Terms are configuration (config/retention.yaml), each with the event it
// counts from:
//
// record     from stay-ended: the records of a subject, all together
// payload    from acknowledged: each message; one that ended otherwise counts from its end
// proof      from consent-ended: how consent was given and what decisions rested on; the last consent counts
// directory  from stay-ended, never before the proof: which numbers belong to whom
//
// A class of keys is destroyed once nothing under it may be kept: `subject.erased` says so, by the role "retention",
// with what is kept. From then on the reference is retired: whoever bears the numbers and comes back is a new subject.
// Of who is restricted, or has a request open, nothing goes: they may need it, and erasing is processing too.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "gateway/exchange/facilities/facilities.hpp"

namespace ketenpoort::exchange {

// Days; a class without a term is kept.
struct RetentionTerms {
  std::optional<std::chrono::days> record, payload, proof, directory;
};

// What a vault holds of one subject.
struct Holding {
  SubjectRef subject{};
  KeyClassSet keys;  // that exist
  struct Record {
    RecordId id;
    std::uint64_t bytes = 0;
  };
  struct Message {
    TransferId transfer;
    std::uint64_t bytes = 0;
  };
  std::vector<Record> records;
  std::vector<Message> payloads;
  std::uint64_t identifiers = 0;
  std::optional<Date> stay_ended;  // noted when the records that said so went
};

// The vault as a whole, for this use case alone.
class VaultStock {
 public:
  virtual ~VaultStock() = default;
  // Every subject that has a key, as it stands in the file now. `visit` must not wait for the sequencer.
  virtual Status each_holding(const std::function<void(const Holding&)>& visit) const = 0;
  [[nodiscard]] virtual std::uint64_t subject_count() const = 0;
  [[nodiscard]] virtual std::uint64_t bytes_on_disk() const = 0;
  [[nodiscard]] virtual ledger::VaultChange note_stay_end(const SubjectRef& subject, Date day) const = 0;
  // Everything dropped or destroyed so far is gone from the disk when this returns.
  virtual Status settle() = 0;
};

struct RetentionCount {
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
  bool operator==(const RetentionCount&) const = default;
};
struct RetentionReport {
  bool dry_run = false;
  std::uint64_t subjects = 0;       // looked at
  std::uint64_t waiting = 0;        // whose stay has not ended, or something is on its way or asked: their records stay
  std::uint64_t retired = 0;        // of whom a class of keys went
  RetentionCount record, payload;   // dropped
  RetentionCount proof, directory;  // rows: keys destroyed; bytes: of identifiers
  std::uint64_t bytes_before = 0;   // of the vault's file
  std::uint64_t bytes_after = 0;    // the same as before in a dry run
};

// False: the gateway stops, and the run ends where it is (ErrorCode::unavailable); the next one does the rest.
using RetentionProgress = std::function<bool(std::uint64_t done, std::uint64_t total)>;

// Blocks until it is done, which takes a pass over all subjects and, if anything went, writing the vault's file anew.
Result<RetentionReport> apply_retention(Facilities& facilities, VaultStock& stock, const RetentionTerms& terms,
                                        bool dry_run, const RetentionProgress& progress);

// ---- the decision, pure ----

// Where the log has a subject: what tells whether anything was said or done about them since.
struct SubjectStanding {
  std::vector<std::pair<TransferId, TransferState>> transfers;
  std::vector<ledger::Seq> cells;  // the entries that their consents rest on
  std::optional<RecordId> newest;
  bool is_protected = false;  // restricted (GDPR art. 18), or they asked for something and wait for the answer
  bool operator==(const SubjectStanding&) const = default;
};
struct SubjectPast {
  bool something_open = false;         // a transfer that may still send something
  std::optional<Date> stay_ended;      // by the newest record, or as noted
  std::optional<Date> consents_ended;  // the last of them; nothing while one stands, or when there was none
  bool had_consents = false;
  SubjectStanding standing;
  std::vector<std::pair<TransferId, Date>> ended;  // transfers, by the day they ended
};
struct RetentionPlan {
  std::vector<Holding::Record> records;    // to drop
  std::vector<Holding::Message> payloads;  // to drop
  KeyClassSet classes;                     // to destroy
  [[nodiscard]] bool empty() const { return records.empty() && payloads.empty() && classes.empty(); }
};
RetentionPlan plan_retention(const Holding& holding, const SubjectPast& past, const RetentionTerms& terms, Date today);

}  // namespace ketenpoort::exchange
