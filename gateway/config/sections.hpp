// One reader per file of the configuration: a section in, a typed value out, complaints into the section's Problems.
#pragma once

#include "gateway/config/reader.hpp"
#include "gateway/config/settings.hpp"

namespace ketenpoort::config {

Settings read_settings(Section gateway);
std::vector<DropFolderSettings> read_drop_folders(Section& gateway, const std::filesystem::path& state);
RetrySettings read_retry(Section retry, RetrySettings fallback);
void read_magda(Section& section, Channel& channel);  // its `magda:`, once its TLS files are known
Partner read_partner(Section partner, const Configuration& so_far);
// What a channel says beyond its address, once that is read.
void read_protocol(Section& channel, Channel& read);
std::vector<Client> read_clients(Section clients);

// In this order: each checks its references against what was read before.
std::vector<CategoryText> read_categories(Section file);
std::vector<Rule> read_rules(Section file, const Configuration& so_far);
std::vector<Purpose> read_purposes(Section file, const Configuration& so_far);
Agreement read_agreement(Section file, const Configuration& so_far);
Notice read_notice(Section file);
std::vector<RetentionRule> read_retention(Section file);
std::vector<Activity> read_activities(Section file, const Configuration& so_far);
// After the categories, whose words it takes over.
LanguageTexts read_texts(Section file, const Configuration& so_far);
// A language of residents says a purpose in English that it has no words for. The four of the program must have them.
void lend_english(Texts& texts);

}  // namespace ketenpoort::config
