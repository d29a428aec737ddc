#include "gateway/config/load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <utility>

#include "gateway/base/digest.hpp"
#include "gateway/base/files.hpp"
#include "gateway/config/owners.hpp"
#include "gateway/config/sections.hpp"

namespace ketenpoort::config {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_file = std::size_t{1} << 20;

enum class Content : unsigned char { technical, policy };

class Loader {
 public:
  explicit Loader(const Overrides& overrides) : overrides_(overrides) {}

  Result<Configuration> load(const fs::path& gateway_yaml) {
    // What follows from a file that cannot be read at all would hide why.
    if (!load_settings(gateway_yaml))
      return fail(ErrorCode::config, "the configuration cannot be used", problems_.take());
    load_policy();
    load_texts(gateway_yaml.parent_path());
    load_parties(gateway_yaml.parent_path());
    check_drop_folders(gateway_yaml);
    if (!problems_.empty()) return fail(ErrorCode::config, "the configuration cannot be used", problems_.take());
    configuration_.digest = digest_of_all();
    return std::move(configuration_);
  }

 private:
  // Null after complaining.
  const SourceFile* open(const fs::path& path, Content content = Content::technical) {
    auto text = read_file(path, largest_file);
    if (!text) return complain(path, "1:1", text.error().message);
    digests_.emplace_back(path.filename().string(), sha256(as_bytes(*text)));
    std::string signer;
    if (content == Content::policy) signer = check_owner(path, *text);
    auto root = formats::parse_yaml(*text);
    if (!root) {
      for (auto& issue : root.error().issues) complain(path, issue.where, std::move(issue.detail));
      return root.error().issues.empty() ? complain(path, "1:1", root.error().message) : nullptr;
    }
    return &files_.emplace_back(
        SourceFile{path, std::move(*text), std::move(*root), content == Content::technical, std::move(signer)});
  }
  const SourceFile* complain(const fs::path& path, std::string_view at, std::string detail) {
    problems_.add(Issue{ErrorCode::config, fmt::format("{}:{}", path.string(), at), std::move(detail)});
    return nullptr;
  }
  // The policy owner who signed it; nobody in environment test.
  std::string check_owner(const fs::path& path, std::string_view text) {
    const auto& settings = configuration_.settings;
    if (settings.environment.empty() || settings.is_test()) return {};
    auto verified = verify_owner(path, text, settings.policy_owners);
    if (verified) return std::move(*verified);
    complain(path, "1:1", std::move(verified.error().message));
    return {};
  }
  Section section_of(const SourceFile& file) { return {file, file.root, problems_}; }

  // The YAML files of a folder by name, so that loading twice reads in the same order.
  std::vector<fs::path> list(const fs::path& folder) {
    std::vector<fs::path> found;
    std::error_code error;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
      if (at->path().extension() == ".yaml")
        found.push_back(at->path());
      else if (at->path().extension() == ".yml")
        complain(at->path(), "1:1", "nothing that ends in .yml is read: call it .yaml, or move it away");
    if (found.empty()) complain(folder, "1:1", "there is no .yaml file in this folder");
    std::sort(found.begin(), found.end());
    return found;
  }

  bool load_settings(const fs::path& gateway_yaml) {
    auto& settings = configuration_.settings;
    const auto* file = open(gateway_yaml);
    if (file == nullptr) return false;
    settings = read_settings(section_of(*file));
    if (!file->root.is(formats::YamlNode::Kind::mapping)) return false;
    const auto home = gateway_yaml.parent_path();
    if (settings.config_dir.empty()) settings.config_dir = home;
    if (overrides_.config_dir) settings.config_dir = *overrides_.config_dir;
    if (settings.mappings.empty())
      settings.mappings = fs::exists(home / "mappings") ? home / "mappings" : home / "../mappings";
    if (overrides_.mappings_dir) settings.mappings = *overrides_.mappings_dir;
    return true;
  }

  template <class Read>
  void read_policy(const fs::path& path, Read read) {
    if (const auto* file = open(path, Content::policy)) read(*file);
  }

  void load_policy() {
    const auto& folder = configuration_.settings.config_dir;
    auto& so_far = configuration_;
    read_policy(folder / "categories.yaml",
                [&](const SourceFile& file) { so_far.categories = read_categories(section_of(file)); });
    for (const auto& path : list(folder / "rules"))
      read_policy(path, [&](const SourceFile& file) {
        for (auto& rule : read_rules(section_of(file), so_far)) so_far.rules.push_back({std::move(rule), file.text});
      });
    read_policy(folder / "purposes.yaml",
                [&](const SourceFile& file) { so_far.purposes = read_purposes(section_of(file), so_far); });
    for (const auto& path : list(folder / "agreements"))
      read_policy(path, [&](const SourceFile& file) {
        so_far.agreements.push_back(
            {read_agreement(section_of(file), so_far), sha256(as_bytes(file.text)), file.signer});
      });
    for (const auto& path : list(folder / "notices"))
      read_policy(path, [&](const SourceFile& file) { so_far.notices.push_back(read_notice(section_of(file))); });
    read_policy(folder / "retention.yaml",
                [&](const SourceFile& file) { so_far.retention = read_retention(section_of(file)); });
    if (const auto* file = open(folder / "activities.yaml"))
      so_far.activities = read_activities(section_of(*file), so_far);
  }

  // The four languages a case worker may ask for; any other file adds one that receipts are written in.
  // They lie with the policy, else beside gateway.yaml.
  void load_texts(const fs::path& home) {
    const auto of_policy = configuration_.settings.config_dir / "texts";
    const auto folder = fs::exists(of_policy) ? of_policy : home / "texts";
    auto& texts = configuration_.texts;
    for (const auto& path : list(folder)) {
      const auto* file = open(path);
      if (file == nullptr) continue;
      texts.languages.push_back(read_texts(section_of(*file), configuration_));
      const auto& read = texts.languages.back();
      if (path.stem() != read.tag && !read.tag.empty())
        complain(path, "1:1", fmt::format("this file is to be called {}.yaml, after its `language`", read.tag));
    }
    lend_english(texts);
    for (const std::string_view tag : {"de", "en", "fr", "nl"})
      if (const auto* one = texts.find(tag); one == nullptr || !one->explains)
        complain(folder, "1:1", fmt::format("{}.yaml must be there and explain decisions", tag));
  }

  // Partners and clients belong to the machine: beside gateway.yaml, else where the policy is.
  void load_parties(const fs::path& home) {
    const auto find = [&](const char* name) {
      return fs::exists(home / name) ? home / name : configuration_.settings.config_dir / name;
    };
    for (const auto& path : list(find("partners")))
      if (const auto* file = open(path))
        configuration_.partners.push_back(read_partner(section_of(*file), configuration_));
    if (const auto* file = open(find("clients.yaml"))) configuration_.clients = read_clients(section_of(*file));
  }

  // A drop folder stands for a client that may send records.
  void check_drop_folders(const fs::path& gateway_yaml) {
    for (const auto& folder : configuration_.settings.drop_folders) {
      const auto client = std::ranges::find(configuration_.clients, folder.client, &Client::id);
      if (client == configuration_.clients.end())
        complain(
            gateway_yaml, "1:1",
            fmt::format("dropFolders: `{}` names client `{}`, which clients.yaml has not", folder.name, folder.client));
      else if (std::ranges::find(client->scopes, "records") == client->scopes.end())
        complain(gateway_yaml, "1:1",
                 fmt::format("dropFolders: client `{}` of `{}` has no scope records: add it in clients.yaml",
                             folder.client, folder.name));
      for (const auto& files : folder.files)
        if (!files.mapping.empty() && !fs::exists(configuration_.settings.mappings / (files.mapping + ".yaml")))
          complain(gateway_yaml, "1:1",
                   fmt::format("dropFolders: `{}` needs what is not there: there is no mapping `{}`", folder.name,
                               files.mapping));
    }
  }

  Digest digest_of_all() {
    std::sort(digests_.begin(), digests_.end());
    std::string all;
    for (const auto& [name, digest] : digests_) all += name + '\0' + to_hex(digest) + '\n';
    return sha256(as_bytes(all));
  }

  const Overrides& overrides_;
  Problems problems_;
  Configuration configuration_;
  std::deque<SourceFile> files_;  // sections point into them
  std::vector<std::pair<std::string, Digest>> digests_;
};

}  // namespace

Result<Configuration> load(const fs::path& gateway_yaml, const Overrides& overrides) {
  return Loader(overrides).load(gateway_yaml);
}

const Partner* Configuration::find_partner(std::string_view recipient) const {
  const auto found = std::find_if(partners.begin(), partners.end(),
                                  [&](const Partner& partner) { return partner.recipient == recipient; });
  return found == partners.end() ? nullptr : &*found;
}

const std::vector<Message>* Configuration::find_messages(std::string_view recipient, std::string_view purpose) const {
  const auto* partner = find_partner(recipient);
  if (partner == nullptr) return nullptr;
  const auto found = partner->messages.find(std::string{purpose});
  return found == partner->messages.end() ? nullptr : &found->second;
}

}  // namespace ketenpoort::config
