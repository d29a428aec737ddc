#include "gateway/ledger/published/export.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "gateway/ledger/tree/tree.hpp"
#include "tests/support/ledger_folder.hpp"

namespace ketenpoort::ledger {
namespace {

class AnExport : public testing::Test {
 protected:
  static constexpr std::size_t size = 300;

  void SetUp() override {
    for (std::size_t i = 0; i < size; ++i) entries_.push_back("{\"n\":" + std::to_string(i) + "}");
    folder_.write(entries_, {size});
  }

  Status write(std::uint64_t from, std::uint64_t to) {
    out_.clear();
    const auto prepared = prepare_export(folder_.path(), test::test_key().verifier(), from, to);
    if (!prepared) return fail(prepared.error());
    return write_export(folder_.path(), *prepared, {[&](std::string_view part) {
                          out_ += part;
                          return Status{};
                        }});
  }

  [[nodiscard]] std::vector<std::string> lines() const {
    std::vector<std::string> lines;
    for (std::size_t at = 0, end = 0; (end = out_.find('\n', at)) != std::string::npos; at = end + 1)
      lines.push_back(out_.substr(at, end - at));
    return lines;
  }

  // Checked as the format's document says, with what stands in the file and the log's key alone.
  [[nodiscard]] bool holds() const {
    const auto all = lines();
    const auto header = parse_export_header(all.front());
    if (!header) return false;
    const auto checkpoint = open_checkpoint(header->checkpoint, test::test_key().verifier());
    if (!checkpoint || all.size() != header->to - header->from + 2 || out_.back() != '\n') return false;
    TreeEdge edge;
    if (!append_cover(edge, header->from, header->left)) return false;
    for (auto line = all.begin() + 1; line != all.end(); ++line) edge.append(leaf_hash(as_bytes(*line)));
    return append_cover(edge, checkpoint->size, header->right) && edge.root() == checkpoint->root;
  }

  test::LedgerFolder folder_;
  std::vector<std::string> entries_;
  std::string out_;
};

TEST_F(AnExport, of_a_whole_log_needs_no_hashes) {
  ASSERT_TRUE(write(0, to_the_end));
  const auto header = *parse_export_header(lines().front());
  EXPECT_EQ(header.from, 0U);
  EXPECT_EQ(header.to, size - 1);
  EXPECT_TRUE(header.left.empty());
  EXPECT_TRUE(header.right.empty());
  EXPECT_EQ(header.checkpoint, folder_.get("checkpoint"));
  auto written = lines();
  written.erase(written.begin());
  EXPECT_EQ(written, entries_);
  EXPECT_TRUE(holds());
}

TEST_F(AnExport, of_any_range_leads_to_the_signed_root) {
  for (std::uint64_t from = 0; from < size; from += 7)
    for (std::uint64_t to = from; to < size; to += 13) {
      ASSERT_TRUE(write(from, to));
      ASSERT_TRUE(holds()) << from << " to " << to;
    }
  ASSERT_TRUE(write(size - 1, size - 1));
  EXPECT_TRUE(holds());
}

TEST_F(AnExport, with_any_line_changed_missing_or_twice_does_not_hold) {
  ASSERT_TRUE(write(37, 58));
  const auto good = out_;
  for (std::size_t i = 0; i < good.size(); ++i) {
    out_ = good;
    out_[i] = static_cast<char>(out_[i] ^ 1);
    ASSERT_FALSE(holds()) << i;
  }
  const auto first = good.find('\n') + 1;
  const auto length = good.find('\n', first) + 1 - first;
  out_ = good;
  out_.erase(first, length);
  EXPECT_FALSE(holds());
  out_ = good;
  out_.insert(first, good.substr(first, length));
  EXPECT_FALSE(holds());
}

TEST_F(AnExport, comes_in_pieces_of_which_the_last_one_comes_only_if_the_root_is_right) {
  entries_.assign(size, std::string(6'000, 'e'));
  folder_.write(entries_, {size});
  const auto read = [&](std::vector<std::string>& pieces) -> Status {
    ExportReader reader(folder_.path(), *prepare_export(folder_.path(), test::test_key().verifier(), 1));
    while (true) {
      auto piece = reader.next();
      if (!piece) return fail(piece.error());
      if (piece->empty()) break;
      pieces.push_back(std::move(*piece));
    }
    EXPECT_EQ(reader.done(), reader.total());
    return {};
  };
  ASSERT_TRUE(write(1, to_the_end));
  std::vector<std::string> pieces;
  ASSERT_TRUE(read(pieces));
  EXPECT_GT(pieces.size(), 5U);
  std::string whole;
  for (const auto& piece : pieces) {
    EXPECT_LT(piece.size(), 350'000U);
    whole += piece;
  }
  EXPECT_EQ(whole, out_);

  auto records = folder_.get("segments/00000000000000000000");
  records.back() ^= 1;
  folder_.put("segments/00000000000000000000", records);
  std::vector<std::string> broken;
  EXPECT_EQ(read(broken).error().code, ErrorCode::malformed);
  EXPECT_EQ(broken.size(), pieces.size() - 1);
}

TEST_F(AnExport, is_not_made_of_what_is_not_signed) {
  EXPECT_EQ(write(0, size).error().code, ErrorCode::invalid_input);
  EXPECT_EQ(write(5, 4).error().code, ErrorCode::invalid_input);
  EXPECT_EQ(write(size, to_the_end).error().code, ErrorCode::invalid_input);
  EXPECT_EQ(prepare_export(folder_.path(), test::test_key(8).verifier(), 0).error().code, ErrorCode::crypto);
}

TEST_F(AnExport, of_a_damaged_log_is_refused) {
  auto records = folder_.get("segments/00000000000000000000");
  records[records.size() / 2] ^= 1;
  folder_.put("segments/00000000000000000000", records);
  EXPECT_EQ(write(0, to_the_end).error().code, ErrorCode::malformed);
  folder_.put("segments/00000000000000000000", records.substr(0, records.size() / 2));
  EXPECT_EQ(write(0, to_the_end).error().code, ErrorCode::malformed);
}

TEST(ExportHeader, is_read_strictly) {
  const std::string hash = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
  const std::string good =
      R"({"checkpoint":"c","format":"ketenpoort-export@1","from":1,"left":[")" + hash + R"("],"right":[],"to":2})";
  ASSERT_TRUE(parse_export_header(good));
  EXPECT_EQ(format_export_header(*parse_export_header(good)), good);
  const auto with = [&](std::string_view part, std::string_view instead) {
    auto text = good;
    return text.replace(text.find(part), part.size(), instead);
  };
  for (const auto& text : {with("@1", "@2"), with("\"from\":1", "\"from\":3"), with("\"from\":1", "\"from\":-1"),
                           with("47D", "47"), with("\"to\":2", "\"to\":2,\"x\":1"), with("\"checkpoint\":\"c\",", ""),
                           with("[]", "{}"), with(":1", ": 1"), std::string("{}"), std::string()})
    EXPECT_EQ(parse_export_header(text).error().code, ErrorCode::malformed) << text;
}

}  // namespace
}  // namespace ketenpoort::ledger
