#include "gateway/application/configured.hpp"

#include <algorithm>
#include <utility>

namespace ketenpoort {

exchange::RetryPlan to_plan(const config::RetrySettings& retry) {
  return {retry.first, retry.factor, retry.max, retry.attempts};
}

exchange::Terms to_terms(const config::Configuration& configuration) {
  exchange::Terms terms;
  terms.organisation = configuration.settings.organisation;
  terms.allow_mock_ssin = configuration.settings.test && configuration.settings.test->allow_mock_ssin;
  terms.longest_hold = configuration.settings.longest_hold;
  terms.proposal_life = configuration.settings.proposal_life;
  terms.notices = configuration.notices;
  for (const auto& text : configuration.categories)
    terms.categories[text.category] = {{{"nl", text.nl}, {"fr", text.fr}, {"de", text.de}, {"en", text.en}}, text.dpv};
  for (const auto& purpose : configuration.purposes) terms.purpose_recipients[purpose.id] = purpose.recipient;
  for (const auto& activity : configuration.activities)
    for (const auto& purpose : activity.purposes) terms.activities[purpose] = activity.id + '@' + activity.version;
  for (const auto& partner : configuration.partners) {
    auto& recipient = terms.recipients[partner.recipient];
    recipient.id = partner.recipient;
    recipient.concurrency = partner.concurrency;
    if (partner.per_second) recipient.pace = std::make_shared<exchange::Pace>(*partner.per_second);
    recipient.retry = to_plan(partner.retry);
    recipient.mailbox = {partner.mailbox.lease, partner.mailbox.overdue_after};
    recipient.outcomes = partner.outcomes;
    recipient.body_channels = partner.bodies;
    for (const auto& [purpose, messages] : partner.messages)
      for (const auto& message : messages)
        recipient.routes[purpose].push_back({message.id, message.mapping, message.needs_ssin, message.channel});
  }
  return terms;
}

exchange::RetentionTerms to_retention(const std::vector<config::RetentionRule>& rules) {
  exchange::RetentionTerms terms;
  for (const auto& rule : rules) {
    if (rule.data == "record") terms.record = rule.keep;
    if (rule.data == "payload") terms.payload = rule.keep;
    if (rule.data == "proof") terms.proof = rule.keep;
    if (rule.data == "directory") terms.directory = rule.keep;
  }
  return terms;
}

exchange::PolicySet to_policy(const config::Configuration& configuration) {
  exchange::PolicySet policy;
  policy.environment = configuration.settings.environment;
  policy.configuration = configuration.digest;
  policy.longest_hold = configuration.settings.longest_hold;
  if (const auto& anchors = configuration.settings.ledger.anchors)
    policy.anchoring = ledger::Anchoring{
        static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(anchors->max_age).count()),
        anchors->quorum};
  policy.purposes = configuration.purposes;
  for (const auto& stated : configuration.rules) policy.rules.push_back({stated.rule, stated.text});
  for (const auto& stated : configuration.agreements)
    policy.agreements.push_back({stated.agreement, {stated.sha256, stated.signer}});
  return policy;
}

std::vector<api::ClientConfig> to_clients(const std::vector<config::Client>& clients) {
  std::vector<api::ClientConfig> out;
  for (const auto& client : clients) {
    api::ClientConfig one{client.id, client.organisation, {client.scopes.begin(), client.scopes.end()}};
    if (!client.certificate_name.empty()) one.certificate_subject = client.certificate_name;
    if (const auto raw = from_hex(client.certificate_thumbprint); raw && raw->size() == sizeof(Digest)) {
      one.certificate_thumbprint.emplace();
      std::copy(raw->begin(), raw->end(), one.certificate_thumbprint->begin());
    }
    if (!client.token_subject.empty()) one.token_subject = client.token_subject;
    if (!client.recipient.empty()) one.recipient = client.recipient;
    out.push_back(std::move(one));
  }
  return out;
}

mapping::LoadOptions to_load_options(const config::Configuration& configuration) {
  mapping::LoadOptions options;
  for (const auto& purpose : configuration.purposes)
    options.purposes[purpose.id] = {purpose.required, purpose.optional};
  return options;
}

}  // namespace ketenpoort
