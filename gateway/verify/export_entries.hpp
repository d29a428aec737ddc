// The entries of an export: one to a line after its first line (docs/ledger-format.md, "Export").
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/ledger/published/export.hpp"
#include "gateway/verify/entry_source.hpp"

namespace ketenpoort::verify {

class ExportEntries : public EntrySource {
 public:
  explicit ExportEntries(std::filesystem::path file) : file_(std::move(file)) {}

  // The first line; call it first.
  Checked<ledger::ExportHeader> read_header();

  // A line more or less than the header says is a flaw.
  Checked<std::optional<std::string_view>> next() override;
  [[nodiscard]] std::string file_of(std::uint64_t) const override { return file_.filename().string(); }

  // The leaf hashes of a whole tile of entries that were handed out, read once more.
  [[nodiscard]] std::optional<std::string> leaves(std::uint64_t tile) const;

 private:
  Checked<bool> read_line(std::size_t longest);  // into line_; false at the end of the file

  std::filesystem::path file_;
  std::ifstream in_;
  std::string buffer_;
  std::size_t at_ = 0;  // in buffer_
  std::uint64_t offset_ = 0;
  std::string_view line_;
  std::uint64_t from_ = 0;
  std::uint64_t next_seq_ = 0;
  std::uint64_t to_ = 0;
  std::vector<std::uint64_t>
      tile_offsets_;  // of the first entry of each tile, from the first that begins in the export
};

}  // namespace ketenpoort::verify
