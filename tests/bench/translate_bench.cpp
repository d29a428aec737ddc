// Translation against what parsing alone costs: RapidJSON's in-situ SAX parse of the same record, in one run.
//   bench_translate --benchmark_repetitions=5      (from the folder that holds mappings/)
#include <benchmark/benchmark.h>
#include <rapidjson/reader.h>

#include <cstdlib>
#include <cstring>
#include <new>
#include <string>

#include "gateway/base/files.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/formats/json_schema.hpp"
#include "gateway/mapping/mapping.hpp"

namespace {
std::size_t allocations = 0;
}

void* operator new(std::size_t size) {
  ++allocations;
  if (void* p = std::malloc(size)) return p;
  throw std::bad_alloc();
}
void operator delete(void* p) noexcept {
  std::free(p);
}
void operator delete(void* p, std::size_t) noexcept {
  std::free(p);
}

namespace {

using namespace ketenpoort;

const std::string& record() {
  static const std::string text = [] {
    const auto example = read_file("mappings/examples/resident-to-vdab-profile/01-full-record.in.json");
    const auto document = formats::parse_json(example.value());
    std::string out;
    formats::JsonWriter(out).value(document->root().find("record"));
    return out;
  }();
  return text;
}

const mapping::Library& library() {
  static const auto loaded = mapping::Library::load("mappings");
  return loaded.value();
}

mapping::Context context_for(const mapping::Mapping& m) {
  mapping::Context context;
  const auto document = formats::parse_json(record());
  while (document->root()
             .find("referrals")
             .at(context.referral_index)
             .find("recipient")
             .as_string()
             .value_or(m.recipient()) != m.recipient())
    ++context.referral_index;
  context.now = *parse_rfc3339("2026-11-24T12:00:00+01:00");
  context.purpose = m.purposes().front();
  context.allowed = CategorySet::all();
  context.allow_mock_ssin = true;
  context.derived = {Date{std::chrono::year{2026} / 8 / 14}, "TIME", 35, false};
  return context;
}

void parse_in_situ(benchmark::State& state) {
  std::string buffer(record().size() + 1, '\0');
  rapidjson::Reader reader;
  rapidjson::BaseReaderHandler<> handler;
  for (auto _ : state) {
    std::memcpy(buffer.data(), record().data(), record().size());
    rapidjson::InsituStringStream stream(buffer.data());
    benchmark::DoNotOptimize(reader.Parse<rapidjson::kParseInsituFlag>(stream, handler).IsError());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(record().size()));
}
BENCHMARK(parse_in_situ);

void translate(benchmark::State& state, const char* name) {
  const auto* m = library().find(name, Date{std::chrono::year{2026} / 11 / 24});
  const auto context = context_for(*m);
  mapping::Translation out;
  if (const auto first = m->translate_into(record(), context, out); !first)
    return state.SkipWithError(first.error().detail.c_str());
  const auto before = allocations;
  for (auto _ : state) benchmark::DoNotOptimize(m->translate_into(record(), context, out).has_value());
  state.counters["allocations"] = static_cast<double>(allocations - before) / static_cast<double>(state.iterations());
  state.counters["bytes_out"] = static_cast<double>(out.bytes.size());
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(record().size()));
}
BENCHMARK_CAPTURE(translate, vdab_profile, "resident-to-vdab-profile");
BENCHMARK_CAPTURE(translate, municipality_profile, "resident-to-municipality-profile");
BENCHMARK_CAPTURE(translate, agii_dossier, "resident-to-agii-dossier");

void check_record(benchmark::State& state) {
  const auto schema = formats::JsonSchema::load("mappings/schemas/resident-1.schema.json");
  for (auto _ : state) {
    const auto document = formats::parse_json(record());
    benchmark::DoNotOptimize(schema->check(document->root()).size());
  }
}
BENCHMARK(check_record);

}  // namespace

BENCHMARK_MAIN();
