// Wires everything, top to bottom: the only file that knows all.
#pragma once

#include <functional>
#include <memory>

#include "gateway/base/result.hpp"
#include "gateway/config/settings.hpp"

namespace ketenpoort {

class Application {
 public:
  // Opens the state, writes what is activated into the ledger, starts deliveries and listens. Fails with a sentence for
  // the operator.
  static Result<std::unique_ptr<Application>> start(const config::Configuration& configuration);
  ~Application();
  Application(const Application&) = delete;
  Application& operator=(const Application&) = delete;

  // `configuration` as it is read now, with certificates, token keys and mappings: all of it counts from here on, or
  // nothing does, and log, health and stderr say why (application_reload.cpp).
  void reload(const Result<config::Configuration>& configuration);
  void tidy();  // now and then: lets go of what an earlier reload left over
  void stop();  // stops accepting, drains, flushes

 private:
  struct Parts;
  explicit Application(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

// Starts, waits for SIGTERM or SIGINT, stops; the exit code. `reread` is asked at each SIGHUP.
int run_gateway(const config::Configuration& configuration,
                const std::function<Result<config::Configuration>()>& reread);

}  // namespace ketenpoort
