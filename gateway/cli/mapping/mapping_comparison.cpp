#include "gateway/cli/mapping/mapping_comparison.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "gateway/base/files.hpp"
#include "gateway/cli/command.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/mapping_review/comparison.hpp"

namespace ketenpoort::cli {
namespace {

using mapping_review::CategoryChange;
using mapping_review::Comparison;
using mapping_review::FieldChange;

// One side: of the library, or of a file of its own.
struct Side {
  std::optional<mapping::Library> own;
  const mapping::Mapping* mapping = nullptr;
};

Result<Side> find_side(const MappingFiles& files, const MappingFolders& folders, const std::string& name) {
  Side side;
  std::error_code failed;
  if (std::filesystem::is_regular_file(name, failed)) {
    auto library = mapping::Library::load_file(folders.mappings, name, files.options);
    if (!library) return fail(std::move(library.error()));
    side.own = std::move(*library);
    side.mapping = side.own->mappings().front().get();
    return side;
  }
  if (name.ends_with(".yaml") || name.find('/') != std::string::npos)  // meant as a file
    if (auto read = read_file(name); !read) return fail(std::move(read.error()));
  auto found = find_mapping(files.library, name, date_in_brussels(Clock{}.now()));
  if (!found) return fail(std::move(found.error()));
  side.mapping = *found;
  return side;
}

std::string_view sign(FieldChange::Kind kind) {
  if (kind == FieldChange::Kind::added) return "+";
  return kind == FieldChange::Kind::removed ? "-" : "~";
}

std::string name_of(const CategoryChange& change) {
  return change.category ? std::string(to_text(*change.category)) : std::string("none");
}

void print(const Comparison& comparison) {
  fmt::print("{} -> {}\n", comparison.before, comparison.after);
  if (comparison.same()) fmt::print("sends the same\n");
  if (comparison.recipient_before != comparison.recipient_after)
    fmt::print("recipient: {} -> {}\n", comparison.recipient_before, comparison.recipient_after);
  for (const auto& purpose : comparison.purposes_added) fmt::print("+ purpose {}\n", purpose);
  for (const auto& purpose : comparison.purposes_removed) fmt::print("- purpose {}\n", purpose);
  for (const auto& category : comparison.categories) {
    const char* remark = category.is_new    ? "  (new: the older one sends nothing of this category)"
                         : category.is_gone ? "  (gone: the newer one sends nothing of this category)"
                                            : "";
    fmt::print("{}{}\n", name_of(category), remark);
    for (const auto& field : category.fields) {
      fmt::print("  {} {}  {}\n", sign(field.kind), field.target, field.at);
      for (const auto& words : field.words) fmt::print("      {}\n", words);
    }
  }
}

void write_list(formats::JsonWriter& writer, std::string_view name, const std::vector<std::string>& list) {
  writer.key(name).begin_array();
  for (const auto& each : list) writer.value(each);
  writer.end_array();
}

std::string as_json(const Comparison& comparison) {
  std::string out;
  formats::JsonWriter writer(out);
  writer.begin_object()
      .member("before", comparison.before)
      .member("after", comparison.after)
      .member("same", comparison.same())
      .member("recipientBefore", comparison.recipient_before)
      .member("recipientAfter", comparison.recipient_after);
  write_list(writer, "purposesAdded", comparison.purposes_added);
  write_list(writer, "purposesRemoved", comparison.purposes_removed);
  writer.key("categories").begin_array();
  for (const auto& category : comparison.categories) {
    writer.begin_object()
        .member("category", name_of(category))
        .member("isNew", category.is_new)
        .member("isGone", category.is_gone)
        .key("fields")
        .begin_array();
    for (const auto& field : category.fields) {
      writer.begin_object().member("change", sign(field.kind)).member("field", field.target).member("at", field.at);
      write_list(writer, "words", field.words);
      writer.end_object();
    }
    writer.end_array().end_object();
  }
  writer.end_array().end_object();
  return out;
}

int refuse(const Error& error) {
  return error.code == ErrorCode::not_found ? report_wrong_use(error.message) : report(error);
}

}  // namespace

int mapping_diff(const MappingOptions& options) {
  const auto files = load_mapping_files(options.folders);
  if (!files) return report(files.error());
  const auto before = find_side(*files, options.folders, options.names[0]);
  if (!before) return refuse(before.error());
  const auto after = find_side(*files, options.folders, options.names[1]);
  if (!after) return refuse(after.error());
  const auto comparison = mapping_review::compare(*before->mapping, *after->mapping);
  if (options.json)
    fmt::print("{}\n", as_json(comparison));
  else
    print(comparison);
  return done;
}

}  // namespace ketenpoort::cli
