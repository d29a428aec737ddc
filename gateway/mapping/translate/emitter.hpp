// Running a plan: one record's slots become one message.
#pragma once

#include <vector>

#include "gateway/mapping/plan/plan.hpp"
#include "gateway/mapping/source/source_reader.hpp"
#include "gateway/mapping/translate/mapping.hpp"
#include "gateway/mapping/translate/message_buffer.hpp"
#include "gateway/mapping/translate/source_places.hpp"

namespace ketenpoort::mapping {

// Memory that one thread uses again and again.
struct Scratch {
  SourceReader reader;
  TextArena arena;
  MessageBuffer message;
  std::string escaped;
  std::vector<const Slot*> rows;    // the row under way at each level
  std::vector<std::uint8_t> noted;  // by line: already reported as left out
  std::vector<std::uint8_t> ids;    // by node id, see Emitter
};

class Emitter {
 public:
  Emitter(const Plan& plan, const Context& context, Scratch& scratch, Translation& out);

  // Notes from now on what the translation comes by.
  void note_in(Footprint& footprint) { footprint_ = &footprint; }
  // Writes from now on, in place of each value, a text that says where it comes from (source_places.hpp).
  void note_sources(SourceNotes& notes) {
    sources_ = &notes;
    row_numbers_.assign(plan_.levels, 0);
  }

  // `trace`, when given, gets a line for every target field looked at.
  tl::expected<void, Refusal> run(std::string_view record, std::vector<ExplainLine>* trace);
  // After run: the message is what the target's XML schema allows, without asking libxml2.
  [[nodiscard]] bool proven() const { return proven_; }

 private:
  enum IdState : std::uint8_t { not_reached, assumed, present, absent };

  bool read(std::string_view record);
  bool knows_purpose();
  void fill_context();
  std::string_view transfer_id();
  void settle_references();
  // Each writes an operation of the program; true when it said something about the person.
  bool emit(std::uint32_t index);
  bool emit_leaf(const Operation& operation);
  bool emit_leaf_in_general(const Operation& operation);
  bool emit_container(std::uint32_t index);
  bool emit_simple_container(std::uint32_t index);
  bool emit_rows(std::uint32_t index);
  bool emit_reference(const Operation& operation);
  // The short way; not done: the general one must go.
  enum class Short { said, nothing, not_done };
  Short emit_leaf_shortly(const Operation& operation);
  bool emit_child(std::uint32_t index) {
    const auto& operation = operations_[index];
    return operation.kind == Operation::Kind::leaf && !operation.has_when ? emit_leaf(operation) : emit(index);
  }
  void put_shortly(const Operation& operation, std::string_view value);
  void note_sent(const Operation& operation);
  bool run_steps_shortly(const Operation& operation, ValueKind kind, std::string_view& text);
  // Prefix, value and suffix, if the value can stand as it is; false: it needs escapes, or cannot stand at all.
  bool put_plain(const Operation& operation, std::string_view value);
  void put_prefix(const Operation& operation) {
    message_.put_readable(texts_ + operation.prefix, operation.prefix_size);
  }
  void close(const Operation& operation);
  // Where a part begins that may turn out to hold nothing but constants: then it was neither written nor sent.
  struct Mark {
    std::size_t size;
    CategorySet sent;
    std::size_t traced;
  };
  [[nodiscard]] Mark mark() const { return {message_.size(), out_.sent, trace_ == nullptr ? 0 : trace_->size()}; }
  void take_back_to(const Mark& mark) {
    message_.resize(mark.size);
    out_.sent = mark.sent;
    if (trace_ != nullptr) trace_taken_back(mark.traced);
  }
  void prove(const formats::XsdText* rule, std::string_view value) {
    if (proven_ && (rule == nullptr || !rule->surely_fits(value))) proven_ = false;
  }
  bool goes_in(const EmitNode& node);
  void write(const Operation& operation, const Value& value);

  Value line_value(const LinePlan& line);
  Value value(const ValuePlan& v, const LinePlan& line);
  Value origin(const ValuePlan& v, const LinePlan& line);
  Value pick(const ValuePlan& v, const LinePlan& line);
  Value join(const ValuePlan& v);
  void append_joined(const ValuePlan& v, Value part, Value& whole);
  Value choose(const ValuePlan& v, const LinePlan& line);
  void run_steps(const ValuePlan& v, const LinePlan& line, Value& value);
  template <class Words>
  void apply(const Policy& policy, std::uint32_t point, const LinePlan& line, const ValuePlan& v, Value& value,
             const char* code, Words what);
  void note(std::uint32_t point) {
    if (footprint_ != nullptr) footprint_->points[point] = true;
  }
  void normalise(const ValuePlan& v, Value& value);
  Value new_id();
  [[nodiscard]] Value known_id(const ValuePlan& v) const;

  [[nodiscard]] const Slot* slot(const SourceRef& ref) const {
    const Slot* const row = scratch_.rows.data()[ref.level];
    return ref.hop_count == 0 ? row + ref.slot : slot_behind(row, ref);
  }
  [[nodiscard]] const Slot* slot_behind(const Slot* row, const SourceRef& ref) const;
  Value fetch(const SourceRef& ref);
  void note_row(std::uint16_t level, std::uint32_t number) {
    if (sources_ != nullptr) row_numbers_[level] = number;
  }
  [[nodiscard]] std::string source_of(const ValuePlan& v) const;
  [[nodiscard]] std::string source_of(const LinePlan& line) const;
  void note_refused_at(const LinePlan& line) {
    if (sources_ != nullptr) sources_->refused_at = source_of(line);
  }
  Value make_source_mark(const LinePlan& line);
  bool decides(const ConditionPlan& condition);
  bool holds(const ConditionPlan& condition);
  bool compares(const ConditionPlan& condition, const Value& value);
  [[nodiscard]] bool is_covered(const LinePlan& line) const;
  void leave_out(const LinePlan& line);
  void trace(const LinePlan& line, const Value& value, std::string_view left_out, std::string why);
  void trace_below(const EmitNode& node, std::string_view left_out, const std::string& why);
  void trace_taken_back(std::size_t from);
  void trace_absent(const LinePlan& line, std::size_t findings_before);
  void refuse(Reason reason, std::string field, std::string detail);

  const Plan& plan_;
  const Context& context_;
  Scratch& scratch_;
  Translation& out_;
  MessageBuffer& message_;
  const Operation* const operations_;
  const char* const texts_;
  const EmitNode* const nodes_;
  const LinePlan* const lines_;
  StepContext steps_;
  const CategorySet* purpose_ = nullptr;
  CategorySet covered_;  // allowed by the decision and for the purpose
  std::vector<ExplainLine>* trace_ = nullptr;
  Footprint* footprint_ = nullptr;
  SourceNotes* sources_ = nullptr;
  std::vector<std::uint32_t> row_numbers_;  // by level, when sources are noted
  const ValuePlan* chosen_ = nullptr;       // the branch that the line under way took
  bool takes_short_ways_ = true;            // nobody looks on
  Refusal refusal_;
  bool refused_ = false;
  bool proven_ = false;     // XML: what has been written is what the schema allows
  bool rows_went_ = false;  // one was left out by its `where`
  bool again_ = false;      // a reference was wrongly assumed: emit once more
  unsigned ids_made_ = 0;
  std::size_t rows_beyond_first_ = 0;  // of the rows in the list under way, which counts them
};

}  // namespace ketenpoort::mapping
