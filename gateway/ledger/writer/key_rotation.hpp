// How a new signing key is handed to a gateway: as a file beside the one in use. KEY.next is the order to rotate to it;
// the gateway obeys at its start and on SIGHUP, and puts it in KEY's place once a checkpoint signed by it stands.
// KEY.prepared is a key made beforehand, so that witnesses can be told of it: no order yet.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/ledger/checkpoint/note.hpp"

namespace ketenpoort::ledger {

std::filesystem::path next_key_file(const std::filesystem::path& signing_key);
std::filesystem::path prepared_key_file(const std::filesystem::path& signing_key);

// The key in a file; it must bear the origin's name. ErrorCode::config naming the file.
Result<SigningKey> load_signing_key(const std::filesystem::path& file, std::string_view origin);

// The key in use, and after it the next one if there is an order to rotate.
Result<std::vector<SigningKey>> load_signing_keys(const std::filesystem::path& signing_key, std::string_view origin);

// Puts the next key in the place of the one in use; that one is gone then.
Status finish_rotation(const std::filesystem::path& signing_key);

// Gives the order: with the prepared key if there is one, else with a new one. An order that stands is kept. The key
// ordered.
Result<SigningKey> order_rotation(const std::filesystem::path& signing_key, std::string_view origin);

// Makes the prepared key, or finds the one that stands.
Result<SigningKey> prepare_rotation(const std::filesystem::path& signing_key, std::string_view origin);

}  // namespace ketenpoort::ledger
