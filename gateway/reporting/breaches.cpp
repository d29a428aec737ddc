#include "gateway/reporting/breaches.hpp"

#include <limits>
#include <unordered_map>

#include "gateway/base/bytes.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/ledger/entry/entry.hpp"
#include "gateway/policy/breach_terms.hpp"

namespace ketenpoort::reporting {
namespace {

using formats::JsonWriter;
using ledger::BreachRecorded;

void write_list(JsonWriter& writer, std::string_view name, const std::vector<std::string>& texts) {
  writer.key(name).begin_array();
  for (const auto& text : texts) writer.value(text);
  writer.end_array();
}

void write_day(JsonWriter& writer, std::string_view name, const std::optional<Date>& day) {
  if (day) writer.member(name, to_iso(*day));
}

void write_moment(JsonWriter& writer, std::string_view name, const std::optional<Timestamp>& moment) {
  if (moment) writer.member(name, to_rfc3339(*moment));
}

// As it was told: what may be sent again with what is known more.
void write_told(JsonWriter& writer, const BreachRecorded& breach) {
  writer.member("awareAt", to_rfc3339(breach.aware_at));
  write_list(writer, "nature", breach.nature);
  writer.member("cause", breach.cause);
  write_list(writer, "categories", breach.categories.names());
  write_list(writer, "effects", breach.effects);
  write_list(writer, "measures", breach.measures);
  writer.member("records", breach.records).member("subjects", breach.subjects).member("risk", breach.risk);
  write_day(writer, "from", breach.from);
  write_day(writer, "until", breach.until);
  write_moment(writer, "authorityTold", breach.authority_told);
  write_day(writer, "subjectsTold", breach.subjects_told);
  writer.member("documentSha256", to_hex(breach.document));
}

}  // namespace

Result<std::vector<Breach>> read_breaches(audit::Index& index) {
  audit::EntryQuery query;
  query.kind = BreachRecorded::kind;
  query.limit = std::numeric_limits<std::int64_t>::max();
  const auto places = index.use([&](audit::IndexReader& reader) { return reader.entries(query); });
  if (!places) return fail(places.error());
  std::vector<Breach> out;
  std::unordered_map<Uuid, std::size_t, UuidHash> known;
  for (const auto& place : *places) {
    const auto bytes = index.bytes(place);
    if (!bytes) return fail(bytes.error());
    const auto entry = ledger::decode_entry(*bytes);
    if (!entry) return fail(entry.error());
    auto told = ledger::decode_body<BreachRecorded>(entry->body);
    if (!told) return fail(told.error());
    const auto [at, is_new] = known.try_emplace(told->breach, out.size());
    if (is_new) out.emplace_back().recorded = entry->time;
    auto& breach = out[at->second];
    breach.newest = std::move(*told);
    breach.changed = entry->time;
    breach.seqs.push_back(place.seq);
  }
  return out;
}

BreachFigures count_untold(const std::vector<Breach>& breaches, Timestamp now) {
  BreachFigures out;
  for (const auto& breach : breaches) {
    const auto told = policy::authority_told(breach.newest, now);
    if (told == policy::Told::pending || told == policy::Told::overdue) ++out.untold;
    if (told == policy::Told::overdue) ++out.overdue;
  }
  return out;
}

std::string breach_as_json(const Breach& breach, const std::string& base, Timestamp now) {
  std::string json;
  JsonWriter writer(json);
  const auto id = breach.newest.breach.text();
  writer.begin_object().member("self", base + "/breaches/" + id).member("id", id);
  write_told(writer, breach.newest);
  write_moment(writer, "tellAuthorityBefore", policy::tell_authority_before(breach.newest));
  writer.member("authority", to_text(policy::authority_told(breach.newest, now)))
      .member("dataSubjects", to_text(policy::subjects_told(breach.newest)))
      .member("recordedAt", to_rfc3339(breach.recorded))
      .member("changedAt", to_rfc3339(breach.changed))
      .key("ledger")
      .begin_array();
  for (const auto seq : breach.seqs) writer.value(seq);
  writer.end_array().end_object();
  return json;
}

}  // namespace ketenpoort::reporting
