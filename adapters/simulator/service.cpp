#include "adapters/simulator/service.hpp"

#include <libxml/parser.h>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

namespace ketenpoort::simulator {
namespace {

constexpr std::chrono::milliseconds drain{1000};

void reply_later(boost::asio::thread_pool& workers, std::chrono::milliseconds delay, api::Reply reply,
                 api::ReplyTo reply_to) {
  auto timer = std::make_shared<boost::asio::steady_timer>(workers, delay);
  timer->async_wait(
      [timer, reply = std::move(reply), reply_to = std::move(reply_to)](const boost::system::error_code& error) {
        if (!error) reply_to(reply);
      });
}

}  // namespace

Result<std::unique_ptr<Service>> Service::start(ServiceOptions options) {
  options.simulator.certificate_required = !options.tls.client_authorities.empty();
  net::ServerOptions server;
  server.address = std::move(options.address);
  server.port = options.port;
  server.tls = std::move(options.tls);
  server.deadlines.answer = options.simulator.slow + std::chrono::seconds{30};

  const bool at_once = options.simulator.keeping == Keeping::one_file;
  auto simulator = Simulator::open(std::move(options.simulator));
  if (!simulator) return fail(std::move(simulator.error()));
  const std::shared_ptr<Simulator> shared = std::move(*simulator);
  return start(
      std::move(server), [shared](const api::Request& request) { return shared->take(request); }, at_once);
}

Result<std::unique_ptr<Service>> Service::start(net::ServerOptions server, React react, bool at_once) {
  xmlInitParser();  // else libxml2 does it at its first use, which may be two workers' at once: a race of its own
  std::unique_ptr<Service> service(new Service(std::move(react)));
  service->at_once_ = at_once;
  auto started =
      net::Server::start(std::move(server), [self = service.get()](api::Request request, api::ReplyTo reply_to) {
        self->handle(std::move(request), std::move(reply_to));
      });
  if (!started) return fail(std::move(started.error()));
  service->server_ = std::move(*started);
  return service;
}

Service::~Service() {
  if (server_) server_->stop(drain);
  workers_.stop();  // answers still being waited for are dropped: the connections are closed
  workers_.join();
}

void Service::handle(api::Request request, api::ReplyTo reply_to) {
  if (at_once_) return react(request, reply_to);
  boost::asio::post(workers_,
                    [this, request = std::move(request), reply_to = std::move(reply_to)] { react(request, reply_to); });
}

void Service::react(const api::Request& request, const api::ReplyTo& reply_to) {
  auto reaction = react_(request);
  if (!reaction.reply)
    reply_to(api::close_without_answer());
  else if (reaction.delay.count() > 0)
    reply_later(workers_, reaction.delay, std::move(*reaction.reply), reply_to);
  else
    reply_to(std::move(*reaction.reply));
}

}  // namespace ketenpoort::simulator
