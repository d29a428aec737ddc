// A legacy system's file on its way to a gateway: sent whole, followed until every row has its answer.
#pragma once

#include <filesystem>
#include <functional>

#include "gateway/cli/send/send_run.hpp"
#include "gateway/cli/send/send_syntax.hpp"

namespace ketenpoort::cli {

// The key of the batch is the file's own: the same file again is the same batch, and an interrupted command follows it
// on. Fills the report as far as it got. Errors as send_file's.
Status send_batch(const std::filesystem::path& file, const FileFacts& facts, FileSyntax syntax,
                  const SendTarget& target, const RowSender::Transport& transport,
                  const std::function<bool()>& is_interrupted, const SendOptions& options, FileReport& report);

}  // namespace ketenpoort::cli
