// What the subcommands of `mapping` are asked.
#pragma once

#include <string>
#include <vector>

#include "gateway/cli/mapping/mapping_files.hpp"

namespace ketenpoort::cli {

struct MappingOptions {
  MappingFolders folders;
  std::vector<std::string> names;
  std::string mapping;  // explain: one name
  std::string record;
  std::string on;
  std::string format = "md";    // doc: md, csv, jsonld
  std::string language = "en";  // doc: of the categories' labels
  bool json = false;
  double seconds = 1;           // bench: for each mapping
  bool write = false;           // test: expected outputs that are missing
  bool record_outputs = false;  // test: outputs, as those of the version

  [[nodiscard]] bool wants(const mapping::Mapping& m) const;
};

// Exit code wrong_use, and said so, when a name given is no mapping's.
int check_names(const MappingOptions& options, const mapping::Library& library);

}  // namespace ketenpoort::cli
