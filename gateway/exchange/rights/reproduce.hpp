// One transfer, told again from what was kept: the mapping version that the log names runs on the stored record, and
// what comes out must have the commitment in the log; every decision is taken again on its unsealed facts, at its
// place.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/exchange/facilities/kept_mappings.hpp"
#include "gateway/exchange/facilities/ports.hpp"
#include "gateway/ledger/entry/entry.hpp"
#include "gateway/ledger/history/history.hpp"
#include "gateway/mapping/library.hpp"
#include "gateway/policy/premises.hpp"

namespace ketenpoort::exchange {

// What a vault at rest gives. ErrorCode::gone: the key was destroyed; not_found: the row is not there.
class KeptData {
 public:
  virtual ~KeptData() = default;
  virtual Result<std::string> record(const RecordId& record) = 0;
  virtual Result<Payload> payload(const TransferId& transfer) = 0;
  virtual Result<AeadKey> proof_key(const SubjectRef& subject) = 0;
  // As it was noted when retention let the records go that said so; nothing while they are there.
  virtual Result<std::optional<Date>> stay_ended(const SubjectRef& subject) = 0;
};

enum class Finding {
  matches,  // shown to be as the log says
  differs,  // shown not to be
  expired,  // what it would take is gone: its time was over, or it was erased
  missing,  // it cannot be shown, though it should be: a mapping version that is not there, a row that was lost
};
std::string_view to_text(Finding finding);

struct ReproducedStep {
  std::uint64_t seq = 0;
  std::string kind;
  std::string what;  // "record", "mapping resident-to-vdab-profile@1.0.0", "stored message", "decision"
  Finding finding = Finding::missing;
  std::string note;  // why, when it does not match; never personal data
};

struct Reproduction {
  TransferId transfer;
  std::optional<SubjectRef> subject;
  std::string state;
  std::vector<ReproducedStep> steps;
  [[nodiscard]] Finding verdict() const;  // the worst: differs, missing, expired, matches
};

// Up to when rows had to be kept: what is not there before that was lost.
struct KeepingTerms {
  std::optional<std::chrono::days> record, payload;  // as config/retention.yaml has them; nothing: for good
  Date today{};
};

class Reproducer {
 public:
  // `library`: every version that is still there; null: none. Others are looked for among those kept.
  Reproducer(const TransferId& transfer, KeptData& kept, const mapping::Library* library, KeptMappings kept_mappings,
             bool allow_mock_ssin)
      : kept_(kept), library_(library), kept_mappings_(std::move(kept_mappings)), allow_mock_ssin_(allow_mock_ssin) {
    out_.transfer = transfer;
  }

  // Every entry of the log in order, with the history as it was before it.
  void look_at(const ledger::Entry& entry, const ledger::History& before);

  // The record.received of the transfer's record: `end` is the history at the end of the log.
  [[nodiscard]] std::optional<std::uint64_t> record_seq() const { return record_seq_; }
  void look_at_record(const ledger::Entry& received);

  [[nodiscard]] bool found() const { return out_.subject.has_value(); }
  // `end` is the history at the end of the log.
  Reproduction finish(const ledger::History& end, const KeepingTerms& terms);

 private:
  void look_at_permit(const ledger::Entry& entry, const ledger::History& before);
  void look_at_decision(const ledger::Entry& entry, const ledger::History& before);
  std::optional<policy::Premises> unseal(const ledger::Entry& entry);
  void replay(const ledger::Entry& entry, const ledger::History& before, const policy::Premises& premises);
  [[nodiscard]] Result<std::string> find_content(const policy::Premises& premises) const;
  [[nodiscard]] Result<std::shared_ptr<const mapping::Mapping>> find_mapping(
      const ledger::TransferPermitted& permit) const;
  void make_message(const ledger::TransferPermitted& permit, const policy::Premises& premises,
                    const ledger::History& before, const ledger::Entry& entry);
  void compare_message(const ledger::TransferPermitted& permit, const Digest& commit_key, const ledger::Entry& entry);
  void add(const ledger::Entry& entry, std::string what, Finding finding, std::string note = {});
  void add_failure(const ledger::Entry& entry, std::string what, const Error& error);
  enum class Row { record, payload };
  void add_absent(const ledger::Entry& entry, std::string what, Row row, const Error& error);
  [[nodiscard]] bool had_to_go(Row row, const KeepingTerms& terms) const;

  KeptData& kept_;
  const mapping::Library* library_;
  KeptMappings kept_mappings_;
  bool allow_mock_ssin_;
  Reproduction out_;
  ledger::TransferRequested requested_;
  std::optional<std::uint64_t> record_seq_;
  Timestamp last_change_{};                          // of the transfer's state
  std::vector<std::pair<std::size_t, Row>> absent_;  // steps that wait for the end of the log
  std::optional<Error> no_record_;
  std::string made_;  // the message of the first permit, made again
  std::string made_by_;
  Finding made_finding_ = Finding::missing;
  std::string made_note_;
};

}  // namespace ketenpoort::exchange
