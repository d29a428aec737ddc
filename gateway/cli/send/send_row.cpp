#include "gateway/cli/send/send_row.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "gateway/formats/json.hpp"

namespace ketenpoort::cli {
namespace {

std::optional<RowKind> recognise(const formats::JsonView& root) {
  if (root.find("consents")) return RowKind::consent;
  if (root.find("messageId") || root.find("resident")) return RowKind::record;
  return std::nullopt;
}

std::vector<std::string> list_persons(const formats::JsonView& identifiers) {
  std::vector<std::string> persons;
  for (const std::string_view kind : {"fedasilNumber", "ssin", "immigrationOfficeNumber"})
    if (const auto value = identifiers.find(kind).as_string()) persons.push_back(fmt::format("{}:{}", kind, *value));
  return persons;
}

// "1:17" -> "17": a row is one line, and which one is said already.
std::string column_of(const std::string& where) {
  return where.substr(where.find(':') + 1);
}

}  // namespace

Result<Row> read_row(std::size_t line, std::string text, std::optional<RowKind> as) {
  if (text.size() > largest_row)
    return fail(ErrorCode::too_large,
                fmt::format("the row is {} bytes; the gateway takes up to {}", text.size(), largest_row));
  auto document = formats::parse_json(text);
  if (!document) {
    auto error = std::move(document.error());
    for (auto& issue : error.issues)
      if (issue.where.starts_with("1:")) issue.where = column_of(issue.where);
    return fail(std::move(error));
  }
  const auto root = document->root();
  const auto kind = as ? as : recognise(root);
  if (!kind)
    return fail(ErrorCode::schema_violation,
                "neither a record (messageId, resident) nor a consent (consents): is this the right file? Or say --as");
  const auto identifiers = *kind == RowKind::record ? root.find("resident").find("identifiers") : root.find("subject");
  auto persons = list_persons(identifiers);
  return Row{.line = line, .kind = *kind, .text = std::move(text), .persons = std::move(persons)};
}

Call make_call(const Row& row, const Digest& file, const std::string& token) {
  Call call{.method = "POST", .path = {}, .headers = {{"Content-Type", "application/json"}}, .body = row.text};
  if (!token.empty()) call.headers.emplace_back("Authorization", "Bearer " + token);
  if (row.kind == RowKind::record) {
    call.path = "/records";
  } else {
    call.path = "/consents";
    const auto key = sha256(as_bytes(fmt::format("ketenpoort send {} {}", to_hex(file), row.line)));
    call.headers.emplace_back("Idempotency-Key", to_hex(key));
  }
  return call;
}

}  // namespace ketenpoort::cli
