// One file on its way to a gateway: what was taken before is left out, what is refused is told, where it stands is
// kept.
#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "gateway/cli/send/row_sender.hpp"
#include "gateway/cli/send/send_answer.hpp"
#include "gateway/cli/send/send_display.hpp"
#include "gateway/cli/send/send_file.hpp"
#include "gateway/cli/send/send_progress.hpp"
#include "gateway/cli/send/send_syntax.hpp"
#include "gateway/cli/send_target.hpp"

namespace ketenpoort::cli {

struct SendOptions {
  std::optional<RowKind> as;
  SyntaxOptions syntax;
  bool restart = false;
  RowSenderOptions sending;
  std::string rejected_file;  // where rejected rows are copied to; empty: nowhere
};

// A complaint about a row, as the gateway or the reading of the row gave it.
struct RowComplaint {
  std::size_t line = 0;
  std::string column{};  // of a row that is not JSON; else empty
  std::string path{};    // into the row; may be empty
  std::string detail{};
  bool warning = false;  // the row was taken all the same
};

struct FileReport {
  std::string file;
  std::size_t rows = 0;
  std::size_t accepted = 0;
  std::size_t already_sent = 0;  // by a run before this one
  std::size_t rejected = 0;
  std::string batch{};  // that the gateway took the file as; empty: row by row
  Tally transfers;
  Tally consents;
  std::vector<RowComplaint> complaints;  // the first thousand
};

// Sends a file of rows, or of one document, and fills the report as it goes, so that it is true after an error as well.
// Errors as RowSender's, and ErrorCode::io.
Status send_file(const std::filesystem::path& file, const FileFacts& facts, FileSyntax syntax, const SendTarget& target,
                 const RowSender::Transport& transport, const std::function<bool()>& is_interrupted,
                 const SendOptions& options, FileReport& report);

// Whether rejected rows of JSON may stand below what this file holds, if it is there. ErrorCode::invalid_input: it is
// another kind of file.
Status check_rows_before(const std::string& rejected);

}  // namespace ketenpoort::cli
