// partners/*.yaml and clients.yaml: whom we call, and who calls us.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>

#include "gateway/base/ascii.hpp"
#include "gateway/config/sections.hpp"
#include "gateway/domain/partner_terms.hpp"

namespace ketenpoort::config {

namespace {

constexpr std::size_t thumbprint_digits = 64;  // SHA-256
constexpr std::size_t longest_file_name = 100;

bool is_thumbprint(std::string_view text) {
  return text.size() == thumbprint_digits &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::string read_url(Section& partner) {
  auto url = partner.text("url");
  if (url.empty()) return url;
  if (!url.starts_with("https://") || url.size() == 8 || url.find_first_of(" ?#@", 8) != std::string::npos)
    partner.complain("url", "`url` must be https://host, with a port and a path if need be, and nothing after them");
  while (url.ends_with('/')) url.pop_back();
  return url;
}

void check_mapping(Section& section, std::string_view key, const std::string& name, const Settings& settings) {
  std::error_code error;
  if (!std::filesystem::exists(settings.mappings / (name + ".yaml"), error))
    section.complain(key, fmt::format("`{}` is no mapping in {}", name, settings.mappings.string()));
}

Message read_message(Section message, const Settings& settings, const Partner& partner,
                     const std::vector<Message>& before) {
  Message read{message.text("message"), message.text("mapping"), message.flag("needsSsin", false),
               message.text("channel", Need::optional)};
  // Two of one name would be one transfer to a record, and chance which of them is sent.
  if (!read.id.empty() && std::ranges::find(before, read.id, &Message::id) != before.end())
    message.complain("message", fmt::format("`{}` stands twice for this purpose: give each its own name", read.id));
  if (!read.channel.empty() && read.channel != mailbox_channel && !partner.channels.contains(read.channel))
    message.complain("channel", fmt::format("`{}` is none of this partner's `channels`", read.channel));
  if (read.channel.empty() && !partner.has_address())
    message.complain("message", "the partner has no address: state `adapter`, `url` and `tls`, or `channel: mailbox`");
  // Whoever fetches gets all of the mailbox: another's messages must not lie in it.
  if (read.channel == mailbox_channel && !partner.bodies.empty())
    message.complain("channel",
                     "`mailbox` has no place for a partner with `bodies`: one box would hold the mail of several");
  if (!read.mapping.empty()) check_mapping(message, "mapping", read.mapping, settings);
  return read;
}

void read_messages(Section& section, Partner& partner, const Configuration& so_far) {
  for (auto& [purpose, messages] : section.grouped("messages")) {
    const auto registered = std::any_of(so_far.purposes.begin(), so_far.purposes.end(), [&](const Purpose& known) {
      return known.id == purpose && known.recipient == partner.recipient;
    });
    if (!registered)
      section.complain(
          "messages", fmt::format("`{}` is no purpose of recipient `{}` in purposes.yaml", purpose, partner.recipient));
    for (auto& message : messages) {
      auto& read = partner.messages[purpose];
      read.push_back(read_message(std::move(message), so_far.settings, partner, read));
    }
  }
}

// `inherited`: what a channel says nothing of is as on the partner's own.
Channel read_channel(Section& section, const Channel* inherited) {
  Channel channel;
  channel.adapter = section.text("adapter");
  channel.url = read_url(section);
  if (auto tls = section.section("tls", inherited == nullptr ? Need::required : Need::optional)) {
    channel.ca = tls->existing_file("ca");
    channel.certificate = tls->existing_file("certificate");
    channel.key = tls->existing_file("key");
  } else if (inherited != nullptr) {
    channel.ca = inherited->ca;
    channel.certificate = inherited->certificate;
    channel.key = inherited->key;
  }
  read_protocol(section, channel);
  read_magda(section, channel);
  return channel;
}

void read_channels(Section& section, Partner& partner) {
  auto channels = section.section("channels");
  if (!channels) return;
  const auto* inherited = partner.has_address() ? &partner.channel : nullptr;
  for (const auto& name : section.names("channels"))
    if (auto channel = channels->section(name)) {
      if (name == mailbox_channel)
        section.complain("channels", "`mailbox` is no address: a message that says `channel: mailbox` is fetched");
      partner.channels.emplace(name, read_channel(*channel, inherited));
    }
}

void read_bodies(Section& section, Partner& partner) {
  if (!section.has("bodies")) return;
  for (auto& one : section.sections("bodies")) {
    const auto body = one.kbo_number("body");
    const auto channel = one.text("channel");
    if (!channel.empty() && !partner.channels.contains(channel))
      one.complain("channel", fmt::format("`{}` is none of this partner's `channels`", channel));
    const auto message = one.text("message", Need::optional);
    if (!partner.bodies[body].emplace(message, channel).second)
      one.complain("body", fmt::format("`{}` stands twice: a message of its reaches it in one way", body));
  }
}

// Roles that one client must not have together: who sends or receives data does not audit, who audits does not erase,
// who runs the machine sees no person.
void check_roles(Section& client, const std::vector<std::string>& scopes) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 15> apart{{{"audit", "records"},
                                                                                 {"audit", "consents"},
                                                                                 {"audit", "partner"},
                                                                                 {"audit", "rights"},
                                                                                 {"audit", "operator"},
                                                                                 {"rights", "records"},
                                                                                 {"rights", "consents"},
                                                                                 {"rights", "partner"},
                                                                                 {"rights", "operator"},
                                                                                 {"partner", "records"},
                                                                                 {"partner", "consents"},
                                                                                 {"partner", "transfers"},
                                                                                 {"partner", "operator"},
                                                                                 {"operator", "records"},
                                                                                 {"operator", "consents"}}};
  const auto has = [&](std::string_view scope) {
    return std::find(scopes.begin(), scopes.end(), scope) != scopes.end();
  };
  for (const auto& [one, other] : apart)
    if (has(one) && has(other))
      client.complain("scopes",
                      fmt::format("`{}` and `{}` are roles of different people: make two clients of it", one, other));
}

// Its client's id names the file that says how far it got.
bool names_a_file(std::string_view id) {
  return !id.empty() && id.size() <= longest_file_name && id.front() != '.' &&
         std::all_of(id.begin(), id.end(),
                     [](char c) { return is_letter_or_digit(c) || c == '-' || c == '_' || c == '.'; });
}

Webhook read_webhook(Section section) {
  Webhook webhook;
  webhook.url = read_url(section);
  if (auto tls = section.section("tls", Need::required)) {
    webhook.ca = tls->existing_file("ca");
    webhook.certificate = tls->existing_file("certificate", Need::optional);
    webhook.key = tls->existing_file("key", Need::optional);
    if (webhook.certificate.empty() != webhook.key.empty())
      tls->complain("`certificate` and `key` belong together: state both or neither");
  }
  return webhook;
}

RecallSettings read_recalls(Section section, bool has_address) {
  RecallSettings recalls;
  recalls.push = section.flag("push", has_address);
  if (recalls.push && !has_address)
    section.complain("push", "a partner without an address cannot be called: it reads GET /notifications itself");
  if (auto path = section.text("path", Need::optional); !path.empty()) recalls.path = std::move(path);
  if (!recalls.path.starts_with('/') || recalls.path.find_first_of(" ?#%") != std::string::npos)
    section.complain("path", "`path` must begin with `/` and have neither query nor blanks: it follows the url");
  return recalls;
}

MailboxSettings read_mailbox(Section section) {
  MailboxSettings mailbox;
  mailbox.lease = section.duration("lease", mailbox.lease);
  mailbox.overdue_after = section.duration("overdueAfter", mailbox.overdue_after);
  if (mailbox.lease < std::chrono::seconds{1} || mailbox.lease > std::chrono::hours{24})
    section.complain("lease",
                     "`lease` must be from 1s to 1d: while it runs, nothing newer about the person can follow");
  return mailbox;
}

void read_limits(Section& limits, Partner& partner) {
  partner.concurrency = limits.integer<std::size_t>("concurrency", partner.concurrency, 1, 1000);
  if (limits.has("perSecond")) partner.per_second = limits.integer<std::size_t>("perSecond", 1, 1, 10000);
  partner.channel.timeout = limits.duration("timeout", partner.channel.timeout);
  if (partner.channel.timeout < std::chrono::milliseconds{10} || partner.channel.timeout > std::chrono::hours{1})
    limits.complain("timeout", "`timeout` must be from 10ms to 1h: so long a call may keep its place");
  for (auto& [name, channel] : partner.channels) channel.timeout = partner.channel.timeout;
}

Client read_client(Section client) {
  Client read;
  read.id = client.text("id");
  read.organisation = client.kbo_number("organisation");
  read.scopes = client.texts("scopes");
  for (const auto& scope : read.scopes) {
    constexpr std::array known{"records", "consents", "transfers", "partner", "audit",
                               "rights",  "ledger",   "operator",  "witness"};
    if (std::find(known.begin(), known.end(), scope) == known.end())
      client.complain("scopes", fmt::format("`{}` is no scope: known are {}", scope, fmt::join(known, ", ")));
  }
  check_roles(client, read.scopes);
  if (auto certificate = client.section("certificate")) {
    read.certificate_name = certificate->text("commonName", Need::optional);
    read.certificate_thumbprint = certificate->text("thumbprint", Need::optional);
    if (!read.certificate_thumbprint.empty() && !is_thumbprint(read.certificate_thumbprint))
      certificate->complain("thumbprint", "`thumbprint` must be the certificate's SHA-256 in 64 lower-case hex digits");
  }
  if (auto token = client.section("token")) read.token_subject = token->text("subject");
  if (read.certificate_name.empty() && read.certificate_thumbprint.empty() && read.token_subject.empty())
    client.complain("nobody can be recognised as this client: state `certificate` or `token`");
  read.recipient = client.text("recipient", Need::optional);
  if (auto webhook = client.section("webhook")) {
    read.webhook = read_webhook(std::move(*webhook));
    if (std::find(read.scopes.begin(), read.scopes.end(), "transfers") == read.scopes.end())
      client.complain("webhook", "`webhook` tells what scope transfers shows: add that scope, or take it away");
    if (!names_a_file(read.id))
      client.complain("id",
                      "the `id` of a client with a webhook names a file: up to 100 letters, digits, '-', '_' and '.', "
                      "no '.' in front");
  }
  const bool partner = std::find(read.scopes.begin(), read.scopes.end(), "partner") != read.scopes.end();
  if (partner == read.recipient.empty()) client.complain("`recipient` belongs to scope partner: state both or neither");
  return read;
}

// Two clients that look the same would have one another's rights.
void check_distinct(Section& file, const Client& client, const std::vector<Client>& others) {
  const auto same = [](const std::string& a, const std::string& b) { return !a.empty() && a == b; };
  for (const auto& other : others)
    if (same(client.id, other.id) || same(client.certificate_name, other.certificate_name) ||
        same(client.certificate_thumbprint, other.certificate_thumbprint) ||
        same(client.token_subject, other.token_subject))
      file.complain("clients", fmt::format("clients `{}` and `{}` share an id, certificate or token subject", other.id,
                                           client.id));
}

}  // namespace

Partner read_partner(Section section, const Configuration& so_far) {
  Partner partner;
  partner.id = section.text("partner");
  partner.recipient = section.text("recipient");
  for (const auto& other : so_far.partners)
    if (other.id == partner.id || other.recipient == partner.recipient)
      section.complain("partner", fmt::format("partner `{}` has the same id or recipient: one file each", other.id));
  if (section.has("adapter") || section.has("url") || section.has("tls"))
    partner.channel = read_channel(section, nullptr);
  read_channels(section, partner);
  read_bodies(section, partner);
  read_messages(section, partner, so_far);
  partner.outcomes = section.texts("outcomes", Need::optional);
  for (const auto& mapping : partner.outcomes) check_mapping(section, "outcomes", mapping, so_far.settings);
  if (auto limits = section.section("limits")) read_limits(*limits, partner);
  partner.retry = so_far.settings.retry;
  partner.recalls.push = partner.has_address();
  if (auto recalls = section.section("recalls"))
    partner.recalls = read_recalls(std::move(*recalls), partner.has_address());
  if (auto mailbox = section.section("mailbox")) partner.mailbox = read_mailbox(std::move(*mailbox));
  if (auto retry = section.section("retry")) partner.retry = read_retry(std::move(*retry), partner.retry);
  return partner;
}

std::vector<Client> read_clients(Section file) {
  std::vector<Client> clients;
  for (auto& section : file.sections("clients")) {
    auto client = read_client(std::move(section));
    check_distinct(file, client, clients);
    clients.push_back(std::move(client));
  }
  return clients;
}

}  // namespace ketenpoort::config
