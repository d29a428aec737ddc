#include "gateway/config/reread.hpp"

#include <utility>

namespace ketenpoort::config {
namespace {

class Keeper {
 public:
  template <class Value>
  void keep(std::string_view key, const Value& running, Value& next) {
    if (running == next) return;
    changed_.push_back(key);
    next = running;
  }
  [[nodiscard]] std::vector<std::string_view> changed() && { return std::move(changed_); }

 private:
  std::vector<std::string_view> changed_;
};

}  // namespace

Status check_same_environment(const Configuration& running, const Configuration& next) {
  if (running.settings.environment == next.settings.environment) return {};
  return fail(ErrorCode::config, "the environment cannot change while the gateway runs",
              {{ErrorCode::config, "gateway.yaml, environment",
                "`environment` was `" + running.settings.environment + "` at the start and is `" +
                    next.settings.environment + "` now: stop the gateway and start it again"}});
}

std::vector<std::string_view> keep_what_needs_a_restart(const Configuration& running, Configuration& next) {
  const auto& was = running.settings;
  auto& is = next.settings;
  Keeper keeper;
  keeper.keep("test", was.test, is.test);
  keeper.keep("node", was.node, is.node);
  keeper.keep("organisation", was.organisation, is.organisation);
  keeper.keep("server.address", was.server.address, is.server.address);
  keeper.keep("server.port", was.server.port, is.server.port);
  keeper.keep("server.certificate", was.server.certificate, is.server.certificate);
  keeper.keep("server.key", was.server.key, is.server.key);
  keeper.keep("server.clientAuthorities", was.server.client_authorities, is.server.client_authorities);
  keeper.keep("server.clientRevocations", was.server.client_revocations, is.server.client_revocations);
  keeper.keep("server.limits", was.server.limits, is.server.limits);
  keeper.keep("server.deadlines", was.server.deadlines, is.server.deadlines);
  keeper.keep("server.threads", was.server.threads, is.server.threads);
  keeper.keep("server.workers", was.server.workers, is.server.workers);
  keeper.keep("metrics.port", was.metrics_port, is.metrics_port);
  keeper.keep("tokens", was.tokens, is.tokens);
  keeper.keep("state", was.state, is.state);
  keeper.keep("masterKey", was.master_key, is.master_key);
  keeper.keep("ledger", was.ledger, is.ledger);
  keeper.keep("folders.mappings", was.mappings, is.mappings);
  return std::move(keeper).changed();
}

}  // namespace ketenpoort::config
