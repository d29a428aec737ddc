// Policy owners: outside environment "test" a policy file counts only with the signature of one of them beside it.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "gateway/base/result.hpp"

namespace ketenpoort::config {

// FILE.sig holds lines "<owner> <base64 of the Ed25519 signature (RFC 8032) over FILE's bytes>"; one that verifies
// under the public key (PEM) the configuration names for that owner is enough. Gives that owner's name. Fails with
// ErrorCode::config and a sentence on what to do.
Result<std::string> verify_owner(const std::filesystem::path& file, std::string_view content,
                                 const std::map<std::string, std::filesystem::path>& public_keys);

}  // namespace ketenpoort::config
