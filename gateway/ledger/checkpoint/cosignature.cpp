#include "gateway/ledger/checkpoint/cosignature.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "gateway/base/digest.hpp"

namespace ketenpoort::ledger {
namespace {

constexpr auto cosignature_type = SignatureType::cosignature_v1;
constexpr std::size_t time_size = 8;
constexpr std::size_t timestamped_size = time_size + 64;
constexpr std::size_t most_lines = 64;
constexpr std::uint64_t latest_time = 253'402'300'799;  // 9999-12-31T23:59:59Z

std::string signed_text(std::string_view body, std::uint64_t seconds) {
  return fmt::format("cosignature/v1\ntime {}\n{}", seconds, body);
}

}  // namespace

WitnessKey::WitnessKey(std::string name, std::array<std::uint8_t, 32> point)
    : name_(std::move(name)), point_(point), id_(key_id(name_, cosignature_type, point_)) {}

Result<WitnessKey> WitnessKey::parse(std::string_view vkey) {
  const auto parts = split_key(vkey, cosignature_type);
  if (!parts)
    return fail(ErrorCode::malformed, "not a witness's key: name+id+base64 of type 4 (cosignature/v1) is expected");
  WitnessKey key(std::string(parts->name), parts->bytes);
  if (fmt::format("{:08x}", key.id()) != parts->id)
    return fail(ErrorCode::malformed, "not a witness's key: its id is not that of its key");
  return key;
}

std::string WitnessKey::text() const {
  return join_key(name_, id_, cosignature_type, point_);
}

Result<CosignTime> WitnessKey::verify(std::string_view body, std::string_view line) const {
  const auto parsed = parse_signature_line(line);
  if (!parsed) return fail(ErrorCode::malformed, "not a signature line");
  if (parsed->name != name_ || parsed->id != id_) return fail(ErrorCode::not_found, "the line is by another key");
  const ByteView bytes(parsed->signature);
  if (bytes.size() != timestamped_size)
    return fail(ErrorCode::malformed, fmt::format("the cosignature by {} has not 72 bytes", name_));
  std::uint64_t seconds = 0;
  for (std::size_t i = 0; i < time_size; ++i) seconds = seconds << 8 | bytes[i];
  if (seconds > latest_time)
    return fail(ErrorCode::malformed, fmt::format("the cosignature by {} has a time that is none", name_));
  if (!verify_ed25519(point_, signed_text(body, seconds), bytes.subspan(time_size)))
    return fail(ErrorCode::crypto, fmt::format("the cosignature by {} does not verify", name_));
  return CosignTime(std::chrono::seconds(static_cast<std::int64_t>(seconds)));
}

WitnessSigner::WitnessSigner(WitnessKey key, Ed25519Key signer) : key_(std::move(key)), signer_(std::move(signer)) {}

Result<WitnessSigner> WitnessSigner::generate(std::string_view name) {
  return from_seed(name, random_bytes<32>());
}

Result<WitnessSigner> WitnessSigner::from_seed(std::string_view name, const std::array<std::uint8_t, 32>& seed) {
  if (!is_key_name(name)) return fail(ErrorCode::config, "a key name must be text without spaces and plus signs");
  auto signer = Ed25519Key::from_seed(seed);
  if (!signer) return fail(signer.error());
  WitnessKey key(std::string(name), signer->point());
  return WitnessSigner(std::move(key), std::move(*signer));
}

Result<WitnessSigner> WitnessSigner::parse(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  const auto parts =
      text.starts_with(secret_prefix) ? split_key(text.substr(secret_prefix.size()), cosignature_type) : std::nullopt;
  if (!parts)
    return fail(ErrorCode::malformed, "not a witness's signing key: PRIVATE+KEY+name+id+base64 of type 4 is expected");
  auto signer = from_seed(parts->name, parts->bytes);
  if (signer && fmt::format("{:08x}", signer->key().id()) != parts->id)
    return fail(ErrorCode::malformed, "not a witness's signing key: its id is not that of its key");
  return signer;
}

std::string WitnessSigner::secret_text() const {
  return std::string(secret_prefix) + join_key(key_.name(), key_.id(), cosignature_type, signer_.seed());
}

std::string WitnessSigner::cosign(std::string_view body, CosignTime time) const {
  const auto seconds = static_cast<std::uint64_t>(time.time_since_epoch().count());
  Bytes signature;
  for (int shift = 56; shift >= 0; shift -= 8) signature.push_back(static_cast<std::uint8_t>(seconds >> shift));
  const auto raw = signer_.sign(signed_text(body, seconds));
  signature.insert(signature.end(), raw.begin(), raw.end());
  return format_signature_line(key_.name(), key_.id(), signature);
}

Result<std::vector<Cosignature>> find_cosignatures(std::string_view body, std::string_view lines,
                                                   std::span<const WitnessKey> witnesses) {
  std::vector<Cosignature> out;
  for (std::size_t count = 0; !lines.empty(); ++count) {
    const auto end = lines.find('\n');
    const auto line = lines.substr(0, end);
    if (end == std::string_view::npos || count == most_lines || !parse_signature_line(line))
      return fail(ErrorCode::malformed, "not signature lines");
    lines.remove_prefix(end + 1);
    for (std::size_t witness = 0; witness < witnesses.size(); ++witness) {
      const auto time = witnesses[witness].verify(body, line);
      if (!time && time.error().code == ErrorCode::not_found) continue;
      if (!time) return fail(time.error());
      const auto known = std::ranges::find(out, witness, &Cosignature::witness);
      if (known == out.end())
        out.push_back({witness, *time, std::string(line)});
      else if (known->time < *time)
        *known = {witness, *time, std::string(line)};
    }
  }
  return out;
}

}  // namespace ketenpoort::ledger
