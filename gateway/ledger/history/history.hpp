// The rules of the log and the state that follows from it, entry by entry: the projection decisions are made on, and
// the replay by which the verifier checks every decision. Pure: no clock, no files. One thread at a time.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/base/time.hpp"
#include "gateway/base/uuid.hpp"
#include "gateway/domain/category.hpp"
#include "gateway/domain/key_class.hpp"
#include "gateway/domain/purpose.hpp"
#include "gateway/domain/transfer.hpp"
#include "gateway/ledger/entry/bodies.hpp"
#include "gateway/ledger/entry/entry.hpp"

namespace ketenpoort::ledger {

struct HistoryState;  // history_state.hpp, internal
class KeyHistory;     // key_history.hpp

// "entry 17: invariant 3: <what>"; the issue's `where` is "invariant 3".
tl::unexpected<Error> broken(const Entry& entry, int invariant, std::string_view what);

// How long a recipient may be left untold of what it must hear (invariant 7).
constexpr std::chrono::hours time_to_notify{72};

// The actor's role on a `subject.erased` that nobody asked for: the time of the data was over.
constexpr std::string_view retention_role = "retention";

// A policy entry as registered. `current`: not ended and not replaced by a later registration of the same thing.
template <class T>
struct Registered {
  Seq seq = 0;
  T value;
  bool current = true;
};
using RegisteredAgreement = Registered<Agreement>;       // the same thing: the same id
using RegisteredPurpose = Registered<Purpose>;           // the same id, recipient and valid_from
using RegisteredRule = Registered<Rule>;                 // the same id and version
using RegisteredMapping = Registered<MappingActivated>;  // the same message, recipient and name

// Everything looked up is returned by value (a snapshot that may leave the thread); the views in it point to names
// History interns and live as long as it does.
class History {
 public:
  // A gateway never stops over a notification that is late: it could not even write it then. A verifier does.
  enum class Reader : unsigned char { gateway, verifier };
  explicit History(Reader reader = Reader::gateway);
  ~History();
  History(History&&) noexcept;
  History& operator=(History&&) noexcept;

  // Checks invariants 1 to 7 of docs/ledger-format.md for this entry against everything before it, then moves on. On
  // failure nothing has changed and the message says the seq, the rule ("invariant 3: ...") and what is wrong.
  // ErrorCode::malformed for invariant 1, internal for the others: whoever prepared the entry should have seen it.
  Status apply(const Entry& entry);

  // Entries that are written together or not at all: what was applied while a group was open is taken back when it
  // ends, unless keep() was called. One at a time.
  class Group {
   public:
    explicit Group(History& history);
    ~Group();
    Group(const Group&) = delete;
    Group& operator=(const Group&) = delete;
    void keep();

   private:
    History& history_;
  };

  // The whole state as bytes, and back: load(save()) answers and goes on as the one that was saved. Bytes of another
  // layout() are no use. Nothing when they are not what save() wrote.
  [[nodiscard]] std::string save() const;
  static std::optional<History> load(std::string_view bytes);
  static std::string layout();  // changes with the program's idea of what there is to keep

  [[nodiscard]] std::uint64_t size() const;
  [[nodiscard]] Timestamp last_time() const;  // of the last entry; the epoch before the first
  [[nodiscard]] Uuid last_id() const;
  // The greatest id of each sort so far: the next must be greater, so that nobody need remember all to know that none
  // is used twice.
  struct LastIds {
    RecordId record{};
    TransferId transfer{};
    ConsentId consent{};
  };
  [[nodiscard]] LastIds last_ids() const;
  [[nodiscard]] const LedgerOpened* opened() const;  // nullptr before the first entry
  [[nodiscard]] const KeyHistory& keys() const;      // that sign the log; without periods before the first entry

  // ---- consent: one cell is subject x purpose x recipient ----

  enum class CellState : unsigned char { given, refused, withdrawn };
  struct Cell {
    Seq seq = 0;        // the entry that last set it: what a permit names
    ConsentId consent;  // the statement it came from
    CellState state = CellState::given;
    CategorySet categories;           // that may be sent; empty unless given
    std::optional<Date> valid_until;  // at most twelve months after it was expressed, whatever it states
    bool representative = false;      // stated by a guardian, parent or administrator
    std::string_view read_in;         // language of the notice (ISO 639-3) where it was READ; else empty
    std::optional<Date> said_on;      // the day of the last word: expressed then, or withdrawn
  };
  [[nodiscard]] std::optional<Cell> cell(const SubjectRef& subject, std::string_view purpose,
                                         std::string_view recipient) const;

  [[nodiscard]] std::vector<Cell> cells_of(const SubjectRef& subject) const;

  struct ConsentRecord {
    ConsentId id;
    SubjectRef subject{};
    std::string_view purpose;
    std::string_view recipient;
    Seq seq = 0;             // of the consent.given or consent.refused
    bool given = true;       // as stated then
    CategorySet categories;  // as stated then
    std::optional<Date> valid_until;
  };
  [[nodiscard]] std::optional<ConsentRecord> consent(const ConsentId& id) const;  // one that a cell rests on

  // ---- transfers ----

  struct Transfer {
    TransferId id;
    SubjectRef subject{};
    RecordId record;
    std::uint32_t referral = 0;
    std::string_view recipient;
    std::string_view purpose;
    std::string_view message;
    TransferState state = TransferState::requested;
    std::vector<Reason> reasons;  // of the last hold, refusal or cancellation; empty in other states
    std::optional<Date> held_until;
    Timestamp requested{};
    std::uint32_t attempts = 0;
    bool may_have_arrived = false;  // some attempt that failed may have reached the recipient
    CategorySet sent;               // by the last permit
    std::vector<LeftOut> left_out;  // by the last permit
    std::string_view mapping;       // of the last permit, empty before it
    std::string_view mapping_version;
    Seq mapping_seq = 0;    // of the mapping.activated that the last permit names
    std::vector<Seq> seqs;  // of its entries
    Timestamp changed{};
    std::optional<Timestamp> retry_at;
    std::string reference;  // the partner's, once acknowledged
  };
  // A transfer that can still move, and the last that arrived (or may have) at each recipient for each purpose. Those
  // that ended are forgotten: see docs/ledger-format.md, "What is forgotten".
  [[nodiscard]] std::optional<Transfer> transfer(const TransferId& id) const;
  // The last subject.rectified since it was asked for, if what it is made of was wrong: not of the record that says it
  // right.
  [[nodiscard]] std::optional<Seq> rectified_since(const TransferId& id) const;
  // The one asked for last along this lane, also when it has ended since.
  [[nodiscard]] std::optional<TransferId> last_requested(const SubjectRef& subject, std::string_view recipient,
                                                         std::string_view purpose, std::string_view message) const;
  [[nodiscard]] std::vector<TransferId> transfers_of(const SubjectRef& subject) const;  // kept ones, newest first
  // In no final state and not delivered: what a restart must look at.
  [[nodiscard]] std::vector<TransferId> open_transfers() const;
  // The one that a newer record supersedes: requested, held or failed. The newest, should there be several.
  [[nodiscard]] std::optional<TransferId> waiting_transfer(const SubjectRef& subject, std::string_view recipient,
                                                           std::string_view purpose, std::string_view message) const;

  // ---- policy; the pointers live as long as the History ----

  [[nodiscard]] std::vector<const RegisteredAgreement*> agreements_with(
      std::string_view recipient) const;  // ended ones too
  [[nodiscard]] const RegisteredAgreement* current_agreement(std::string_view id) const;
  [[nodiscard]] const RegisteredAgreement* agreement_at(Seq seq) const;
  // The current agreements with a recipient that cover a purpose, whatever their dates, newest first.
  [[nodiscard]] std::vector<const RegisteredAgreement*> find_agreements(std::string_view recipient,
                                                                        std::string_view purpose) const;
  // In force on a day: the last registered of those whose validity covers it.
  [[nodiscard]] const RegisteredPurpose* find_purpose(std::string_view id, std::string_view recipient, Date on) const;
  [[nodiscard]] const RegisteredRule* find_rule(std::string_view id, Date on) const;
  [[nodiscard]] const RegisteredMapping* mapping_at(Seq seq) const;
  // Activated with exactly this content, however many versions came after it: null when it never was.
  [[nodiscard]] const RegisteredMapping* find_mapping(const MappingActivated& content) const;
  [[nodiscard]] std::vector<const RegisteredPurpose*> purposes() const;
  [[nodiscard]] std::vector<const RegisteredRule*> rules() const;
  [[nodiscard]] std::vector<const RegisteredMapping*> mappings() const;

  // ---- subjects and records ----

  [[nodiscard]] bool is_restricted(const SubjectRef& subject) const;  // itself, or one that it continues
  // Of the subject itself: GDPR art. 18(1), as its entry names it.
  [[nodiscard]] std::optional<std::string_view> restriction_ground(const SubjectRef& subject) const;
  [[nodiscard]] bool is_erased(const SubjectRef& subject) const;
  [[nodiscard]] bool knows(const SubjectRef& subject) const;  // some entry is about it
  [[nodiscard]] KeyClassSet erased_classes(const SubjectRef& subject) const;

  // Whose request this is, while it is open.
  [[nodiscard]] std::optional<SubjectRef> subject_of_request(const Uuid& request) const;

  struct Request {
    Uuid id;
    SubjectRef subject{};
    std::uint32_t article = 15;
    Date deadline{};
    bool extended = false;
    Seq opened = 0;
    std::optional<Seq> closed;
    std::string_view outcome;  // empty while it is open
  };
  [[nodiscard]] std::optional<Request> request(const Uuid& id) const;
  [[nodiscard]] std::vector<Request> requests() const;  // in the order they were opened
  [[nodiscard]] std::uint64_t open_requests() const;
  [[nodiscard]] std::uint64_t overdue_requests(Date on) const;  // open, and their deadline has passed

  // Whose number this is, by the mark it was named with; nothing when it is nobody's or was never named.
  [[nodiscard]] std::optional<SubjectRef> owner_of_number(const SubjectRef& mark) const;
  [[nodiscard]] Seq last_number_change() const;  // the last subject.linked or .unlinked; 0: none yet
  // Everybody who is one person with this subject by what was decided about numbers: first the one who has the numbers,
  // then those it continues.
  // Who bears a number that was taken from this subject last, or who lost one that this subject bears.
  [[nodiscard]] std::vector<SubjectRef> numbers_passed_between(const SubjectRef& subject) const;
  [[nodiscard]] std::vector<SubjectRef> same_person(const SubjectRef& subject) const;

  // Every subject of which keys were destroyed: what a vault is held to at a start.
  struct Erasure {
    SubjectRef subject{};
    KeyClassSet classes{};
    bool retired = false;  // its time was over; nobody asked (role "retention")
  };
  [[nodiscard]] std::vector<Erasure> erasures() const;

  // What a recipient has, or may have, of a subject for one purpose: delivered, failed{mayHaveArrived}, or under a
  // permit whose end is unknown.
  struct Holding {
    std::string_view recipient;
    std::string_view purpose;
    CategorySet categories;
    TransferId last;            // the last transfer it has them from
    bool under_permit = false;  // only that: a permit whose end is unknown
    bool end_told = false;      // STAY_ENDED was told since this came, or anything else of the lane
  };
  [[nodiscard]] std::vector<Holding> holdings(const SubjectRef& subject) const;
  // A recipient.notified, and what the recipient answered.
  struct Notification {
    Seq seq = 0;
    SubjectRef subject{};
    std::string_view recipient;
    Date deadline{};
    Seq confirmed = 0;        // the recipient.confirmed; 0: no answer yet
    std::string_view reply;   // ERASED STOPPED KEPT
    std::string_view ground;  // of what was kept
  };
  [[nodiscard]] std::optional<Notification> notification(Seq seq) const;
  // Those from `from` on, in the order of the log, `most` at most. Empty recipient: of all.
  [[nodiscard]] std::vector<Notification> notifications(Seq from, std::string_view recipient, std::size_t most) const;
  // Recipients that must still be told something, whose time runs.
  [[nodiscard]] std::uint64_t open_duties() const;

  // Decisions about a subject whose facts are sealed, since its keys of class proof were last destroyed.
  [[nodiscard]] std::uint64_t sealed_decisions(const SubjectRef& subject) const;

  struct RecordInfo {
    RecordId id;
    SubjectRef subject{};
    Seq seq = 0;
    std::string_view centre;
  };
  [[nodiscard]] std::optional<RecordInfo> record(const RecordId& id) const;
  [[nodiscard]] std::optional<RecordInfo> latest_record(const SubjectRef& subject) const;

  // ---- what the configuration holds the log to ----

  // Anchoring is in force and fewer anchors than its quorum have confirmed the log in time: nothing may be permitted.
  [[nodiscard]] const ConfigActivated* configuration() const;  // in force; nullptr before the first
  [[nodiscard]] bool is_anchor_stale(Timestamp at) const;
  // When enough anchors had last confirmed the log; nothing where no anchoring is in force.
  [[nodiscard]] std::optional<Timestamp> anchors_confirmed_at() const;
  [[nodiscard]] std::uint32_t longest_hold_days() const;
  [[nodiscard]] bool is_paused(std::string_view recipient) const;
  [[nodiscard]] std::optional<Seq> paused_by(std::string_view recipient) const;  // which partner.paused, while it is

  // How many entries each check has passed: for the verifier's summary.
  struct Counts {
    std::uint64_t permits = 0;             // each checked under invariants 2 to 6
    std::uint64_t permits_on_consent = 0;  // of which under invariant 4 with a cell
    std::uint64_t decisions = 0;           // holds, refusals and cancellations
    std::uint64_t subjects = 0;
    std::uint64_t records = 0;
    std::uint64_t consents = 0;
    std::array<std::uint64_t, 9> transfers{};  // by TransferState, as they stand
    std::uint64_t notifications = 0;
  };
  [[nodiscard]] Counts counts() const;
  [[nodiscard]] std::uint64_t transfer_count() const;  // ever requested

 private:
  std::unique_ptr<HistoryState> state_;
};

}  // namespace ketenpoort::ledger
