// A batch of records as a task: who sent it, how far it is, what was wrong. Nothing of a person stands in it: issues
// name lines and fields and say what to do.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/digest.hpp"
#include "gateway/base/result.hpp"
#include "gateway/base/time.hpp"
#include "gateway/base/uuid.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::exchange {

enum class BatchState : unsigned char { running, done, failed };
std::string_view to_text(BatchState state);  // "RUNNING", "DONE", "FAILED"

// One remark about one row.
struct BatchIssue {
  std::uint64_t line = 0;  // on which the row begins, from 1; 0: about the file
  std::string type;        // URN
  std::string name;        // field, or column of the line; may be empty
  std::string detail;
  bool warning = false;  // the row was taken all the same
  bool operator==(const BatchIssue&) const = default;
};

struct BatchTask {
  Uuid id;
  // From the request.
  std::string client;
  std::string organisation;
  Uuid trace;
  std::string base;           // what hrefs begin with
  std::string media_type;     // "text/csv"
  std::string mapping;        // as the Content-Type names it; empty: the only one
  std::string charset;        // likewise; empty: nothing is said
  std::optional<Digest> key;  // of the Idempotency-Key
  Digest digest{};            // SHA-256 of the body
  std::uint64_t bytes = 0;
  Timestamp received{};

  BatchState state = BatchState::running;
  std::optional<Timestamp> ended;
  // Of the first `completed` rows; blank lines and headers are none.
  std::uint64_t completed = 0;
  std::uint64_t accepted = 0;
  std::uint64_t rejected = 0;
  std::uint64_t warnings = 0;
  std::vector<BatchIssue> issues;
  std::uint64_t issues_left_out = 0;  // beyond the most that are kept
  std::string problem;                // when failed

  static constexpr std::size_t most_issues = 1000;
  void add_issue(BatchIssue issue);
};

// As it is kept: JSON. ErrorCode::malformed when it is none of ours.
std::string encode_task(const BatchTask& task);
Result<BatchTask> decode_task(std::string_view json);

// As whoever sent it reads them: the members `issues` and `issuesLeftOut` of an object that is begun.
void write_issues(formats::JsonWriter& writer, const BatchTask& task);

// Why a row was not taken. `is_document`: it is all of a file, in which the error itself says the line.
std::vector<BatchIssue> issues_of(const Error& error, std::uint64_t line, bool is_document = false);

}  // namespace ketenpoort::exchange
