#include "gateway/cli/send/send_run.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "gateway/base/files.hpp"

namespace ketenpoort::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t complaints_kept = 1000;
constexpr std::chrono::seconds save_interval{1};

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// Rejected rows, word for word, to be put right and sent again. They are personal data: nobody else may read the file.
class RejectedRows {
 public:
  static Result<RejectedRows> open(const std::string& file) {
    RejectedRows rows;
    if (file.empty()) return rows;
    const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0) return fail(io_error("cannot write", file, errno));
    ::close(fd);
    rows.stream_.open(file, std::ios::binary | std::ios::app);
    return rows;
  }
  void add(std::string_view row) {
    if (stream_.is_open()) stream_ << row << '\n' << std::flush;
  }

 private:
  std::ofstream stream_;
};

class FileRun {
 public:
  FileRun(std::string name, RejectedRows rejected, SendProgress progress, const FileFacts& facts, FileReport& report)
      : name_(std::move(name)),
        rejected_(std::move(rejected)),
        progress_(std::move(progress)),
        display_(name_, facts.rows, progress_.done().size()),
        report_(report) {
    report_.already_sent = progress_.done().size();
    if (report_.already_sent > 0)
      display_.say(fmt::format("{}: {} of {} rows were sent before; going on (--restart sends all again)", name_,
                               report_.already_sent, facts.rows));
  }

  [[nodiscard]] bool is_done(std::size_t line) const { return progress_.done().contains(line); }

  void on_answer(const Row& row, const RowAnswer& answer) {
    if (answer.meaning == RowAnswer::Meaning::rejected) return reject(row.line, row.text, answer.issues, answer.detail);
    ++report_.accepted;
    for (const auto& [state, count] : answer.transfers) report_.transfers[state] += count;
    for (const auto& [state, count] : answer.consents) report_.consents[state] += count;
    progress_.add(row.line);
    save_sometimes();
    display_.show(report_.accepted, report_.rejected);
  }

  void reject(std::size_t line, std::string_view text, const std::vector<Issue>& issues, const std::string& message) {
    ++report_.rejected;
    rejected_.add(text);
    if (issues.empty()) complain({.line = line, .detail = message});
    for (const auto& issue : issues) {
      const bool is_column = issue.code == ErrorCode::malformed && is_number(issue.where);
      complain({.line = line,
                .column = is_column ? issue.where : "",
                .path = is_column ? "" : issue.where,
                .detail = issue.detail});
    }
  }

  void on_trouble(const std::string& detail, std::chrono::milliseconds give_up) {
    display_.say(fmt::format("{}: the gateway takes nothing now ({}); trying again for up to {} s", name_, detail,
                             std::chrono::duration_cast<std::chrono::seconds>(give_up).count()));
  }

  void end(const Status& status) {
    if (status)
      progress_.remove();
    else if (progress_.done().size() > 0)
      save();
  }

 private:
  // "file:line: error: path: what", or "file:line:column: error: what" when the row is not JSON.
  void complain(RowComplaint complaint) {
    const auto column = complaint.column.empty() ? "" : ":" + complaint.column;
    const auto path = complaint.path.empty() ? "" : complaint.path + ": ";
    display_.say(fmt::format("{}:{}{}: error: {}{}", name_, complaint.line, column, path, complaint.detail));
    if (report_.complaints.size() < complaints_kept) report_.complaints.push_back(std::move(complaint));
  }

  void save_sometimes() {
    const auto now = std::chrono::steady_clock::now();
    if (now - saved_ < save_interval) return;
    saved_ = now;
    save();
  }

  // A folder that cannot be written to costs the resuming, not the sending.
  void save() {
    if (!can_save_) return;
    const auto saved = progress_.save();
    if (saved) return;
    can_save_ = false;
    display_.say(fmt::format("warning: {}: where the sending stands is not kept", saved.error().message));
  }

  std::string name_;
  RejectedRows rejected_;
  SendProgress progress_;
  SendDisplay display_;
  FileReport& report_;
  std::chrono::steady_clock::time_point saved_ = std::chrono::steady_clock::now();
  bool can_save_ = true;
};

Status send_rows(RowReader reader, FileRun& run, RowSender& sender, const FileFacts& facts, const SendTarget& target,
                 std::optional<RowKind> as) {
  while (true) {
    auto next = reader.next();
    if (!next) return fail(std::move(next.error()));
    if (!*next) return sender.finish();
    auto& [line, text] = **next;
    if (run.is_done(line)) continue;
    auto row = read_row(line, text, as);
    if (!row) {
      run.reject(line, text, row.error().issues, row.error().message);
      continue;
    }
    auto call = make_call(*row, facts.sha256, target.token);
    if (auto sent = sender.send(std::move(*row), std::move(call)); !sent) return sent;
  }
}

// What the whole file is: one record in XML, one record or consent in JSON.
Result<Row> read_document(const fs::path& file, FileSyntax syntax, std::optional<RowKind> as) {
  auto text = read_file(file);
  if (!text) return fail(std::move(text.error()));
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (syntax == FileSyntax::document) {
    if (text->starts_with(byte_order_mark)) text->erase(0, byte_order_mark.size());
    return read_row(1, std::move(*text), as);
  }
  if (text->size() > largest_row)
    return fail(ErrorCode::too_large,
                fmt::format("the document is {} bytes; the gateway takes up to {}", text->size(), largest_row));
  return Row{.line = 1, .kind = RowKind::record, .text = std::move(*text), .persons = {}};
}

Status send_document(const fs::path& file, FileSyntax syntax, FileRun& run, RowSender& sender, const FileFacts& facts,
                     const SendTarget& target, const SendOptions& options) {
  if (run.is_done(1)) return {};
  auto row = read_document(file, syntax, options.as);
  if (!row) {
    run.reject(1, {}, row.error().issues, row.error().message);
    return {};
  }
  auto call = make_call(*row, facts.sha256, target.token);
  if (syntax == FileSyntax::xml) call.headers.front().second = content_type_of(syntax, options.syntax);
  if (auto sent = sender.send(std::move(*row), std::move(call)); !sent) return sent;
  return sender.finish();
}

}  // namespace

Status check_rows_before(const std::string& rejected) {
  std::error_code error;
  if (!fs::exists(rejected, error) || fs::file_size(rejected, error) == 0) return {};
  const auto syntax = find_syntax(rejected, {});
  if (!syntax || *syntax == FileSyntax::rows || *syntax == FileSyntax::document) return {};
  return fail(ErrorCode::invalid_input,
              rejected + ": it holds another kind of file; name another file for the rejected rows");
}

Status send_file(const fs::path& file, const FileFacts& facts, FileSyntax syntax, const SendTarget& target,
                 const RowSender::Transport& transport, const std::function<bool()>& is_interrupted,
                 const SendOptions& options, FileReport& report) {
  report.file = file.string();
  auto counted = facts;
  if (syntax != FileSyntax::rows) counted.rows = 1;
  report.rows = counted.rows;
  auto reader = RowReader::open(file);
  if (!reader) return fail(std::move(reader.error()));
  auto rejected = RejectedRows::open(syntax == FileSyntax::rows ? options.rejected_file : std::string());
  if (!rejected) return fail(std::move(rejected.error()));
  auto progress = options.restart ? SendProgress::fresh(file, facts.sha256, target.identity)
                                  : SendProgress::open(file, facts.sha256, target.identity);
  FileRun run(file.string(), std::move(*rejected), std::move(progress), counted, report);
  RowSender sender(transport, options.sending,
                   {.on_answer = [&run](const Row& row, const RowAnswer& answer) { run.on_answer(row, answer); },
                    .on_trouble = [&](const std::string& detail) { run.on_trouble(detail, options.sending.give_up); },
                    .is_interrupted = is_interrupted});
  auto status = syntax == FileSyntax::rows ? send_rows(std::move(*reader), run, sender, facts, target, options.as)
                                           : send_document(file, syntax, run, sender, facts, target, options);
  run.end(status);
  return status;
}

}  // namespace ketenpoort::cli
