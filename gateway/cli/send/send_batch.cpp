#include "gateway/cli/send/send_batch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <thread>
#include <utility>

#include "gateway/base/files.hpp"
#include "gateway/base/uuid.hpp"
#include "gateway/formats/json.hpp"

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

std::string text_of(JsonView view) {
  return std::string(view.as_string().value_or(""));
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
    return follow(text_of(task->root().find("id")));
  }

 private:
  struct Asked {
    RowAnswer answer;
    std::string body;
  };

  // One call until its answer means something, as for a row.
  Result<Asked> ask(Call call) {
    if (!target_.token.empty()) call.headers.emplace_back("Authorization", "Bearer " + target_.token);
    Asked asked;
    const auto body = std::make_shared<std::string>();  // written before the answer is handed on
    RowSender sender(
        [this, body](Call one, net::OnAnswer on_answer) {
          transport_(std::move(one), [body, on_answer = std::move(on_answer)](net::CallResult result) {
            if (result) *body = result->body;
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
    asked.body = *body;
    return asked;
  }

  Status follow(const std::string& id) {
    auto pause = first_look;
    while (true) {
      if (auto rested = rest(pause); !rested) return rested;
      auto asked = ask({.method = "GET", .path = "/batches/" + id, .headers = {}, .body = {}});
      if (!asked) return fail(std::move(asked.error()));
      const auto task = formats::parse_json(asked->body);
      if (!task || asked->answer.meaning == RowAnswer::Meaning::rejected)
        return fail(ErrorCode::unavailable, "the gateway does not say how far the batch is: " + asked->answer.detail);
      take(task->root());
      if (task->root().find("state").as_string() != "RUNNING") return {};
      pause = std::min(pause * 2, longest_pause);
    }
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
    if (state == "FAILED") report_.rejected = std::max(report_.rejected + 1, report_.rows - report_.accepted);
    report_.rows = report_.accepted + report_.rejected;
    for (const auto issue : task.find("issues").elements())
      complain({.line = count_of(issue.find("line")),
                .path = text_of(issue.find("name")),
                .detail = text_of(issue.find("detail")),
                .warning = issue.find("severity").as_string() == "WARNING"});
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
};

}  // namespace

Status send_batch(const std::filesystem::path& file, const FileFacts& facts, FileSyntax syntax,
                  const SendTarget& target, const RowSender::Transport& transport,
                  const std::function<bool()>& is_interrupted, const SendOptions& options, FileReport& report) {
  report.file = file.string();
  const std::size_t around = syntax == FileSyntax::csv ? 1 : 2;  // header; header and trailer
  report.rows = facts.rows > around ? facts.rows - around : 0;
  auto content = read_file(file, largest_file);
  if (!content) return fail(std::move(content.error()));
  const auto type = content_type_of(syntax, options.syntax);
  auto about = fmt::format("ketenpoort send {} {}", to_hex(facts.sha256), type);
  if (options.restart) about += new_uuid_v4().text();
  Call call{.method = "POST",
            .path = "/batches",
            .headers = {{"Content-Type", type}, {"Idempotency-Key", to_hex(sha256(as_bytes(about)))}},
            .body = std::move(*content)};
  return BatchSending(file.string(), target, transport, is_interrupted, options, report).run(std::move(call));
}

}  // namespace ketenpoort::cli
