// Translation against what parsing alone costs, in one run: RapidJSON's in-situ SAX parse of the same record, pugixml's
// in-place parse of the same document.
//   bench_translate --benchmark_repetitions=5      (from the repository's folder)
//   bench_translate --write FOLDER                 what goes in and what comes out, for the peers to be held against
#include <benchmark/benchmark.h>
#include <rapidjson/reader.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <new>
#include <pugixml.hpp>
#include <random>
#include <string>

#include "gateway/base/files.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/formats/json_schema.hpp"
#include "gateway/mapping/library.hpp"

// Every allocation counts, those of C libraries too.
namespace {
std::size_t allocations = 0;
}
#if defined(__GLIBC__)
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* malloc(std::size_t size) {
  ++allocations;
  return __libc_malloc(size);
}
void* realloc(void* p, std::size_t size) {
  ++allocations;
  return __libc_realloc(p, size);
}
void* calloc(std::size_t count, std::size_t size) {
  ++allocations;
  return __libc_calloc(count, size);
}
}
#else
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
#endif

namespace {

using namespace ketenpoort;

const formats::JsonDocument& example() {
  static const auto document =
      formats::parse_json(read_file("mappings/examples/resident-to-vdab-profile/01-full-record.in.json").value());
  return document.value();
}

const std::string& record() {
  static const std::string text = [] {
    std::string out;
    formats::JsonWriter(out).value(example().root().find("record"));
    return out;
  }();
  return text;
}

const std::string& candidate() {
  static const auto text = read_file("mappings/examples/candidate-to-resident/01-full-candidate.in.xml").value();
  return text;
}

const mapping::Library& library() {
  static const auto loaded = mapping::Library::load("mappings");
  return loaded.value();
}

// The mapping from XML to XML, which is only here, beside the shipped schemas and code lists.
const mapping::Mapping& candidate_to_dossier() {
  static const auto loaded = [] {
    const auto folder =
        std::filesystem::temp_directory_path() / ("bench_translate." + std::to_string(std::random_device{}()));
    std::filesystem::create_directories(folder);
    for (const auto* part : {"schemas", "codelists"})
      std::filesystem::copy(std::filesystem::path("mappings") / part, folder / part,
                            std::filesystem::copy_options::recursive);
    std::filesystem::copy("tests/bench/translation/candidate-to-dossier.yaml", folder);
    auto made = mapping::Library::load(folder);
    std::filesystem::remove_all(folder);
    if (!made) {
      std::fprintf(stderr, "%s\n", made.error().message.c_str());
      for (const auto& issue : made.error().issues)
        std::fprintf(stderr, "%s: %s\n", issue.where.c_str(), issue.detail.c_str());
      std::exit(1);
    }
    return std::move(made.value());
  }();
  return *loaded.mappings().front();
}

const mapping::Mapping& shipped(const char* name) {
  return *library().find(name, Date{std::chrono::year{2026} / 11 / 24});
}

// As the example says; the other mappings' referral is the one to their recipient.
mapping::Context context_for(const mapping::Mapping& m) {
  mapping::Context context;
  const auto document = formats::parse_json(record());
  const auto referrals = document->root().find("referrals");
  while (context.referral_index < referrals.size() &&
         referrals.at(context.referral_index).find("recipient").as_string() != m.recipient())
    ++context.referral_index;
  const auto root = example().root();
  context.transfer = *parse_uuid(*root.find("transfer").find("id").as_string());
  context.now = *parse_rfc3339("2026-11-24T12:00:00+01:00");
  context.purpose = m.purposes().front();
  context.allowed = CategorySet::all();
  context.allow_mock_ssin = true;
  context.derived = {parse_date(*root.find("derived").find("labourAccess").find("since").as_string()), "STATUS", 35,
                     false};
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

void parse_in_place(benchmark::State& state) {
  std::string buffer(candidate().size(), '\0');
  pugi::xml_document document;
  for (auto _ : state) {
    std::memcpy(buffer.data(), candidate().data(), candidate().size());
    benchmark::DoNotOptimize(
        document.load_buffer_inplace(buffer.data(), buffer.size(), pugi::parse_default, pugi::encoding_utf8).status);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(candidate().size()));
}
BENCHMARK(parse_in_place);

void translate(benchmark::State& state, const mapping::Mapping& m, const std::string& input) {
  const auto context = context_for(m);
  mapping::Translation out;
  if (const auto first = m.translate_into(input, context, out); !first)
    return state.SkipWithError(first.error().detail.c_str());
  const auto before = allocations;
  for (auto _ : state) benchmark::DoNotOptimize(m.translate_into(input, context, out).has_value());
  state.counters["allocations"] = static_cast<double>(allocations - before) / static_cast<double>(state.iterations());
  state.counters["bytes_out"] = static_cast<double>(out.bytes.size());
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(input.size()));
}
void translate_record(benchmark::State& state, const char* name) {
  translate(state, shipped(name), record());
}
BENCHMARK_CAPTURE(translate_record, vdab_profile, "resident-to-vdab-profile");
BENCHMARK_CAPTURE(translate_record, municipality_profile, "resident-to-municipality-profile");
BENCHMARK_CAPTURE(translate_record, agii_dossier, "resident-to-agii-dossier");

void translate_document(benchmark::State& state) {
  translate(state, candidate_to_dossier(), candidate());
}
BENCHMARK(translate_document);

void check_record(benchmark::State& state) {
  const auto schema = formats::JsonSchema::load("mappings/schemas/resident-1.schema.json");
  for (auto _ : state) {
    const auto document = formats::parse_json(record());
    benchmark::DoNotOptimize(schema->check(document->root()).size());
  }
}
BENCHMARK(check_record);

int write(const std::filesystem::path& folder) {
  const auto put = [&](const char* name, const std::string& text) {
    std::ofstream(folder / name, std::ios::binary) << text;
  };
  const auto translated = [&](const mapping::Mapping& m, const std::string& input) {
    const auto made = m.translate(input, context_for(m));
    if (!made) {
      std::fprintf(stderr, "%s: %s: %s\n", m.name().c_str(), made.error().field.c_str(), made.error().detail.c_str());
      std::exit(1);
    }
    return made->bytes;
  };
  put("record.json", record());
  put("profile.json", translated(shipped("resident-to-vdab-profile"), record()));
  put("candidate.xml", candidate());
  put("dossier.xml", translated(candidate_to_dossier(), candidate()));
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  if (count == 3 && std::string_view(arguments[1]) == "--write") return write(arguments[2]);
  benchmark::Initialize(&count, arguments);
  if (benchmark::ReportUnrecognizedArguments(count, arguments)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
