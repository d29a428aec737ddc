// A drop folder with everything behind it: files, batches, vault and ledger on a disk.
#pragma once

#include <gmock/gmock.h>
#include <sys/types.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/base/files.hpp"
#include "gateway/exchange/intake/drop_folder.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/storage/files/batch_files.hpp"
#include "gateway/storage/files/drop_files.hpp"
#include "tests/unit/storage/live_state.hpp"

namespace ketenpoort::storage {

namespace fs = std::filesystem;
using exchange::Batches;
using exchange::DropFile;
using exchange::DropFolder;
using exchange::DropPlace;

inline SecretKey master() {
  AeadKey bytes{};
  bytes.fill(5);
  return SecretKey(bytes);
}

inline std::string person(int number) {
  return fmt::format(
      R"({{"messageId":"{}","sentAt":"2026-01-01T11:00:00Z","recordVersion":"1.0","source":{{"system":"TEST","organisation":"0860737913"}},)"
      R"("resident":{{"identifiers":{{"fedasilNumber":"F{:07}"}},"name":{{"family":"Tekle"}},"stay":{{"from":"2026-01-01"}}}},)"
      R"("procedure":{{"asOf":"2026-01-01","profile":"APPLICANT","status":"LODGED"}}}})",
      new_uuid_v4().text(), number);
}

struct PowerCut {};

// Goes dark at one of the things done to the folder, before or after it.
class DarkStore : public exchange::DropStore {
 public:
  DarkStore(fs::path folder, int at, bool after, std::optional<gid_t> readers = std::nullopt)
      : files_(std::move(folder), readers), left_(at), after_(after) {}
  Status open() override {
    return at([&] { return files_.open(); });
  }
  [[nodiscard]] Result<std::vector<DropFile>> list(DropPlace place) const override {
    return at([&] { return files_.list(place); });
  }
  [[nodiscard]] Result<DropFile> look_at(DropPlace place, const std::string& name) const override {
    return at([&] { return files_.look_at(place, name); });
  }
  Status move(DropPlace from, const std::string& name, DropPlace to, const std::string& new_name) override {
    return at([&] { return files_.move(from, name, to, new_name); });
  }
  Status read(const std::string& taken, const std::function<Status(std::string_view)>& use) const override {
    return at([&] { return files_.read(taken, use); });
  }
  Status write(DropPlace place, const std::string& name, std::string_view content) override {
    if (full) return fail(ErrorCode::unavailable, "there is no room");
    return at([&] { return files_.write(place, name, content); });
  }
  Status remove(DropPlace place, const std::string& name) override {
    return at([&] { return files_.remove(place, name); });
  }
  bool full = false;

 private:
  template <class Do>
  auto at(Do act) const -> decltype(act()) {
    const bool now = --left_ == 0;
    if (now && !after_) throw PowerCut{};
    auto done = act();
    if (now) throw PowerCut{};
    return done;
  }
  DropFiles files_;
  mutable int left_;
  bool after_;
};

class DropFolderTest : public testing::Test {
 protected:
  DropFolderTest()
      : live_(folder_.path() / "state", master()),
        files_(BatchFiles::open(live_.state / "batches", master()).value()),
        drop_(folder_.path() / "drop") {
    fs::create_directory(drop_);
    fs::permissions(drop_, fs::perms::owner_all);
    exchange::Terms terms;
    terms.organisation = "0860737913";
    terms.allow_mock_ssin = true;
    facilities_.reset(new exchange::Facilities{*live_.sequencer,
                                               *live_.vault,
                                               exchange::FormatsInUse(exchange::load_formats("mappings", {}).value()),
                                               exchange::KeptMappings(live_.state / "mappings"),
                                               Clock{},
                                               std::move(terms),
                                               {}});
    open_batches();
  }

  void open_batches() {
    batches_.reset();
    exchange::BatchOptions options;
    options.render = [](const std::string&, const exchange::RecordReceipt& receipt) { return receipt.record.text(); };
    options.on_changed = [](const SubjectRef&) {};
    options.least_free_bytes = 0;
    batches_ = std::make_unique<Batches>(*facilities_, *files_, std::move(options));
    ASSERT_TRUE(batches_->start());
  }

  exchange::DropTerms terms() const {
    exchange::DropTerms terms{*log::ConfiguredName::parse("registry"), "fedasil", "0860737913", "/v1", {}};
    terms.forms = {{"*.ndjson", "application/x-ndjson", {}},
                   {"*.json", "application/json", {}},
                   {"*.xml", "application/xml", {}},
                   {"*.csv", "text/csv", {}}};
    terms.settle = std::chrono::milliseconds{0};
    return terms;
  }
  std::unique_ptr<DropFolder> open(exchange::DropTerms with) {
    return std::make_unique<DropFolder>(*batches_, std::make_unique<DropFiles>(drop_), Clock{}, std::move(with));
  }
  std::unique_ptr<DropFolder> open() { return open(terms()); }

  void drop(const std::string& name, std::string_view content) const {
    std::ofstream(drop_ / name, std::ios::binary) << content;
  }
  std::vector<std::string> names(const std::string& place = {}) const {
    std::vector<std::string> out;
    for (const auto& one : fs::directory_iterator(drop_ / place))
      if (!one.is_directory() || one.is_symlink()) out.push_back(one.path().filename().string());
    std::ranges::sort(out);
    return out;
  }
  std::string result(const std::string& place, const std::string& name) const {
    return read_file(drop_ / place / (name + ".result.json")).value_or("");
  }
  static std::string text_in(const std::string& json, std::string_view key) {
    const auto document = formats::parse_json(json);
    return document ? std::string(document->root().find(key).as_string().value_or("")) : std::string();
  }
  static std::int64_t number_in(const std::string& json, std::string_view key) {
    const auto document = formats::parse_json(json);
    return document ? document->root().find(key).as_int().value_or(-1) : -1;
  }

  TemporaryFolder folder_;
  LiveState live_;
  std::unique_ptr<BatchFiles> files_;
  std::unique_ptr<exchange::Facilities> facilities_;
  std::unique_ptr<Batches> batches_;
  fs::path drop_;
};

}  // namespace ketenpoort::storage
