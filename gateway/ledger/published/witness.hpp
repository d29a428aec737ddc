// A witness of transparency logs (C2SP tlog-witness): remembers of every log the largest tree it saw, and cosigns only
// what grew out of that. Its memory is a folder; what it cosigned is on disk before it says so.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/ledger/checkpoint/checkpoint.hpp"
#include "gateway/ledger/checkpoint/cosignature.hpp"
#include "gateway/ledger/checkpoint/note.hpp"
#include "gateway/ledger/tree/proof.hpp"

namespace ketenpoort::ledger {

// The body of POST <prefix>/add-checkpoint: "old N", the consistency proof from N, an empty line, the signed
// checkpoint.
struct AddCheckpoint {
  std::uint64_t old_size = 0;
  Proof proof;       // at most 63 hashes
  std::string note;  // verbatim
};
std::string format_add_checkpoint(const AddCheckpoint& request);
Result<AddCheckpoint> parse_add_checkpoint(
    std::string_view body);  // strict in its own lines; the note is not looked at

// What the 409 of a witness that remembers another size carries: the size in decimal and a newline.
inline constexpr std::string_view tlog_size_type = "text/x.tlog.size";
std::string format_tlog_size(std::uint64_t size);
Result<std::uint64_t> parse_tlog_size(std::string_view body);

// A log that is witnessed: its origin, and the keys it may sign with (several while it rotates).
struct WitnessedLog {
  std::string origin;
  std::vector<VerifierKey> keys;
};

// From the vkeys of each log; those of one log bear its origin's name. ErrorCode::config naming the vkey.
Result<std::vector<WitnessedLog>> read_witnessed_logs(const std::vector<std::vector<std::string>>& logs);

class Witness {
 public:
  // Takes the folder (one process at a time) and reads what it remembers. Fails with a sentence naming the file when
  // the memory is damaged or another key's.
  static Result<std::unique_ptr<Witness>> open(const std::filesystem::path& state, WitnessSigner signer,
                                               std::vector<WitnessedLog> logs);
  // The same with the key in a file and the logs' vkeys as the configuration gives them.
  static Result<std::unique_ptr<Witness>> open(const std::filesystem::path& state,
                                               const std::filesystem::path& key_file,
                                               const std::vector<std::vector<std::string>>& logs);
  ~Witness();
  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;

  struct Answer {
    int status = 500;
    std::string content_type;
    std::string body;
  };
  // What add-checkpoint answers to a body: 200 with the cosignature, 400, 403, 404, 409, 422 as C2SP says, 500 when the
  // disk failed. Writes and syncs before a 200; from any thread, one at a time.
  Answer add_checkpoint(std::string_view body, CosignTime now);

  [[nodiscard]] const WitnessKey& key() const { return signer_.key(); }

  struct Seen {
    std::string origin;
    std::uint64_t size = 0;
  };
  [[nodiscard]] std::vector<Seen> seen() const;

 private:
  struct Memory {
    std::vector<VerifierKey> keys;
    std::filesystem::path file;
    Checkpoint latest;  // size 0: none yet
    std::string note;   // of it, empty: none yet
  };

  Witness(std::filesystem::path state, WitnessSigner signer, int lock);
  Status remember(std::vector<WitnessedLog> logs);
  Answer judge(Memory& memory, const AddCheckpoint& request, const Checkpoint& checkpoint, std::string_view text,
               CosignTime now);
  static Status keep_fork(const Memory& memory, std::string_view note);

  std::filesystem::path state_;
  WitnessSigner signer_;
  int lock_;
  mutable std::mutex mutex_;
  std::map<std::string, Memory, std::less<>> memories_;  // by origin
};

}  // namespace ketenpoort::ledger
