// A folder with one small mapping, its example and the schemas that a gateway loads; and a gateway's facilities on a
// log of their own.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "gateway/exchange/terms/activate.hpp"
#include "tests/support/scratch_folder.hpp"
#include "tests/unit/exchange/no_vault.hpp"
#include "tests/unit/ledger/log_fixture.hpp"

namespace ketenpoort::exchange {

class SmallMappings {
 public:
  SmallMappings() {
    write("schemas/resident-1.schema.json",
          R"({"type":"object","additionalProperties":false,"properties":{"name":{"type":"string"},)"
          R"("sex":{"type":"integer","enum":[1,2]}}})");
    write("schemas/resident-1.categories.yaml", "categories: { identity-core: [name], identity-more: [sex] }\n");
    write("schemas/consent-1.schema.json", R"({"type":"object"})");
    write("schemas/target.json", R"({"type":"object","additionalProperties":false,)"
                                 R"("properties":{"n":{"type":"string"},"s":{"type":"string"}}})");
    code_list("M");
    mapping("1.0.0");
    example(R"({"n":"Ann","s":"V"})");
  }

  void write(const std::string& name, std::string_view text) const {
    const auto path = folder() / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
  }

  void code_list(std::string_view man) const {
    write("codelists/sex.csv", "source,target,label,from,to\n1," + std::string(man) + ",Man,,\n2,V,Woman,,\n");
    write("codelists/sex.meta.yaml", "title: Sex\nversion: 1.0.0\nlicence: EUPL-1.2\n");
  }

  // `steps`: what is done to the name.
  void mapping(std::string_view version, std::string_view steps = "trim",
               std::string_view effective = "from: 2020-01-01", const std::string& file = "m.yaml") const {
    write(file,
          "mapping: m\nversion: " + std::string(version) + "\neffective: { " + std::string(effective) +
              " }\nsource: { format: json, schema: schemas/resident-1.schema.json }\n"
              "target: { format: json, schema: schemas/target.json }\nrecipient: vdab\npurposes: [work-guidance]\n"
              "fields:\n  n: { from: name, do: [" +
              std::string(steps) +
              "], data: identity-core }\n  s: { from: sex, codes: sex, unmapped: omit, data: identity-more }\n"
              "ignore:\n  derived: not needed here\n");
  }

  void example(std::string_view output) const {
    write("examples/m/01-ann.in.json",
          R"({"record":{"name":"Ann","sex":2},"purpose":"work-guidance","at":"2026-11-24"})");
    write("examples/m/01-ann.out.json", output);
  }

  [[nodiscard]] std::filesystem::path folder() const { return scratch_.path(); }

 private:
  test::ScratchFolder scratch_;
};

class FormatsFixture : public ledger::LogFixture {
 protected:
  void SetUp() override {
    LogFixture::SetUp();
    sequencer_ = open();
    auto formats = load_formats(files_.folder(), {});
    if (!formats)
      for (const auto& issue : formats.error().issues) ADD_FAILURE() << issue.where << ": " << issue.detail;
    ASSERT_TRUE(formats);
    Terms terms;
    terms.organisation = "0860737913";
    terms.recipients["vdab"].id = "vdab";
    terms.recipients["vdab"].routes["work-guidance"] = {{"vdab-profile", "m", false}};
    facilities_.reset(new Facilities{*sequencer_,
                                     vault_,
                                     FormatsInUse(std::move(*formats)),
                                     KeptMappings(state_ / "mappings"),
                                     Clock{},
                                     std::move(terms),
                                     {}});
  }
  void TearDown() override {
    facilities_.reset();
    sequencer_.reset();
    LogFixture::TearDown();
  }

  // Versions as the log says that they were activated, in order.
  [[nodiscard]] std::string activations() const {
    std::string out;
    for (std::uint64_t seq = 0; seq < sequencer_->size(); ++seq) {
      const auto bytes = sequencer_->entry_bytes(seq).value();
      const auto entry = ledger::decode_entry(bytes).value();
      if (entry.kind == "mapping.activated") out += (out.empty() ? "" : " ") + entry.body.find("version").text();
    }
    return out;
  }

  SmallMappings files_;
  NoVault vault_;
  std::unique_ptr<ledger::Sequencer> sequencer_;
  std::unique_ptr<Facilities> facilities_;
};

}  // namespace ketenpoort::exchange
