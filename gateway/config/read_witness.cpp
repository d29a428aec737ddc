// witness.yaml.
#include <fmt/format.h>

#include "gateway/base/files.hpp"
#include "gateway/config/reader.hpp"
#include "gateway/config/witness.hpp"

namespace ketenpoort::config {
namespace {

constexpr std::size_t largest_file = std::size_t{1} << 20;
constexpr std::uint16_t highest_port = 65535;

WitnessFile::Server read_server(Section server) {
  WitnessFile::Server read;
  read.address = server.ip_address("address");
  read.port = server.integer<std::uint16_t>("port", read.port, 0, highest_port);
  read.certificate = server.existing_file("certificate");
  read.key = server.existing_file("key");
  read.prefix = server.text("prefix", Need::optional);
  if (!read.prefix.empty() && (read.prefix.front() != '/' || read.prefix.back() == '/'))
    server.complain("prefix", "`prefix` must begin with a slash and not end with one");
  return read;
}

WitnessFile read_witness(Section witness) {
  WitnessFile read;
  read.key = witness.existing_file("key");
  read.state = witness.path("state");
  if (auto server = witness.section("server", Need::required)) read.server = read_server(std::move(*server));
  for (auto& log : witness.sections("logs")) read.logs.push_back(log.texts("vkeys"));
  if (read.logs.empty()) witness.complain("`logs` is empty: a witness witnesses at least one log");
  return read;
}

}  // namespace

Result<WitnessFile> load_witness(const std::filesystem::path& path) {
  auto text = read_file(path, largest_file);
  if (!text) return fail(text.error());
  auto root = formats::parse_yaml(*text);
  Problems problems;
  WitnessFile read;
  if (root) {
    const SourceFile file{path, std::move(*text), std::move(*root)};
    read = read_witness({file, file.root, problems});
  } else {
    for (const auto& issue : root.error().issues)
      problems.add({ErrorCode::config, fmt::format("{}:{}", path.string(), issue.where), issue.detail});
    if (problems.empty()) problems.add({ErrorCode::config, fmt::format("{}:1:1", path.string()), root.error().message});
  }
  if (!problems.empty()) {
    auto message = fmt::format("{} cannot be used", path.string());
    return fail(ErrorCode::config, std::move(message), problems.take());
  }
  return read;
}

}  // namespace ketenpoort::config
