// Turns entries into rows, many in one transaction. One thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gateway/audit/index_file.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/domain/transfer.hpp"
#include "gateway/ledger/entry/entry.hpp"
#include "gateway/ledger/entry/kinds.hpp"

namespace ketenpoort::audit {

class IndexWriter {
 public:
  static Result<std::unique_ptr<IndexWriter>> open(const std::filesystem::path& file);

  // How many entries are in, and the leaf hash of the last: what tells whether the index is of this log.
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] const std::optional<Digest>& tail() const { return tail_; }

  // Adds the entries that follow, as records (ledger/segments.hpp) of which the first is entry `first_seq`; passes over
  // those it has. All of them or none.
  Status add(std::uint64_t first_seq, std::span<const std::string_view> records);
  Status add(std::uint64_t first_seq, std::string_view records) { return add(first_seq, std::span(&records, 1)); }

  Status close() { return close_index(database_); }

 private:
  using Number = std::int64_t;

  // A transfer as its row has it.
  struct Transfer {
    Number number = 0;
    TransferId id;
    Number subject = 0, record = 0, referral = 0, recipient = 0, purpose = 0, message = 0, state = 0, reasons = 0;
    std::string held_until;
    Number attempts = 0;
    bool may_have_arrived = false;
    Number sent = 0, mapping = 0, mapping_version = 0;
    std::string reference;
    Number failure = 0, changed = 0;
    std::string seqs;
    Number recheck = 0;  // when the one that runs is due; 0: none runs
    bool is_new = false;
    bool is_dirty = false;
  };
  struct Subject {
    SubjectRef ref{};
    Number number = 0;
    std::string seqs;
    ledger::Seq last = 0;
    bool is_new = false;
    bool is_dirty = false;
  };
  // The names noted in the block under way.
  struct Span {
    Number block = -1;
    std::vector<Number> names;
  };
  struct Statements {
    Statement name, add_name, subject, add_subject, change_subject, add_span, add_transfer_span, add_entry, record,
        add_record, supersede, add_consent, consent, narrow, transfer, add_transfer, change_transfer, recipient_of,
        set_meta, add_recheck, end_recheck, awaited, await, answered, close_referrals, add_decision, add_outcome;
  };

  IndexWriter(Database database, Statements statements) : database_(std::move(database)), s_(std::move(statements)) {}
  static Result<Statements> prepare(Database& database);

  Status load();
  Status add_all(std::uint64_t first_seq, std::span<const std::string_view> records);
  Status add_one(std::string_view bytes);
  Status apply(ledger::Kind kind, std::optional<Number>& transfer, std::optional<Number>& recipient);
  Status apply_record();
  Status apply_consent(bool given);
  Status apply_withdrawal();
  // index_deadlines.cpp
  Status apply_notification(Number recipient);
  Status note_recheck(Transfer& transfer, std::string_view held_before);
  Result<bool> knows_arrival(const Transfer& transfer);
  Result<bool> has_arrived(const Transfer& transfer);
  Status add_arrival(const Transfer& transfer);
  Status note_arrival(const Transfer& transfer);
  Status note_answer(const Transfer& transfer);
  Status add_decision(const Transfer& row);
  Status add_outcome();
  Result<Transfer*> apply_request();
  Result<Transfer*> apply_step(ledger::Kind kind);
  Status flush();
  void touch(Transfer& transfer);  // it is to be written
  void touch(Subject& subject);
  Status flush_transfers();
  Status flush_subjects();
  Status write(const Transfer& transfer);
  Status set_meta();

  Result<Number> number_of(std::string_view text);
  Result<Subject*> find_subject(const SubjectRef& ref);
  Status note_in(Span& span, Statement& add, Number at, Number name);
  Result<Number> number_of_record(const RecordId& record);
  Result<Transfer*> find_transfer(const TransferId& id);
  Result<Number> next_number(const char* table);

  Database database_;
  Statements s_;
  std::uint64_t size_ = 0;
  std::uint64_t place_ = 0;  // of the next entry in its segment
  std::optional<Digest> tail_;
  Number next_name_ = 0, next_subject_ = 0, next_record_ = 0, next_consent_ = 0, next_transfer_ = 0;

  ledger::Entry entry_;  // the one under way
  Number subject_ = 0;   // of it
  std::map<std::string, Number, std::less<>> names_;
  Span span_, transfer_span_;
  // Of the transaction under way, and some of those before: what comes next is mostly about the same.
  std::unordered_map<TransferId, Transfer, UuidHash> transfers_;
  std::unordered_map<SubjectRef, Subject, SubjectRefHash> subjects_;
  std::vector<Transfer*> dirty_transfers_;
  std::vector<Subject*> dirty_subjects_;
};

}  // namespace ketenpoort::audit
