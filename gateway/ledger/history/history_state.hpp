// What History keeps, packed: a log has millions of transfers and a projection must hold all of them. Internal to
// gateway/ledger; history_rules.cpp moves it on, history.cpp answers from it.
#pragma once

#include <compare>
#include <deque>
#include <map>
#include <string>
#include <unordered_map>

#include "gateway/base/id_index.hpp"
#include "gateway/ledger/history/history.hpp"
#include "gateway/ledger/history/key_history.hpp"
#include "gateway/ledger/history/undo_log.hpp"

namespace ketenpoort::ledger {

using Row = std::uint32_t;  // of a table; History refuses a log that would need more
constexpr Row no_row = 0xFFFFFFFF;

// Every text that repeats (recipients, purposes, lists of reasons) stands once; number 0 is the empty text.
class Interner {
 public:
  Interner() { add(""); }
  Row add(std::string_view text);
  [[nodiscard]] std::optional<Row> find(std::string_view text) const;
  [[nodiscard]] std::string_view text(Row number) const { return texts_[number]; }
  template <class A>
  void archive(A& io) {
    io(texts_);
    if constexpr (A::reads) {
      rows_.clear();
      for (Row number = 0; number < texts_.size(); ++number) rows_.emplace(texts_[number], number);
    }
  }

 private:
  std::deque<std::string> texts_;  // never moves a string, so views into it stay
  std::unordered_map<std::string_view, Row> rows_;
};

// What a message goes along: whom to, for what, in which form. A consent cell's lane has no message.
struct Lane {
  Row recipient = 0;
  Row purpose = 0;
  Row message = 0;
  auto operator<=>(const Lane&) const = default;
};

// A date as days since 1970, or none.
class PackedDate {
 public:
  PackedDate() = default;
  explicit PackedDate(const std::optional<Date>& date);
  [[nodiscard]] std::optional<Date> date() const;
  bool operator==(const PackedDate&) const = default;

 private:
  static constexpr std::int32_t none = INT32_MIN;
  std::int32_t days_ = none;
};

// Ascending seqs as differences of seven bits a byte: those of a usual transfer fit a string without a heap block.
class SeqList {
 public:
  void add(Seq seq);
  [[nodiscard]] std::vector<Seq> list() const;
  template <class A>
  void archive(A& io) {
    io(bytes_, last_);
  }

 private:
  std::string bytes_;
  Seq last_ = 0;
};

struct TransferRow {
  TransferId id;
  SeqList seqs;
  Timestamp requested{};
  Timestamp changed{};
  Timestamp retry_at{};  // the epoch: none
  std::string reference;
  Seq permitted = 0;  // the last permit; 0: none yet
  CategorySet sent;
  Row subject = 0;
  Row record = 0;
  Row lane = 0;
  Row before = no_row;  // the subject's transfer before this one
  std::uint32_t referral = 0;
  std::uint32_t attempts = 0;
  Row reasons = 0;   // interned, a byte each
  Row left_out = 0;  // interned, see pack()
  Row mapping = no_row;
  PackedDate held_until;
  TransferState state = TransferState::requested;
  bool may_have_arrived = false;
};

// What was built at a transfer's first permit, as long as another attempt may send it again.
struct BuiltRow {
  TransferId transfer;
  Digest commit{};
  std::uint64_t size = 0;
};

struct SubjectRow {
  SubjectRef ref{};
  Row first_holder = no_row;
  Row last_duty = no_row;
  std::uint32_t sealed_decisions = 0;
  Row first_asked = no_row;
  Row last_transfer = no_row;  // of those that are kept
  Row last_record = no_row;
  Row first_cell = no_row;
  std::uint8_t restricted = 0;  // 0: it is not; else one more than the place of its ground in restriction_grounds
  bool erased = false;
  bool retired = false;  // erased because its time was over, not because somebody asked
  KeyClassSet erased_classes{};
};

struct CellRow {
  Seq seq = 0;
  CategorySet categories;
  Row lane = 0;
  Row consent = 0;
  Row next = no_row;
  PackedDate valid_until;
  History::CellState state = History::CellState::given;
  bool representative = false;
  Row read_in = 0;  // interned language of a notice that was READ
  PackedDate said_on;
};

// The transfer asked for last along a lane, also when it has ended since.
struct AskedRow {
  TransferId last;
  TransferId arrived;  // the last that arrived, or may have
  Row lane = 0;
  Row next = no_row;
};

// What a recipient has of a subject for one purpose.
struct HolderRow {
  TransferId last;
  Seq permitted = 0;  // the last permit of what arrived
  CategorySet categories;
  Row lane = 0;  // without message
  Row next = no_row;
  bool end_told = false;  // STAY_ENDED, since the last arrival
};

// A recipient that must be told. `permit`: only if that transfer, on its way when the cause came, may have arrived.
struct DutyRow {
  TransferId permit;
  Timestamp until{};
  Seq cause_seq = 0;
  Row recipient = 0;
  Row before = no_row;  // the subject's duty before this one
  std::uint8_t cause = 0;
  bool open = true;
};

struct NotificationRow {
  Seq seq = 0;
  Seq confirmed = 0;  // the recipient.confirmed that answered it; none: no answer yet
  Row subject = 0;
  Row recipient = 0;
  Row lane = no_row;  // of the cell it is about; none: all that the recipient has
  PackedDate deadline;
  Row reply = 0;  // names, as is the ground
  Row ground = 0;
};

struct RequestRow {
  Uuid id;
  Seq opened = 0;
  Seq closed = 0;  // 0: it is open
  Row subject = 0;
  PackedDate deadline;
  std::uint8_t article = 15;
  std::uint8_t outcome = 0;  // place in request_outcomes, once closed
  bool open = true;
  bool extended = false;
};

// A number, by its random mark, and whom it belongs to; of one that nobody has, whom it left last, and where.
struct MarkRow {
  SubjectRef mark{};
  Row subject = no_row;
  Row left = no_row;
  Seq left_at = 0;
};

// What was known of a subject was wrong. `right`: the record.received that says it right; 0: none did yet.
struct RectifiedRow {
  Seq at = 0;
  Seq right = 0;
  Row subject = 0;
};

// A subject none of whose named numbers is left, because they passed to another: that one continues it.
struct ContinuedRow {
  Row from = 0;
  Row by = 0;
};

// Who else holds the log to what it said: an authority or a witness, and when it last did.
struct PausedRow {
  Seq seq = 0;   // of the partner.paused
  Row name = 0;  // of the recipient
};

struct AnchorRow {
  Row name = 0;
  Timestamp last{};
};

struct ConsentRow {
  ConsentId id;
  Seq seq = 0;
  CategorySet categories;
  Row subject = 0;
  Row lane = 0;
  PackedDate valid_until;
  bool given = true;
};

struct RecordRow {
  RecordId id;
  Seq seq = 0;
  Row subject = 0;
  Row centre = 0;
  std::uint32_t users = 0;  // transfers kept that were asked for by it
};

// A table whose rows are found by their id. The place of a row that was removed is given to another, the last one freed
// first; an id of zeros means a free place.
template <class T, auto id_member>
class Table {
 public:
  using Id = std::remove_cvref_t<decltype(std::declval<T>().*id_member)>;

  [[nodiscard]] Row find(const Id& id) const { return index_.find(id, id_of()).value_or(no_row); }
  Row add(T row) {
    const Row number = free_.empty() ? static_cast<Row>(rows_.size()) : free_.back();
    if (free_.empty()) {
      rows_.push_back(std::move(row));
    } else {
      free_.pop_back();
      rows_[number] = std::move(row);
    }
    index_.insert(rows_[number].*id_member, number);
    return number;
  }
  void remove(Row number) {
    index_.erase(rows_[number].*id_member, number);
    rows_[number] = T{};
    free_.push_back(number);
  }
  // Takes an add() back, which was the last thing done to the table. `grew`: it found no free place.
  void undo_add(Row number, bool grew) {
    remove(number);
    if (!grew) return;
    free_.pop_back();
    rows_.pop_back();
  }
  // The same of a remove(): add() finds the place it left.
  void undo_remove(T row) { add(std::move(row)); }

  T& operator[](Row row) { return rows_[row]; }
  const T& operator[](Row row) const { return rows_[row]; }
  [[nodiscard]] std::size_t size() const { return rows_.size() - free_.size(); }
  [[nodiscard]] Row places() const { return static_cast<Row>(rows_.size()); }
  [[nodiscard]] bool has_free() const { return !free_.empty(); }
  [[nodiscard]] bool is_free(Row row) const { return rows_[row].*id_member == Id{}; }

  template <class A>
  void archive(A& io) {
    io(rows_, free_);
    if constexpr (A::reads) {
      index_ = {};
      std::vector<bool> in_use(rows_.size(), true);
      for (const Row row : free_)
        if (row < rows_.size()) in_use[row] = false;
      for (Row row = 0; row < rows_.size(); ++row)
        if (in_use[row]) index_.insert(rows_[row].*id_member, row);
    }
  }

 private:
  [[nodiscard]] auto id_of() const {
    return [this](Row row) -> const Id& { return rows_[row].*id_member; };
  }

  std::deque<T> rows_;  // grows without copying what is there
  std::vector<Row> free_;
  IdIndex index_;
};

struct HistoryState {
  Seq size = 0;
  Timestamp last_time{};
  Uuid last_id{};
  History::LastIds last_ids;
  std::optional<LedgerOpened> opened;
  KeyHistory keys;

  Interner names;
  std::map<Lane, Row> lane_rows;
  std::deque<Lane> lanes;

  Table<SubjectRow, &SubjectRow::ref> subjects;
  Table<RecordRow, &RecordRow::id> records;
  Table<ConsentRow, &ConsentRow::id> consents;
  Table<TransferRow, &TransferRow::id> transfers;
  Table<BuiltRow, &BuiltRow::transfer> built;
  std::deque<CellRow> cells;
  std::deque<AskedRow> asked;
  std::deque<HolderRow> holders;
  std::deque<DutyRow> duties;  // in the order of their deadlines; the first one is number first_duty
  Row first_duty = 0;          // those before it are settled and forgotten
  std::deque<NotificationRow> notifications;
  Table<RequestRow, &RequestRow::id> requests;
  Table<MarkRow, &MarkRow::mark> marks;
  Seq last_number_change = 0;           // the last entry that moved a number; 0: none
  std::vector<ContinuedRow> continued;  // few: each was decided by two persons
  std::deque<RectifiedRow> rectified;   // few: each by a person

  std::deque<RegisteredAgreement> agreements;
  std::deque<RegisteredPurpose> purposes;
  std::deque<RegisteredRule> rules;
  std::deque<RegisteredMapping> mappings;

  std::optional<ConfigActivated> configuration;
  Timestamp anchoring_began{};
  std::deque<AnchorRow> anchors;
  std::vector<PausedRow> paused;

  bool enforces_deadlines = false;
  History::Counts counts;

  // While a group is open: how to take back what it did, newest last. Interned names and lanes stay, they say nothing.
  std::unique_ptr<UndoLog> undo = std::make_unique<UndoLog>();

  // Every change of what is kept goes through these, so that it can be taken back.
  template <class T>
  T& change(T& thing) {
    if (undo->is_open()) undo->add([&thing, before = thing]() mutable { thing = std::move(before); });
    return thing;
  }
  template <class T, auto id_member>
  Row add(Table<T, id_member>& table, T row) {
    const bool grew = !table.has_free();
    const Row number = table.add(std::move(row));
    if (undo->is_open()) undo->add([&table, number, grew] { table.undo_add(number, grew); });
    return number;
  }
  template <class T, auto id_member>
  void remove(Table<T, id_member>& table, Row number) {
    if (undo->is_open()) undo->add([&table, row = table[number]] { table.undo_remove(row); });
    table.remove(number);
  }
  template <class T>
  Row add(std::deque<T>& list, T row) {
    if (undo->is_open()) undo->add([&list] { list.pop_back(); });
    list.push_back(std::move(row));
    return static_cast<Row>(list.size() - 1);
  }

  [[nodiscard]] bool keeps_duty(Row number) const { return number != no_row && number >= first_duty; }
  [[nodiscard]] DutyRow& duty(Row number) { return duties[number - first_duty]; }
  [[nodiscard]] const DutyRow& duty(Row number) const { return duties[number - first_duty]; }

  Row lane(const Lane& lane);
  Row lane(std::string_view recipient, std::string_view purpose, std::string_view message);
  [[nodiscard]] Row find_lane(std::string_view recipient, std::string_view purpose, std::string_view message) const;
  [[nodiscard]] Row find_cell(Row subject, Row cell_lane) const;  // subject may be no_row
  Row subject(const SubjectRef& ref);                             // adds it when new
  [[nodiscard]] Row find_asked(Row subject, Row lane) const;
  [[nodiscard]] bool is_restricted(Row subject) const;  // itself, or one that it continues
  [[nodiscard]] History::Transfer transfer(Row row) const;
  [[nodiscard]] bool is_anchor_stale(Timestamp at) const;
  [[nodiscard]] std::optional<Timestamp> confirmed_at() const;

  template <class T>
  static const Registered<T>* at(const std::deque<Registered<T>>& list, Seq seq);
  [[nodiscard]] const RegisteredPurpose* purpose_on(std::string_view id, std::string_view recipient, Date on) const;
  [[nodiscard]] const RegisteredRule* rule_on(std::string_view id, Date on) const;
};

// A list of fields left out, as one text that can be interned.
std::string pack(const std::vector<LeftOut>& left_out);
std::vector<LeftOut> unpack(std::string_view packed);

// Whether a validity from `from` to `until` (inclusive, or open) covers a day.
inline bool covers(Date from, const std::optional<Date>& until, Date day) {
  return from <= day && (!until || day <= *until);
}

// Registrations come in the order of the log, so they are found by bisection.
template <class T>
const Registered<T>* HistoryState::at(const std::deque<Registered<T>>& list, Seq seq) {
  std::size_t low = 0;
  std::size_t high = list.size();
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (list[middle].seq < seq) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low < list.size() && list[low].seq == seq ? &list[low] : nullptr;
}

}  // namespace ketenpoort::ledger
