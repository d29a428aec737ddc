#include "gateway/mapping/mapping.hpp"

#include <fmt/format.h>

#include "gateway/mapping/emitter.hpp"

namespace ketenpoort::mapping {
namespace {

constexpr std::size_t most_message_bytes = std::size_t{8} << 20;

Scratch& scratch() {
  thread_local Scratch of_this_thread;
  return of_this_thread;
}

// What could not be proven when compiling or checked while emitting: the finished message against its schema.
tl::expected<void, Refusal> check(const Plan& plan, const std::string& bytes) {
  if (plan.target_xsd) {
    if (auto fault = plan.target_xsd->check(bytes); !fault.empty())
      return tl::make_unexpected(Refusal{Reason::schema_invalid, {}, std::move(fault)});
  }
  if (!plan.whole_check || !plan.target_schema) return {};
  const auto document = formats::parse_json(bytes, {.bytes = most_message_bytes});
  if (!document) return tl::make_unexpected(Refusal{Reason::schema_invalid, {}, document.error().message});
  const auto issues = plan.target_schema->check(document->root(), 1);
  if (issues.empty()) return {};
  return tl::make_unexpected(Refusal{Reason::schema_invalid, issues[0].where, issues[0].detail});
}

}  // namespace

Mapping::Mapping(std::unique_ptr<const Plan> plan) : plan_(std::move(plan)) {}
Mapping::~Mapping() = default;

const std::string& Mapping::name() const {
  return plan_->definition.name;
}
const std::string& Mapping::version() const {
  return plan_->definition.version;
}
const Digest& Mapping::hash() const {
  return plan_->hash;
}
const std::string& Mapping::recipient() const {
  return plan_->definition.recipient;
}
const std::vector<std::string>& Mapping::purposes() const {
  return plan_->definition.purposes;
}
Date Mapping::effective_from() const {
  return plan_->definition.from;
}
std::optional<Date> Mapping::effective_until() const {
  return plan_->definition.until;
}
bool Mapping::in_force(Date on) const {
  return plan_->definition.from <= on && (!plan_->definition.until || on <= *plan_->definition.until);
}
const std::string& Mapping::content_type() const {
  return plan_->content_type;
}
const CategorySet& Mapping::categories() const {
  return plan_->categories;
}
const CategorySet& Mapping::required_categories() const {
  return plan_->required_categories;
}
bool Mapping::needs_ssin() const {
  return plan_->needs_ssin;
}
const formats::JsonSchema* Mapping::source_schema() const {
  return plan_->source_schema.get();
}

tl::expected<void, Refusal> Mapping::translate_into(std::string_view record_json, const Context& context,
                                                    Translation& out) const {
  Emitter emitter(*plan_, context, scratch(), out);
  if (auto emitted = emitter.run(record_json, nullptr); !emitted) return emitted;
  return check(*plan_, out.bytes);
}

tl::expected<void, Refusal> Mapping::translate_noting(std::string_view record_json, const Context& context,
                                                      Translation& out, Footprint& footprint) const {
  footprint.lines.resize(plan_->lines.size());
  footprint.points.resize(plan_->points.size() + 1);
  Emitter emitter(*plan_, context, scratch(), out);
  emitter.note_in(footprint);
  if (auto emitted = emitter.run(record_json, nullptr); !emitted) return emitted;
  return check(*plan_, out.bytes);
}

tl::expected<Translation, Refusal> Mapping::translate(std::string_view record_json, const Context& context) const {
  Translation out;
  if (auto done = translate_into(record_json, context, out); !done) return tl::make_unexpected(std::move(done.error()));
  return out;
}

tl::expected<std::vector<ExplainLine>, Refusal> Mapping::explain(std::string_view record_json,
                                                                 const Context& context) const {
  Translation out;
  std::vector<ExplainLine> lines;
  Emitter emitter(*plan_, context, scratch(), out);
  if (auto emitted = emitter.run(record_json, &lines); !emitted) return tl::make_unexpected(std::move(emitted.error()));
  return lines;
}

}  // namespace ketenpoort::mapping
