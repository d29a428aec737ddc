// By which channel a message reaches the legal person that its recipient is there.
#include <gtest/gtest.h>

#include "gateway/exchange/facilities/facilities.hpp"

namespace ketenpoort::exchange {
namespace {

TEST(BodyChannels, own_address_hub_and_what_is_said_of_one_message) {
  Recipient recipient;
  recipient.body_channels["0241347282"] = {{"", "brussels"}, {"vdab-figures", "elsewhere"}};
  const Route profile{"vdab-profile", "m"};
  const Route referral{"vdab-referral", "m", true, "magda"};
  const Route figures{"vdab-figures", "m", false, "magda"};
  EXPECT_EQ(recipient.channel_to("0887010362", profile), "");
  EXPECT_EQ(recipient.channel_to("0887010362", referral), "magda");
  EXPECT_EQ(recipient.channel_to("0241347282", profile), "brussels");
  EXPECT_EQ(recipient.channel_to("0241347282", referral), "magda") << "a hub, whose messages say for whom they are";
  EXPECT_EQ(recipient.channel_to("0241347282", figures), "elsewhere");
  EXPECT_EQ(recipient.channel_to("", profile), "") << "nobody is resolved";
}

}  // namespace
}  // namespace ketenpoort::exchange
