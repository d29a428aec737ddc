// `ketenpoort send`: files of resident records or consents to a gateway, one JSON document per line.
#pragma once

#include "gateway/cli/command.hpp"

namespace ketenpoort::cli {

void add_send(CLI::App& app, Action& chosen);

}  // namespace ketenpoort::cli
