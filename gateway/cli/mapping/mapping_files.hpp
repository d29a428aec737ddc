// What the commands about mappings need around them: the folders, the purposes' category tables, the rule that gives
// derived facts.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/config/settings.hpp"
#include "gateway/domain/purpose.hpp"
#include "gateway/mapping/library.hpp"
#include "gateway/policy/legal_dates.hpp"

namespace CLI {
class App;
}

namespace ketenpoort::cli {

struct MappingFolders {
  std::string mappings;
  std::string config;  // purposes.yaml and rules/
};
void add_folder_options(CLI::App& command, MappingFolders& folders);

struct MappingFiles {
  mapping::Library library;
  std::vector<Rule> rules;
  std::vector<Purpose> purposes;
  std::vector<config::CategoryText> categories;
  mapping::LoadOptions options;  // that the library was loaded with
};
// Everything wrong in the mappings at once; ErrorCode::config.
Result<MappingFiles> load_mapping_files(const MappingFolders& folders);

// A record made ready for a dry run: its facts derived for the day, the referral that is for this mapping's recipient.
struct DryRun {
  std::string record;
  policy::Derived derived;
  mapping::Context context;
  std::string purpose;
};
// `file` is "-" for standard input. Without `purpose`, that of the referral to the mapping's recipient, else the
// mapping's first. The context points into the result, which must not move.
// ErrorCode::invalid_input with the mapping's purposes: it is sent for none of that name. An empty one is not given.
Status check_purpose(const mapping::Mapping& mapping, const std::string& purpose);

// A file as messages name it; "-" is standard input.
std::string name_input(const std::string& file);

// What is wrong with an input, with file, line and column as far as they are known, and the field before what is wrong
// with it. `json`: the input, where paths are to be looked up in it.
Error in_file(const std::string& file, Error error, std::string_view json = {});

Status prepare_dry_run(const MappingFiles& files, const mapping::Mapping& mapping, const std::string& file, Date on,
                       const std::string& purpose, DryRun& run);

// Whole standard input or a file, at most 64 MiB.
Result<std::string> read_input(const std::string& file);

// The mapping of that name in force on the day, or "name@version"; ErrorCode::not_found with the names there are.
Result<const mapping::Mapping*> find_mapping(const mapping::Library& library, const std::string& name, Date on);

}  // namespace ketenpoort::cli
