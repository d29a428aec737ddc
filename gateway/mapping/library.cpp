#include "gateway/mapping/library.hpp"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <tuple>

#include "gateway/base/files.hpp"
#include "gateway/formats/suggest.hpp"
#include "gateway/mapping/compile/compiler.hpp"
#include "gateway/mapping/notation/yaml.hpp"
#include "gateway/mapping/source/source_syntax.hpp"

namespace ketenpoort::mapping {
namespace {

namespace fs = std::filesystem;

// One run over a folder. Texts and names are kept, since positions and hashes refer to them.
class Loader {
 public:
  Loader(fs::path dir, const LoadOptions& options) : dir_(std::move(dir)), options_(options) {}

  void run_one(const fs::path& file) {
    load_code_lists();
    load_mapping(file);
  }

  void run() {
    std::error_code failed;
    if (!fs::is_directory(dir_, failed)) {
      complaints.error({remember(dir_.string()), 1, 1}, "there is no such folder of mappings");
      return;
    }
    load_code_lists();
    for (const auto& file : files_in(dir_, ".yaml")) load_mapping(file);
    for (const auto& file : files_in(dir_, ".yml"))
      complaints.error({remember(file.string()), 1, 1},
                       "only files that end in .yaml are read; rename it, or remove it");
    check_versions();
  }

  Complaints complaints;
  std::vector<std::unique_ptr<Plan>> plans;

 private:
  static std::vector<fs::path> files_in(const fs::path& folder, std::string_view extension) {
    std::vector<fs::path> files;
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator(folder, failed))
      if (entry.is_regular_file() && entry.path().extension() == extension) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
  }

  std::string_view remember(std::string name) {
    return *names_->emplace_back(std::make_unique<std::string>(std::move(name)));
  }

  const std::string* text_of(const fs::path& file, const Position& wanted_at) {
    const auto key = file.string();
    if (const auto known = texts_.find(key); known != texts_.end()) return &known->second;
    auto text = read_file(file, std::size_t{8} << 20);
    if (!text) {
      std::error_code failed;
      complaints.error(wanted_at, text.error().message + (fs::exists(file, failed) ? "" : meant_instead_of(file)));
      return nullptr;
    }
    return &texts_.emplace(key, std::move(*text)).first->second;
  }

  void load_code_lists() {
    for (const auto& file : files_in(dir_ / "codelists", ".csv")) {
      const auto name = file.stem().string();
      auto companion = file;
      companion.replace_extension(".meta.yaml");
      const auto file_name = remember(file.string());
      const auto* text = text_of(file, {file_name, 1, 1});
      const auto* meta = text_of(companion, {file_name, 1, 1});
      code_lists_[name] = nullptr;
      if (text == nullptr || meta == nullptr) continue;
      auto list = CodeList::read(name, *text, file_name, *meta, remember(companion.string()), complaints);
      if (list) code_lists_[name] = std::make_shared<const CodeList>(std::move(*list));
    }
  }

  // A file named in a mapping: beneath the folder, nowhere else.
  std::optional<fs::path> beneath(const std::string& name, const Position& at) {
    const fs::path path(name);
    const bool leaves =
        path.is_absolute() || std::any_of(path.begin(), path.end(), [](const auto& part) { return part == ".."; });
    if (!name.empty() && !leaves) return dir_ / path;
    complaints.error(at,
                     fmt::format("{} must be a path beneath the folder of mappings", name.empty() ? "the file" : name));
    return std::nullopt;
  }

  // A fault in a schema stands in its own file.
  void complain_about(const Position& at, const Error& error) {
    if (error.issues.empty()) complaints.error(at, error.message);
    for (const auto& issue : error.issues) complaints.error_at(issue.where, issue.detail);
  }

  // The nearest name among the files beside it.
  static std::string meant_instead_of(const fs::path& file) {
    std::vector<std::string> names;
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator(file.parent_path(), failed))
      names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return formats::did_you_mean(file.filename().string(), {names.begin(), names.end()});
  }

  template <class Schema>
  std::shared_ptr<const Schema> schema(const Definition::End& end,
                                       std::map<std::string, std::shared_ptr<const Schema>>& cache) {
    const auto path = beneath(end.schema, end.at);
    if (!path) return nullptr;
    if (const auto known = cache.find(path->string()); known != cache.end()) return known->second;
    auto& entry = cache[path->string()];
    const auto* text = text_of(*path, end.at);
    if (text == nullptr) return nullptr;
    auto parsed = Schema::parse(*text, path->string());
    if (parsed)
      entry = std::make_shared<const Schema>(std::move(*parsed));
    else
      complain_about(end.at, parsed.error());
    return entry;
  }

  // The schema of a source that is no JSON, as the JSON Schema of what its records become.
  std::shared_ptr<const formats::JsonSchema> made_schema(const std::string& text, const Definition::End& end) {
    auto parsed = formats::JsonSchema::parse(text, end.schema);
    if (parsed) return std::make_shared<const formats::JsonSchema>(std::move(*parsed));
    complain_about(end.at, parsed.error());
    return nullptr;
  }

  std::shared_ptr<const Layout> layout(const Definition::End& end) {
    const auto path = beneath(end.schema, end.at);
    if (!path) return nullptr;
    if (const auto known = layouts_.find(path->string()); known != layouts_.end()) return known->second;
    auto& entry = layouts_[path->string()];
    const auto* text = text_of(*path, end.at);
    if (text == nullptr) return nullptr;
    const auto root = read_yaml(*text, remember(path->string()), complaints);
    if (!root) return nullptr;
    if (auto read = read_layout(*root, complaints)) {
      read->text = *text;
      entry = std::make_shared<const Layout>(std::move(*read));
    }
    if (entry != nullptr && (end.format == "csv") != (entry->kind == Layout::Kind::csv)) {
      complaints.error(end.at, fmt::format("{} is no layout of a {} file", end.schema, end.format));
      entry = nullptr;
    }
    return entry;
  }

  // schemas/resident-1.categories.yaml beside schemas/resident-1.schema.json.
  const YamlNode* load_categories(const Definition& definition) {
    constexpr std::string_view ending = ".schema.json";
    const auto& end = definition.source;
    const auto name = std::string_view(end.schema);
    if (definition.inbound || options_.kept || end.format != "json" || !name.ends_with(ending)) return nullptr;
    const auto path = beneath(std::string(name.substr(0, name.size() - ending.size())) + ".categories.yaml", end.at);
    if (!path) return nullptr;
    if (const auto known = categories_.find(path->string()); known != categories_.end())
      return known->second ? &*known->second : nullptr;
    auto& table = categories_[path->string()];
    // Without it nothing would hold lines that read the resident's record to what they say.
    const bool is_needed = path->filename().string().starts_with("resident-");
    std::error_code failed;
    if (!is_needed && !fs::exists(*path, failed)) return nullptr;
    if (const auto* text = text_of(*path, end.at)) table = read_yaml(*text, remember(path->string()), complaints);
    return table ? &*table : nullptr;
  }

  void load_source(const Definition::End& end, Materials& materials) {
    if (end.schema.empty()) return;
    if (end.format == "csv" || end.format == "fixed") {
      materials.source_layout = layout(end);
      if (materials.source_layout) materials.source_schema = made_schema(materials.source_layout->schema_text(), end);
    } else if (end.format == "xml") {
      materials.source_xsd = schema(end, xsd_schemas_);
      if (materials.source_xsd) load_xml_source(end, materials);
    } else {
      materials.source_schema = schema(end, json_schemas_);
    }
  }

  void load_xml_source(const Definition::End& end, Materials& materials) {
    const auto [prefix, name] = end.root_name();
    const auto* root = materials.source_xsd->root(name);
    const auto bound = end.namespaces.find(prefix);
    const auto& uri = materials.source_xsd->target_namespace();
    if (root == nullptr) {
      const auto roots = materials.source_xsd->roots();
      complaints.error(end.at, fmt::format("the schema has no root element {}{}", name,
                                           formats::did_you_mean(name, {roots.begin(), roots.end()})));
    } else if (!uri.empty() && (bound == end.namespaces.end() || bound->second != uri)) {
      complaints.error(end.at,
                       fmt::format("the prefix of {} must be bound to the schema's namespace {}", end.root, uri));
    } else {
      materials.source_schema = made_schema(schema_text_of(*root, prefix), end);
    }
  }

  void load_target(const Definition::End& end, Materials& materials) {
    if (end.schema.empty()) return;
    if (end.format == "xml") {
      materials.target_xsd = schema(end, xsd_schemas_);
    } else if (end.format == "csv") {
      materials.target_layout = layout(end);
      if (!materials.target_layout) return;
      materials.target_schema = made_schema(materials.target_layout->schema_text(), end);
      const auto& encodings = materials.target_layout->encodings;
      if (!encodings.empty() && encodings.front() != formats::CodePage::utf_8)
        complaints.error(end.at,
                         fmt::format("a message goes out in UTF-8, but the layout {} says {}; let its encodings "
                                     "begin with utf-8",
                                     materials.target_layout->name, to_text(encodings.front())));
    } else {
      materials.target_schema = schema(end, json_schemas_);
    }
  }

  void load_mapping(const fs::path& file) {
    const auto file_name = remember(file.string());
    const auto* text = text_of(file, {file_name, 1, 1});
    if (text == nullptr) return;
    const auto root = read_yaml(*text, file_name, complaints);
    if (!root) return;
    auto definition = read_definition(*root, complaints);
    Materials materials;
    materials.code_lists = code_lists_;
    std::vector<std::string> hashed{*text};
    for (const auto& [name, use] : definition.use) {
      const auto path = beneath(use.file, use.at);
      const auto* fragment_text = path ? text_of(*path, use.at) : nullptr;
      if (fragment_text == nullptr) continue;
      if (const auto fragment = read_yaml(*fragment_text, remember(path->string()), complaints))
        materials.fragments.emplace(name, read_fragment(*fragment, complaints));
      hashed.push_back(*fragment_text);
    }
    load_source(definition.source, materials);
    materials.field_categories = load_categories(definition);
    load_target(definition.target, materials);
    auto plan = compile(std::move(definition), materials, options_, complaints);
    take_down_files(*plan, file);
    hash(*plan, std::move(hashed));
    plan->file_names = names_;
    plans.push_back(std::move(plan));
  }

  // For whoever keeps the version: the texts as they were read, whatever becomes of the files.
  void take_down_files(Plan& plan, const fs::path& file) {
    const auto add = [&](const fs::path& name, const fs::path& read) {
      const auto at = texts_.find(read.string());
      if (at != texts_.end()) plan.files.emplace_back(name.generic_string(), at->second);
    };
    add(file.filename(), file);
    std::set<std::string> named;
    for (const auto& [name, use] : plan.definition.use) named.insert(use.file);
    for (const auto* end : {&plan.definition.source, &plan.definition.target})
      if (!end->schema.empty()) named.insert(end->schema);
    for (const auto& name : plan.used_lists)
      for (const auto* ending : {".csv", ".meta.yaml"}) named.insert("codelists/" + name + ending);
    for (const auto& name : named) add(name, dir_ / name);
  }

  void hash(Plan& plan, std::vector<std::string> texts) {
    for (const auto& name : plan.used_lists)
      for (const auto* ending : {".csv", ".meta.yaml"}) {  // the companion says what becomes of an unmapped code
        const auto at = texts_.find((dir_ / "codelists" / (name + ending)).string());
        if (at != texts_.end()) texts.push_back(at->second);
      }
    if (plan.source_schema) texts.push_back(plan.source_schema->text());
    if (plan.target_schema) texts.push_back(plan.target_schema->text());
    if (plan.target_xsd) texts.push_back(plan.target_xsd->text());
    if (plan.source_xsd) texts.push_back(plan.source_xsd->text());
    for (const auto& layout : {plan.source_layout, plan.target_layout})
      if (layout) texts.push_back(layout->text);
    std::string all;  // each text with its length before it, so that no two sets of files look the same
    for (const auto& text : texts) all += fmt::format("{}:", text.size()) + text;
    plan.hash = sha256(as_bytes(all));
  }

  void check_versions() {
    for (std::size_t i = 0; i < plans.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        const auto& a = plans[i]->definition;
        const auto& b = plans[j]->definition;
        if (a.name != b.name) continue;
        if (a.version == b.version)
          complaints.error(a.version_at, fmt::format("version {} of {} is in {} too; give one another version",
                                                     a.version, a.name, b.name_at.file));
        const bool apart = (a.until && *a.until < b.from) || (b.until && *b.until < a.from);
        if (!apart)
          complaints.error(
              a.effective_at,
              fmt::format("{} {} and {} are in force on the same day; end one (effective: until) before the "
                          "other begins",
                          a.name, a.version, b.version));
      }
    }
  }

  fs::path dir_;
  const LoadOptions& options_;
  std::map<std::string, std::string> texts_;
  std::map<std::string, std::shared_ptr<const CodeList>, std::less<>> code_lists_;
  std::map<std::string, std::shared_ptr<const formats::JsonSchema>> json_schemas_;
  std::map<std::string, std::shared_ptr<const formats::XsdSchema>> xsd_schemas_;
  std::map<std::string, std::shared_ptr<const Layout>> layouts_;
  std::map<std::string, std::optional<YamlNode>> categories_;
  std::shared_ptr<std::vector<std::unique_ptr<std::string>>> names_ =
      std::make_shared<std::vector<std::unique_ptr<std::string>>>();
};

// As a person works through them: by file, line and column.
void sort_by_place(std::vector<Issue>& issues) {
  const auto place = [](const Issue& issue) {
    const auto column = issue.where.rfind(':');
    const auto line = issue.where.rfind(':', column - 1);
    return std::tuple(std::string_view(issue.where).substr(0, line), std::atoi(issue.where.c_str() + line + 1),
                      std::atoi(issue.where.c_str() + column + 1));
  };
  std::stable_sort(issues.begin(), issues.end(), [&](const auto& a, const auto& b) { return place(a) < place(b); });
}

// Every mistake once: a fragment used by several mappings says the same thing several times.
Status mistakes(Complaints& complaints) {
  auto& errors = complaints.errors;
  if (!errors.empty()) {
    std::set<std::pair<std::string, std::string>> said;
    std::erase_if(errors, [&](const Issue& issue) { return !said.emplace(issue.where, issue.detail).second; });
    sort_by_place(errors);
    const auto& first = errors.front();
    return fail(ErrorCode::config,
                fmt::format("{} mistake{} in the mappings; the first: {}: {}", errors.size(),
                            errors.size() == 1 ? "" : "s", first.where, first.detail),
                errors);
  }
  return {};
}

}  // namespace

Result<Library> Library::load(const fs::path& dir, const LoadOptions& options) {
  Loader loader(dir, options);
  loader.run();
  if (auto good = mistakes(loader.complaints); !good) return fail(std::move(good.error()));
  return Library(std::move(loader.plans), std::move(loader.complaints.warnings));
}

Result<Library> Library::load_file(const fs::path& dir, const fs::path& file, const LoadOptions& options) {
  Loader loader(dir, options);
  loader.run_one(file);
  if (auto good = mistakes(loader.complaints); !good) return fail(std::move(good.error()));
  return Library(std::move(loader.plans), std::move(loader.complaints.warnings));
}

Library::Library(std::vector<std::unique_ptr<Plan>> plans, std::vector<Issue> warnings)
    : warnings_(std::move(warnings)) {
  for (auto& plan : plans) mappings_.push_back(std::make_unique<const Mapping>(std::move(plan)));
}

const Mapping* Library::find(std::string_view name, Date on) const {
  for (const auto& m : mappings_)
    if (m->name() == name && m->in_force(on)) return m.get();
  return nullptr;
}

const Mapping* Library::find_version(std::string_view name, std::string_view version) const {
  for (const auto& m : mappings_)
    if (m->name() == name && m->version() == version) return m.get();
  return nullptr;
}

}  // namespace ketenpoort::mapping
