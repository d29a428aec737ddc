// Runs a fuzz target without libFuzzer: each seed of a folder, and those that people wrote also cut at many places and
// with single bytes changed. Deterministic.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

void run(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

// What a fuzzer found is named by its SHA-1; it was damaged enough on the way there.
bool was_found_by_fuzzer(const std::string& name) {
  constexpr std::size_t digest_length = 40;
  return name.size() == digest_length && name.find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s CORPUS_FOLDER\n", argv[0]);
    return 2;
  }
  constexpr std::size_t variants = 200;  // per seed and kind of damage
  std::size_t seeds = 0;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string seed(std::istreambuf_iterator<char>(file), {});
    run(seed);
    ++seeds;
    if (was_found_by_fuzzer(entry.path().filename().string())) continue;
    const std::size_t step = seed.size() / variants + 1;
    for (std::size_t i = 0; i < seed.size(); i += step) {
      run(seed.substr(0, i));
      for (const char damage : {'\0', '"', '{', '\xFF'}) {
        auto changed = seed;
        changed[i] = damage;
        run(changed);
      }
    }
  }
  std::printf("%zu seeds and their damaged forms ran\n", seeds);
  return seeds == 0 ? 1 : 0;
}
