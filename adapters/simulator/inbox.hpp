// What a simulated partner received: as files, NNNNNN.body, and NNNNNN.json once the body is there; or all in one file,
// messages.log, which costs a busy partner a hundredth of that.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "gateway/base/digest.hpp"
#include "gateway/base/result.hpp"
#include "gateway/base/uuid.hpp"
#include "gateway/domain/call.hpp"

namespace ketenpoort::simulator {

struct Message {
  Timestamp time{};
  std::string_view method;
  std::string_view path;
  const Headers& headers;  // names in lower case
  std::string_view body;
  std::optional<std::string> refusal{};  // why it was not taken
};

enum class Keeping : unsigned char {
  files,     // two a message, for people and tests to look at
  one_file,  // messages.log: a line of JSON with `bytes`, so many bytes of body, a line break; and again
};

// Thread-safe. Bodies are kept as they came, so the folder holds personal data: test data only.
class Inbox {
 public:
  // Makes the folder; reads from what stands there which bytes each idempotency key stood for.
  static Result<std::unique_ptr<Inbox>> open(std::filesystem::path folder, Keeping keeping = Keeping::files);
  ~Inbox();
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;

  // False when the key already stands for other bytes.
  bool bind(const Uuid& key, const Digest& body);

  // When it returns the message outlives the process, not a power cut.
  Status store(const Message& message);

 private:
  explicit Inbox(std::filesystem::path folder) : folder_(std::move(folder)) {}
  Status load();
  Status load_key(const std::filesystem::path& description);
  bool bind_described(std::string_view description, std::string_view body);  // false: no description
  Status open_log();
  Result<std::uint64_t> load_log(const std::filesystem::path& file);
  Status append(const Message& message);
  unsigned next_number();

  std::filesystem::path folder_;
  std::mutex mutex_;  // guards what follows
  unsigned last_ = 0;
  int log_ = -1;  // of one_file
  std::uint64_t log_size_ = 0;
  std::unordered_map<Uuid, Digest, UuidHash> bytes_by_key_;
};

}  // namespace ketenpoort::simulator
