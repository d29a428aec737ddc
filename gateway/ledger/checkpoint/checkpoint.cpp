#include "gateway/ledger/checkpoint/checkpoint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "gateway/base/bytes.hpp"

namespace ketenpoort::ledger {
namespace {

tl::unexpected<Error> refuse(std::string_view why) {
  return fail(ErrorCode::malformed, fmt::format("not a checkpoint: {}", why));
}

// The first three lines; what follows is left in `text`.
Result<Checkpoint> take_checkpoint(std::string_view& text) {
  std::array<std::string_view, 3> lines;
  for (auto& line : lines) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return refuse("it has fewer than three lines");
    line = text.substr(0, end);
    text.remove_prefix(end + 1);
  }
  Checkpoint checkpoint;
  checkpoint.origin = lines[0];
  if (checkpoint.origin.empty()) return refuse("its origin is empty");
  const auto* end = lines[1].data() + lines[1].size();
  const auto [stop, fault] = std::from_chars(lines[1].data(), end, checkpoint.size);
  if (fault != std::errc{} || stop != end || (lines[1].size() > 1 && lines[1].front() == '0'))
    return refuse("its size is not a plain decimal number");
  const auto root = from_base64(lines[2]);
  if (!root || root->size() != checkpoint.root.size()) return refuse("its root is not a SHA-256 hash in base64");
  std::copy(root->begin(), root->end(), checkpoint.root.begin());
  return checkpoint;
}

}  // namespace

std::string format_checkpoint(const Checkpoint& checkpoint) {
  return fmt::format("{}\n{}\n{}\n", checkpoint.origin, checkpoint.size, to_base64(checkpoint.root));
}

Result<Checkpoint> parse_checkpoint(std::string_view text) {
  auto checkpoint = take_checkpoint(text);
  if (checkpoint && !text.empty()) return refuse("it has extension lines");
  return checkpoint;
}

Result<Checkpoint> parse_foreign_checkpoint(std::string_view text) {
  auto checkpoint = take_checkpoint(text);
  if (checkpoint && (text.starts_with('\n') || text.find("\n\n") != std::string_view::npos))
    return refuse("an extension line is empty");
  return checkpoint;
}

Result<std::string> sign_checkpoint(const Checkpoint& checkpoint, const SigningKey& key) {
  return sign_note(format_checkpoint(checkpoint), key);
}

Result<Checkpoint> open_checkpoint(std::string_view note, const VerifierKey& key) {
  const auto text = open_note(note, std::span(&key, 1));
  if (!text) return fail(text.error());
  auto checkpoint = parse_checkpoint(*text);
  if (checkpoint && checkpoint->origin != key.name()) return refuse("its origin is not the name of the log's key");
  return checkpoint;
}

}  // namespace ketenpoort::ledger
