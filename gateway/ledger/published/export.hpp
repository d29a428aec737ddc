// An export: entries of a log in one file that is checked alone, without the rest of the log (docs/ledger-format.md,
// "Export"). A line of JSON says which entries follow and what connects them with a signed checkpoint; then each entry
// is a line of its own, the very bytes that are hashed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <string>
#include <string_view>

#include "gateway/base/result.hpp"
#include "gateway/ledger/checkpoint/checkpoint.hpp"
#include "gateway/ledger/checkpoint/note.hpp"
#include "gateway/ledger/history/key_history.hpp"
#include "gateway/ledger/tree/proof.hpp"
#include "gateway/ledger/tree/segments.hpp"
#include "gateway/ledger/tree/tree.hpp"

namespace ketenpoort::ledger {

constexpr std::size_t largest_export_header = 1U << 17;

struct ExportHeader {
  std::string checkpoint;  // the signed note, verbatim
  std::uint64_t from = 0;  // the first entry
  std::uint64_t to = 0;    // the last one
  Proof left;              // cover of the entries before the first
  Proof right;             // cover of those after the last, up to the checkpoint's size
};

std::string format_export_header(const ExportHeader& header);  // without its newline
// Strict as to form; whether the numbers fit the checkpoint, and the hashes, is for who checks the export.
Result<ExportHeader> parse_export_header(std::string_view line);

// What is to be written, fixed by the checkpoint that stood there when it was prepared.
struct Export {
  ExportHeader header;
  Checkpoint checkpoint;
};
constexpr std::uint64_t to_the_end = std::numeric_limits<std::uint64_t>::max();

// Reads the ledger folder of a running or a stopped gateway. ErrorCode::invalid_input when the checkpoint does not
// cover entries `from` to `to`, both included.
Result<Export> prepare_export(const std::filesystem::path& ledger, const VerifierKey& key, std::uint64_t from,
                              std::uint64_t to = to_the_end);
// The same with whichever of the log's keys signs the checkpoint.
Result<Export> prepare_export(const std::filesystem::path& ledger, const KeyHistory& keys, std::uint64_t from,
                              std::uint64_t to = to_the_end);

// An export piece by piece, in constant memory.
class ExportReader {
 public:
  ExportReader(std::filesystem::path ledger, Export what);

  // The next piece of some hundred KB; empty after the last. ErrorCode::malformed instead of the last piece when the
  // entries turn out not to have the root that the checkpoint signs: what came before is then no export.
  Result<std::string> next();

  [[nodiscard]] std::uint64_t done() const { return edge_.size() - what_.header.from; }  // entries
  [[nodiscard]] std::uint64_t total() const { return what_.header.to + 1 - what_.header.from; }

 private:
  Status add_next_entry(std::string& piece);
  Status check_root();

  std::filesystem::path ledger_;
  Export what_;
  SegmentReader entries_;
  TreeEdge edge_;
  bool begun_ = false;
};

struct ExportSink {
  std::function<Status(std::string_view)> write;
  std::function<void(std::uint64_t done, std::uint64_t total)> progress{};  // in entries, now and then, if given
};

// ErrorCode::malformed when the entries, once written, turn out not to have the root that the checkpoint signs: what
// was written is then no export.
Status write_export(const std::filesystem::path& ledger, const Export& what, const ExportSink& sink);

}  // namespace ketenpoort::ledger
