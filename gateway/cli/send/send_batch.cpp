#include "gateway/cli/send/send_batch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <set>
#include <thread>
#include <utility>

#include "gateway/base/files.hpp"
#include "gateway/base/uuid.hpp"
#include "gateway/cli/send/rejected_file.hpp"
#include "gateway/formats/json_text.hpp"

namespace ketenpoort::cli {
namespace {

using formats::JsonView;

constexpr std::size_t largest_file = std::size_t{1} << 30;
constexpr std::size_t complaints_kept = 1000;
constexpr std::chrono::milliseconds first_look{100};
constexpr std::chrono::milliseconds longest_pause{5'000};
constexpr std::chrono::milliseconds tick{50};

std::size_t count_of(JsonView view) {
  const auto number = view.as_int();
  return number && *number > 0 ? static_cast<std::size_t>(*number) : 0;
}

class BatchSending {
 public:
  BatchSending(std::string name, const SendTarget& target, RowSender::Transport transport,
               const std::function<bool()>& is_interrupted, const SendOptions& options, FileReport& report)
      : name_(std::move(name)),
        target_(target),
        transport_(std::move(transport)),
        is_interrupted_(is_interrupted),
        options_(options),
        display_(name_, report.rows, 0),
        report_(report) {}

  Status run(Call call) {
    auto begun = ask(std::move(call));
    if (!begun) return fail(std::move(begun.error()));
    if (begun->answer.meaning == RowAnswer::Meaning::rejected) {
      refuse(begun->answer);
      return {};
    }
    const auto task = formats::parse_json(begun->body);
    if (!task) return fail(ErrorCode::malformed, "the gateway's answer to the batch is no JSON");
    report_.batch = text_of(task->root().find("id"));
    return follow(begun->is_repetition);
  }

  // Lines on which rejected rows begin, as far as the gateway named them.
  [[nodiscard]] const std::set<std::uint64_t>& rejected_lines() const { return rejected_lines_; }
  void say(const std::string& line) { display_.say(line); }

 private:
  struct Asked {
    RowAnswer answer;
    std::string body;
    bool is_repetition = false;  // of a batch that was taken before
  };

  static bool says_repetition(const Answer& answer) {
    return std::ranges::any_of(answer.headers, [](const auto& header) {
      return header.first == "idempotency-replayed" && header.second == "true";
    });
  }

  // One call until its answer means something, as for a row.
  Result<Asked> ask(Call call) {
    if (!target_.token.empty()) call.headers.emplace_back("Authorization", "Bearer " + target_.token);
    Asked asked;
    const auto last = std::make_shared<Asked>();  // written before the answer is handed on
    RowSender sender(
        [this, last](Call one, net::OnAnswer on_answer) {
          transport_(std::move(one), [last, on_answer = std::move(on_answer)](net::CallResult result) {
            if (result) last->body = result->body;
            if (result) last->is_repetition = says_repetition(*result);
            on_answer(std::move(result));
          });
        },
        options_.sending,
        {.on_answer = [&asked](const Row&, const RowAnswer& answer) { asked.answer = answer; },
         .on_trouble =
             [this](const std::string& detail) {
               display_.say(fmt::format("{}: the gateway takes nothing now ({}); trying again", name_, detail));
             },
         .is_interrupted = is_interrupted_});
    auto sent = sender.send(Row{}, std::move(call));
    if (sent) sent = sender.finish();
    if (!sent) return fail(std::move(sent.error()));
    asked.body = std::move(last->body);
    asked.is_repetition = last->is_repetition;
    return asked;
  }

  // A repetition of a batch that ended sends nothing; of one that is under way, it goes on with it.
  Status follow(bool is_repetition) {
    auto pause = is_repetition ? std::chrono::milliseconds{0} : first_look;
    for (bool is_first = true;; is_first = false) {
      if (auto rested = rest(pause); !rested) return rested;
      auto asked = ask({.method = "GET", .path = "/batches/" + report_.batch, .headers = {}, .body = {}});
      if (!asked) return fail(std::move(asked.error()));
      const auto task = formats::parse_json(asked->body);
      if (!task || asked->answer.meaning == RowAnswer::Meaning::rejected)
        return fail(ErrorCode::unavailable, "the gateway does not say how far the batch is: " + asked->answer.detail);
      const bool has_ended = task->root().find("state").as_string() != "RUNNING";
      if (is_repetition && is_first) tell_repetition(task->root(), has_ended);
      take(task->root());
      if (is_repetition && is_first && has_ended) std::swap(report_.accepted, report_.already_sent);
      if (has_ended) return {};
      pause = std::clamp(pause * 2, first_look, longest_pause);
    }
  }

  void tell_repetition(JsonView task, bool has_ended) {
    if (!has_ended)
      return display_.say(fmt::format("{}: the gateway works on it already, as batch {}", name_, report_.batch));
    display_.say(fmt::format(
        "{}: this very file was taken before, as batch {}: {} rows accepted and {} rejected then; nothing was sent now "
        "(--restart sends it as a new batch)",
        name_, report_.batch, count_of(task.find("accepted")), count_of(task.find("rejected"))));
  }

  [[nodiscard]] Status rest(std::chrono::milliseconds pause) const {
    const auto until = std::chrono::steady_clock::now() + pause;
    while (std::chrono::steady_clock::now() < until) {
      if (is_interrupted_()) return fail(ErrorCode::unavailable, "interrupted; the gateway works on");
      std::this_thread::sleep_for(tick);
    }
    return {};
  }

  void take(JsonView task) {
    report_.accepted = count_of(task.find("accepted"));
    report_.rejected = count_of(task.find("rejected"));
    display_.show(report_.accepted, report_.rejected);
    const auto state = task.find("state").as_string();
    if (state == "RUNNING") return;
    // A file that is not what its header or trailer says is refused whole, or from some row on.
    if (state == "FAILED")
      report_.rejected = std::max(report_.rejected + 1, report_.rows - std::min(report_.rows, report_.accepted));
    report_.rows = report_.accepted + report_.rejected;
    for (const auto issue : task.find("issues").elements()) {
      const bool warning = issue.find("severity").as_string() == "WARNING";
      const auto line = count_of(issue.find("line"));
      if (state != "FAILED" && !warning && line > 0) rejected_lines_.insert(line);
      complain({.line = line,
                .path = text_of(issue.find("name")),
                .detail = text_of(issue.find("detail")),
                .warning = warning});
    }
    if (const auto problem = text_of(task.find("problem")); !problem.empty() && report_.complaints.empty())
      complain({.detail = problem});
  }

  void refuse(const RowAnswer& answer) {
    report_.rejected = std::max<std::size_t>(1, report_.rows);
    if (answer.issues.empty()) complain({.detail = answer.detail});
    for (const auto& issue : answer.issues) complain({.path = issue.where, .detail = issue.detail});
  }

  void complain(RowComplaint complaint) {
    const auto line = complaint.line == 0 ? "" : fmt::format(":{}", complaint.line);
    const auto path = complaint.path.empty() ? "" : complaint.path + ": ";
    display_.say(
        fmt::format("{}{}: {}: {}{}", name_, line, complaint.warning ? "warning" : "error", path, complaint.detail));
    if (report_.complaints.size() < complaints_kept) report_.complaints.push_back(std::move(complaint));
  }

  std::string name_;
  const SendTarget& target_;
  RowSender::Transport transport_;
  const std::function<bool()>& is_interrupted_;
  const SendOptions& options_;
  SendDisplay display_;
  FileReport& report_;
  std::set<std::uint64_t> rejected_lines_;
};

// What --rejected names holds already; empty where it is not there.
Result<std::string> read_before(const std::string& file) {
  std::error_code error;
  if (file.empty() || !std::filesystem::exists(file, error)) return std::string();
  return read_file(file, largest_file);
}

// Rejected rows are personal data: nobody else may read the file.
Status write_rejected(const SendOptions& options, std::string_view content, const mapping::Layout* layout,
                      std::string_view before, BatchSending& sending, const FileReport& report) {
  const auto& lines = sending.rejected_lines();
  if (options.rejected_file.empty() || report.rejected == 0) return {};
  if (lines.empty()) {
    sending.say(fmt::format("{}: {}", report.file,
                            report.accepted == 0 ? "refused whole: put the file itself right"
                                                 : "the gateway named none of the lines that it rejected"));
    return {};
  }
  const auto rows = make_rejected_file(content, lines, layout, before);
  if (!rows) return fail(ErrorCode::invalid_input, options.rejected_file + ": " + rows.error().message);
  if (auto written = replace_file(options.rejected_file, *rows, true); !written) return written;
  const auto more = lines.size() < report.rejected
                        ? fmt::format("; the gateway named {} of {} lines only", lines.size(), report.rejected)
                        : std::string();
  sending.say(fmt::format("{}: the rejected rows are in {}: put them right and send that file{}", report.file,
                          options.rejected_file, more));
  return {};
}

}  // namespace

Status send_batch(const std::filesystem::path& file, const FileFacts& facts, FileSyntax syntax,
                  const SendTarget& target, const RowSender::Transport& transport,
                  const std::function<bool()>& is_interrupted, const SendOptions& options, FileReport& report) {
  report.file = file.string();
  const std::size_t around = syntax == FileSyntax::csv ? 1 : 2;  // header; header and trailer
  report.rows = facts.rows > around ? facts.rows - around : 0;
  auto content = read_file(file, largest_file);
  if (!content) return fail(std::move(content.error()));
  const bool is_fixed = syntax == FileSyntax::fixed;
  const auto before = read_before(options.rejected_file);
  if (!before) return fail(before.error());
  // Told before anything is sent.
  if (auto fits = check_before(*content, is_fixed, *before); !fits)
    return fail(ErrorCode::invalid_input, options.rejected_file + ": " + fits.error().message);
  std::optional<mapping::Layout> layout;
  if (is_fixed && !options.rejected_file.empty()) {
    auto found = find_fixed_layout(options.syntax.mapping);
    if (!found) return fail(std::move(found.error()));
    layout = std::move(*found);
  }
  const auto type = content_type_of(syntax, options.syntax);
  auto about = fmt::format("ketenpoort send {} {}", to_hex(facts.sha256), type);
  if (options.restart) about += new_uuid_v4().text();
  Call call{.method = "POST",
            .path = "/batches",
            .headers = {{"Content-Type", type}, {"Idempotency-Key", to_hex(sha256(as_bytes(about)))}},
            .body = *content};
  BatchSending sending(file.string(), target, transport, is_interrupted, options, report);
  if (auto sent = sending.run(std::move(call)); !sent) return sent;
  return write_rejected(options, *content, layout ? &*layout : nullptr, *before, sending, report);
}

}  // namespace ketenpoort::cli
