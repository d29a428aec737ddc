// Graphs that are surely as the rules want them, told while they are parsed, without a tree. What this reader does not
// take, right or wrong, is find_graph_fault's to judge: messages come with @id and @type before the rest, for instance.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "adapters/simulator/kvs_graph.hpp"

namespace ketenpoort::simulator {

class QuickGraph {
 public:
  // The shapes are compiled once; what `rules` point at outlives this.
  explicit QuickGraph(const GraphRules& rules);

  // True only when find_graph_fault finds nothing.
  [[nodiscard]] bool is_surely_right(std::string_view body, std::string_view transfer_id) const;

 private:
  class Reader;
  struct CompiledShape {
    const Shape* shape = nullptr;
    std::uint64_t required = 0;  // by position
    bool stands_in_graph = false;
    bool is_own = false;  // of the project: with a context
    bool is_identifier = false;
  };
  void compile(std::span<const Shape> shapes);

  const GraphRules& rules_;
  std::unordered_map<std::string_view, CompiledShape> shapes_;
  std::vector<std::string_view> once_;
};

// find_graph_fault, quickly where nothing is wrong.
class GraphCheck {
 public:
  explicit GraphCheck(const GraphRules& rules) : rules_(rules), quick_(rules) {}
  [[nodiscard]] std::optional<std::string> find_fault(std::string_view body, std::string_view transfer_id) const {
    if (quick_.is_surely_right(body, transfer_id)) return std::nullopt;
    return find_graph_fault(body, transfer_id, rules_);
  }

 private:
  const GraphRules& rules_;
  QuickGraph quick_;
};

}  // namespace ketenpoort::simulator
