// Every mapping version that was ever activated, with each file it was made of, under its hash: a transfer of years ago
// can be shown again whatever became of the folder that people edit. Holds no personal data.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include "gateway/mapping/translate/mapping.hpp"

namespace ketenpoort::exchange {

class KeptMappings {
 public:
  explicit KeptMappings(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // Durable when it returns; does nothing for one that is there, and puts anew one that is there and was changed.
  [[nodiscard]] Status keep(const mapping::Mapping& mapping) const;

  // ErrorCode::not_found, with a sentence, when it was never kept or is not what its hash says.
  [[nodiscard]] Result<std::shared_ptr<const mapping::Mapping>> find(std::string_view name, std::string_view version,
                                                                     const Digest& hash) const;

 private:
  std::filesystem::path folder_;
};

}  // namespace ketenpoort::exchange
