// An answer reads the same whole and byte by byte, its body stays within the limit, and little of it ever waits unread.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "gateway/net/answer_reader.hpp"

namespace {

using ketenpoort::Answer;
using ketenpoort::net::AnswerReader;
using Progress = AnswerReader::Progress;

constexpr std::size_t body_limit = 1U << 12;
constexpr std::size_t most_waiting = 16U << 10;

void require(bool holds) {
  if (!holds) std::abort();
}

struct Reading {
  Progress progress = Progress::more;
  std::size_t used = 0;
  Answer answer;
};

Reading read(std::string_view bytes, std::size_t step) {
  AnswerReader reader(body_limit, false);
  Reading out;
  std::size_t available = 0;
  while (out.progress == Progress::more && available < bytes.size()) {
    available = std::min(available + step, bytes.size());
    std::size_t used = 0;
    out.progress = reader.read(bytes.substr(out.used, available - out.used), used);
    require(used <= available - out.used);
    out.used += used;
    if (out.progress == Progress::more) require(available - out.used <= most_waiting);
  }
  if (out.progress == Progress::more) out.progress = reader.end();
  if (out.progress == Progress::done) out.answer = reader.take();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto whole = read(bytes, size + 1);
  require(whole.answer.body.size() <= body_limit);
  if (size > most_waiting) return 0;  // fields behind the last chunk that come at once have been kept already
  const auto single = read(bytes, 1);
  require((whole.progress == Progress::done) == (single.progress == Progress::done));
  if (whole.progress != Progress::done) return 0;
  require(whole.answer.status == single.answer.status && whole.answer.body == single.answer.body);
  require(whole.used == single.used);
  return 0;
}
