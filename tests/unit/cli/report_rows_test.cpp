#include "gateway/cli/report_rows.hpp"

#include <gmock/gmock.h>

namespace ketenpoort::cli {
namespace {

using testing::ElementsAre;

TEST(SendingRows, are_one_for_each_sending_or_one_for_a_transfer_without) {
  const auto report = formats::parse_json(R"json({"transfers":[
    {"id":"t1","requestedAt":"2026-11-24T11:00:00.000Z","recipient":"vdab","purpose":"work-guidance",
     "message":"vdab-profile","state":"acknowledged","decisions":[{"state":"held","reasons":[{"reason":"no-consent"}]}],
     "sent":[{"at":"2026-11-24T11:01:00.000Z","organisation":"0887010362","arrived":"PERHAPS",
              "categories":[{"category":"languages","label":"Talen"},{"category":"skills","label":"Kunnen"}],
              "ground":{"basis":"GDPR art. 6(1)(e)","agreement":{"id":"sample"},"consent":"c1"}},
             {"at":"2026-11-24T11:02:00.000Z","organisation":"0887010362","arrived":"YES","categories":[],
              "ground":{"basis":"GDPR art. 6(1)(e)","agreement":{"id":"sample"},"consent":"c1"}}]},
    {"id":"t2","requestedAt":"2026-11-24T11:00:00.000Z","recipient":"agii","purpose":"language-course",
     "message":"agii-dossier","state":"held",
     "decisions":[{"state":"held","reasons":[{"reason":"no-consent"},{"reason":"minor"}]}],"sent":[]}]})json")
                          .value();
  const auto rows = sending_rows(report.root());
  ASSERT_EQ(rows.lines.size(), 3U);
  EXPECT_THAT(rows.lines[0], ElementsAre("t1", "2026-11-24T11:00:00.000Z", "vdab", "work-guidance", "vdab-profile",
                                         "acknowledged", "", "2026-11-24T11:01:00.000Z", "0887010362", "PERHAPS",
                                         "languages skills", "GDPR art. 6(1)(e)", "sample", "c1"));
  EXPECT_EQ(rows.lines[1][9], "YES");
  EXPECT_EQ(rows.lines[2][6], "no-consent minor");
  for (const auto& line : rows.lines) EXPECT_EQ(line.size(), rows.header.size());
}

}  // namespace
}  // namespace ketenpoort::cli
