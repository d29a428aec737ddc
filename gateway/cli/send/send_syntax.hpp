// In which syntax a file to send is: rows of JSON, one JSON or XML document, or the file of a legacy system.
#pragma once

#include <filesystem>
#include <string>

#include "gateway/base/result.hpp"

namespace ketenpoort::cli {

enum class FileSyntax : unsigned char {
  rows,      // NDJSON
  document,  // one record or consent in JSON, over as many lines as it likes
  xml,       // one record
  csv,       // records; sent as they are, as a batch
  fixed,     // likewise
};

// As given on the command line; empty is not given.
struct SyntaxOptions {
  std::string in;       // ndjson, json, xml, csv, fixed
  std::string mapping;  // that reads it, where several do
  std::string charset;  // of CSV or fixed width, where it is not the first that the layout names; of XML
};

// As `in` says, or else as the file begins and is called. ErrorCode::invalid_input when neither tells.
Result<FileSyntax> find_syntax(const std::filesystem::path& file, const SyntaxOptions& options);

// The Content-Type to send it with.
std::string content_type_of(FileSyntax syntax, const SyntaxOptions& options);

}  // namespace ketenpoort::cli
