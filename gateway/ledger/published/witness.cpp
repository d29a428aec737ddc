#include "gateway/ledger/published/witness.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>
#include <utility>

#include "gateway/base/bytes.hpp"
#include "gateway/base/files.hpp"
#include "gateway/ledger/tree/tree.hpp"

namespace ketenpoort::ledger {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_proof = 63;
constexpr std::size_t largest_note = 1U << 16;
constexpr std::size_t largest_key = 4096;
constexpr std::string_view plain = "text/plain; charset=utf-8";

std::optional<std::uint64_t> read_decimal(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc{} || end != text.data() + text.size() || fmt::format("{}", value) != text) return std::nullopt;
  return value;
}

tl::unexpected<Error> malformed(std::string_view why) {
  return fail(ErrorCode::malformed, fmt::format("not an add-checkpoint request: {}", why));
}

Witness::Answer refuse(int status, std::string_view why) {
  return {status, std::string(plain), fmt::format("{}\n", why)};
}

}  // namespace

std::string format_add_checkpoint(const AddCheckpoint& request) {
  auto out = fmt::format("old {}\n", request.old_size);
  for (const auto& hash : request.proof) out += to_base64(hash) + "\n";
  return out + "\n" + request.note;
}

Result<AddCheckpoint> parse_add_checkpoint(std::string_view body) {
  AddCheckpoint request;
  for (bool first = true;; first = false) {
    const auto end = body.find('\n');
    if (end == std::string_view::npos) return malformed("it ends before its checkpoint");
    const auto line = body.substr(0, end);
    body.remove_prefix(end + 1);
    if (first) {
      const auto size = line.starts_with("old ") ? read_decimal(line.substr(4)) : std::nullopt;
      if (!size) return malformed("its first line is not the old size");
      request.old_size = *size;
      continue;
    }
    if (line.empty()) break;
    const auto hash = from_base64(line);
    if (!hash || hash->size() != sizeof(Digest)) return malformed("a line of its proof is not a SHA-256 hash");
    if (request.proof.size() == longest_proof) return malformed("its proof has more than 63 hashes");
    std::copy(hash->begin(), hash->end(), request.proof.emplace_back().begin());
  }
  if (body.empty() || body.size() > largest_note) return malformed("its checkpoint is missing or too long");
  request.note = body;
  return request;
}

std::string format_tlog_size(std::uint64_t size) {
  return fmt::format("{}\n", size);
}

Result<std::uint64_t> parse_tlog_size(std::string_view body) {
  const auto size = body.ends_with('\n') ? read_decimal(body.substr(0, body.size() - 1)) : std::nullopt;
  if (!size) return fail(ErrorCode::malformed, "not the size of a tree: a decimal number and a newline are expected");
  return *size;
}

Result<std::vector<WitnessedLog>> read_witnessed_logs(const std::vector<std::vector<std::string>>& logs) {
  std::vector<WitnessedLog> out;
  for (const auto& vkeys : logs) {
    WitnessedLog log;
    for (const auto& vkey : vkeys) {
      auto key = VerifierKey::parse(vkey);
      if (!key) return fail(ErrorCode::config, fmt::format("{}: {}", vkey, key.error().message));
      if (!log.keys.empty() && key->name() != log.origin)
        return fail(ErrorCode::config, fmt::format("{} bears another name than the other keys of its log", vkey));
      log.origin = key->name();
      log.keys.push_back(std::move(*key));
    }
    out.push_back(std::move(log));
  }
  return out;
}

Witness::Witness(fs::path state, WitnessSigner signer, int lock)
    : state_(std::move(state)), signer_(std::move(signer)), lock_(lock) {}

Witness::~Witness() {
  ::close(lock_);
}

Result<std::unique_ptr<Witness>> Witness::open(const fs::path& state, WitnessSigner signer,
                                               std::vector<WitnessedLog> logs) {
  std::error_code fault;
  fs::create_directories(state, fault);
  if (fault) return fail(io_error("cannot make", state, fault.value()));
  const auto lock_file = state / "lock";
  const int lock = ::open(lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) return fail(io_error("cannot open", lock_file, errno));
  std::unique_ptr<Witness> witness(new Witness(state, std::move(signer), lock));
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0)
    return fail(ErrorCode::conflict, fmt::format("another witness uses {}: stop that one first", state.string()));
  if (auto done = witness->remember(std::move(logs)); !done) return fail(done.error());
  return witness;
}

Result<std::unique_ptr<Witness>> Witness::open(const fs::path& state, const fs::path& key_file,
                                               const std::vector<std::vector<std::string>>& logs) {
  const auto text = read_file(key_file, largest_key);
  if (!text) return fail(text.error());
  auto signer = WitnessSigner::parse(*text);
  if (!signer) return fail(ErrorCode::config, fmt::format("{}: {}", key_file.string(), signer.error().message));
  auto known = read_witnessed_logs(logs);
  if (!known) return fail(known.error());
  return open(state, std::move(*signer), std::move(*known));
}

// One key, one memory: with another key in an old folder, or an old key in a new one, it would vouch for what it did
// not see.
Status Witness::remember(std::vector<WitnessedLog> logs) {
  const auto owner = state_ / "vkey";
  std::error_code fault;
  if (!fs::exists(owner, fault)) {
    if (auto done = replace_file(owner, key().text() + "\n"); !done) return done;
  } else {
    const auto text = read_file(owner, largest_note);
    if (!text) return fail(text.error());
    if (*text != key().text() + "\n")
      return fail(ErrorCode::config,
                  fmt::format("{} is the memory of another witness key: {}", state_.string(), *text));
  }
  for (auto& log : logs) {
    Memory memory{std::move(log.keys), state_ / to_hex(sha256(as_bytes(log.origin))), {}, {}};
    memory.latest = {log.origin, 0, empty_root()};
    if (fs::exists(memory.file, fault)) {
      auto note = read_file(memory.file, largest_note);
      if (!note) return fail(note.error());
      const auto parts = split_note(*note);
      const auto checkpoint = parts ? parse_foreign_checkpoint(parts->text) : fail(parts.error());
      if (!checkpoint || checkpoint->origin != log.origin)
        return fail(ErrorCode::malformed,
                    fmt::format("{} does not hold the last checkpoint of {}: this witness may not go on without it; "
                                "restore the folder, or begin anew with a new key",
                                memory.file.string(), log.origin));
      memory.latest = *checkpoint;
      memory.note = std::move(*note);
    }
    memories_.insert_or_assign(log.origin, std::move(memory));
  }
  return {};
}

Witness::Answer Witness::add_checkpoint(std::string_view body, CosignTime now) {
  const auto request = parse_add_checkpoint(body);
  if (!request) return refuse(400, request.error().message);
  const auto parts = split_note(request->note);
  if (!parts) return refuse(400, parts.error().message);
  const auto checkpoint = parse_foreign_checkpoint(parts->text);
  if (!checkpoint) return refuse(400, checkpoint.error().message);
  const std::lock_guard lock(mutex_);
  const auto memory = memories_.find(checkpoint->origin);
  if (memory == memories_.end()) return refuse(404, "this witness does not know the log");
  if (const auto text = open_note(request->note, memory->second.keys); !text) return refuse(403, text.error().message);
  if (request->old_size > checkpoint->size) return refuse(400, "the old size is larger than the checkpoint's");
  return judge(memory->second, *request, *checkpoint, parts->text, now);
}

Witness::Answer Witness::judge(Memory& memory, const AddCheckpoint& request, const Checkpoint& checkpoint,
                               std::string_view text, CosignTime now) {
  const auto& latest = memory.latest;
  if (request.old_size != latest.size) return {409, std::string(tlog_size_type), format_tlog_size(latest.size)};
  if (checkpoint.size == latest.size) {
    if (!request.proof.empty()) return refuse(422, "equal trees need no proof");
    if (checkpoint.root != latest.root) {
      if (auto kept = keep_fork(memory, request.note); !kept) return refuse(500, kept.error().message);
      return refuse(409, "the log has shown another tree of this size: it has forked");
    }
  } else if (latest.size == 0) {
    if (!request.proof.empty()) return refuse(422, "a proof from nothing is empty");
  } else if (const auto grown =
                 verify_consistency(latest.size, checkpoint.size, latest.root, checkpoint.root, request.proof);
             !grown) {
    return refuse(422, grown.error().message);
  }
  if (checkpoint.size > latest.size) {
    if (auto kept = replace_file(memory.file, request.note); !kept) return refuse(500, kept.error().message);
    memory.latest = checkpoint;
    memory.note = request.note;
  }
  return {200, std::string(plain), signer_.cosign(text, now) + "\n"};
}

// Two checkpoints of one size with different roots, both signed by the log: that is a proof.
Status Witness::keep_fork(const Memory& memory, std::string_view note) {
  auto file = memory.file;
  file += ".fork";
  std::error_code fault;
  if (fs::exists(file, fault)) return {};
  return replace_file(file, fmt::format("{}\n{}", memory.note, note));
}

std::vector<Witness::Seen> Witness::seen() const {
  const std::lock_guard lock(mutex_);
  std::vector<Seen> out;
  for (const auto& [origin, memory] : memories_) out.push_back({origin, memory.latest.size});
  return out;
}

}  // namespace ketenpoort::ledger
