// Questions to the index. One thread at a time; many readers may be open beside the writer.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/audit/event_rows.hpp"
#include "gateway/audit/index_file.hpp"
#include "gateway/audit/rows.hpp"

namespace ketenpoort::audit {

// Empty members do not restrict. Answers come in the order of the log.
struct EntryQuery {
  std::string kind;
  std::string recipient;  // entries that name it, and those of its transfers
  std::optional<SubjectRef> subject;
  std::optional<TransferId> transfer;
  std::optional<Timestamp> from;     // at or after
  std::optional<Timestamp> until;    // before
  std::optional<ledger::Seq> after;  // the last one of the page before
  std::size_t limit = 100;
};

struct TransferQuery {
  std::optional<TransferState> state;
  std::string recipient;
  std::uint64_t from = 0;  // number of the first to look at
  std::size_t limit = 100;
  // The first of its referral that arrived, by then, and no report since.
  std::optional<Timestamp> unanswered_since{};
  bool arrived = false;        // delivered or acknowledged; instead of `state`
  std::string organisation{};  // of the client that sent the record
};

// Holds, refusals and cancellations. Empty members do not restrict.
struct DecisionQuery {
  std::string kind;  // "transfer.held"
  std::string recipient;
  std::optional<Reason> reason;
  std::optional<Timestamp> from;
  std::optional<Timestamp> until;
  std::optional<ledger::Seq> after;
  std::size_t limit = 100;
};

class IndexReader {
 public:
  static Result<std::unique_ptr<IndexReader>> open(const std::filesystem::path& file);

  Result<std::vector<EntryPlace>> entries(const EntryQuery& query);
  Result<std::vector<TransferRow>> transfers(const TransferQuery& query);
  Result<std::optional<TransferRow>> transfer(const TransferId& id);
  Result<std::vector<TransferRow>> transfers_of_record(const RecordId& id);  // newest first
  Result<std::optional<RecordRow>> record(const RecordId& id);
  Result<std::optional<ConsentRow>> consent(const ConsentId& id);
  Result<Dossier> dossier(const SubjectRef& subject);

  // index_events.cpp
  Result<EntryEvents> entry_events(const EntryEventQuery& query);
  Result<std::vector<DateEvent>> rechecks_due(const DateEventQuery& query);
  Result<std::vector<DateEvent>> answers_overdue(const DateEventQuery& query, std::chrono::days patience);
  // Not reported on and not closed, that arrived by then.
  Result<std::uint64_t> count_unanswered(Timestamp since);
  Result<std::vector<OpenReferral>> open_referrals(const SubjectRef& subject);
  // Dates up to this place, and up to `until`, all stand in their table by now: an entry that comes makes none earlier
  // than itself. Ask before the dates. Nothing when the index is empty.
  Result<std::optional<DatePlace>> settled_dates(Timestamp until);
  Result<std::optional<EntryPlace>> place_of(ledger::Seq seq);
  Result<ledger::Seq> first_entry_at(Timestamp time);
  Result<std::vector<DecisionRow>> decisions(const DecisionQuery& query);
  Result<std::vector<DecisionCount>> count_decisions(const DecisionQuery& query);  // of all pages

  // What happened to transfers in a span of time, and what came back about them. Names are numbers: name() tells.
  Status each_event(Timestamp from, Timestamp until, const std::function<void(const TransferEvent&)>& visit);
  Result<std::string> name(std::int64_t number);

 private:
  explicit IndexReader(Database database) : database_(std::move(database)) {}
  Result<std::optional<std::int64_t>> number(std::string_view sql, ByteView key);
  Result<std::optional<std::int64_t>> number_of_name(std::string_view text);
  Result<ledger::Seq> first_at(Timestamp time, ledger::Seq end);
  Result<ledger::Seq> size();
  Result<std::vector<DateEvent>> date_events(const DateEventQuery& query, const std::string& sql, Timestamp until);
  struct Filter {
    std::string where;
    std::vector<std::int64_t> values;
    bool nothing = false;  // the log never speaks of what is asked for
  };
  Result<Filter> filter(const DecisionQuery& query);
  Result<bool> has_referred(std::string_view organisation, std::int64_t subject, const EntryEvent& event);
  // The entries of a subject, by its number.
  Result<std::vector<ledger::Seq>> seqs_of(std::int64_t subject);
  // Its transfers, the newest first.
  Result<std::vector<TransferRow>> transfers_of(const SubjectRef& ref, const std::vector<ledger::Seq>& seqs);
  Result<std::vector<EntryPlace>> entries_among(const std::vector<ledger::Seq>& seqs, ledger::Seq low, ledger::Seq end,
                                                const std::string& condition, const std::vector<std::int64_t>& values,
                                                std::size_t limit);

  Database database_;
};

}  // namespace ketenpoort::audit
