// Einsum: the equation's letters against the inputs' dimensions, as onnx reads it.
#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "check/shape/infer.h"

namespace modelexport::check {
namespace {

constexpr std::string_view kDots = "...";

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::size_t letters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), is_letter));
}

/// One side of the equation being read.
class Equation {
 public:
  explicit Equation(ShapeNode& node) : node_(node) {}

  /// False, and a problem, where a term does not fit its input.
  bool read(std::string_view left) {
    std::size_t operand = 0;
    for (std::size_t at = 0; at <= left.size(); ++operand) {
      const std::size_t comma = std::min(left.find(',', at), left.size());
      if (operand >= node_.count()) return wrong_number();
      if (!term(left.substr(at, comma - at), operand)) return false;
      at = comma + 1;
    }
    return operand == node_.count() || wrong_number();
  }

  void write(std::string_view right) {
    Dims out;
    const std::size_t dots = right.find(kDots);
    for (std::size_t i = 0; i < right.size(); ++i) {
      if (i == dots) {
        out.insert(out.end(), hidden_, -1);
        i += kDots.size() - 1;
      } else if (is_letter(right[i])) {
        const auto found = sizes_.find(right[i]);
        if (found == sizes_.end()) return node_.fail("the result has a letter that no input has");
        out.push_back(found->second);
      }
    }
    node_.set(0, std::move(out));
  }

  /// Without an arrow: the letters that are there once, in order.
  void write_implicit() {
    Dims out(hidden_, -1);
    for (const auto& [letter, size] : sizes_)
      if (twice_.count(letter) == 0) out.push_back(size);
    node_.set(0, std::move(out));
  }

 private:
  bool wrong_number() {
    node_.fail("the equation has another number of terms than there are inputs");
    return false;
  }

  bool term(std::string_view text, std::size_t operand) {
    const ShapeRef shape = node_.input(operand);
    const std::size_t named = letters(text);
    const std::size_t dots = text.find(kDots);
    // ONNX Runtime 1.32 never comes back from a dot that is alone.
    if (dots == std::string_view::npos && text.find('.') != std::string_view::npos) {
      node_.fail("a dot that is not one of three");
      return false;
    }
    const bool fits = dots == std::string_view::npos ? shape->size() == named : shape->size() >= named;
    if (!fits) {
      node_.fail("term " + std::to_string(operand) + " names " + std::to_string(named) +
                 " dimensions of an input with " + std::to_string(shape->size()));
      return false;
    }
    const std::size_t hidden = shape->size() - named;
    if (dots != std::string_view::npos) {
      if (seen_dots_ && hidden != hidden_) {
        node_.fail("the dots stand for different numbers of dimensions");
        return false;
      }
      hidden_ = hidden;
      seen_dots_ = true;
    }
    std::size_t dim = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (i == dots) dim += hidden;
      if (!is_letter(text[i])) continue;
      if (!sizes_.emplace(text[i], (*shape)[dim++]).second) twice_.insert(text[i]);
    }
    return true;
  }

  ShapeNode& node_;
  std::map<char, std::int64_t> sizes_;
  std::set<char> twice_;
  std::size_t hidden_ = 0;
  bool seen_dots_ = false;
};

void einsum(ShapeNode& node) {
  const onnx::AttributeView* attribute = node.attribute("equation");
  if (attribute == nullptr || attribute->s.empty() || node.count() == 0) return;
  for (std::size_t i = 0; i < node.count(); ++i)
    if (node.input(i) == nullptr) return;
  const std::string_view text = attribute->s;
  const std::size_t arrow = text.find("->");
  Equation equation(node);
  if (!equation.read(text.substr(0, arrow))) return;
  if (arrow == std::string_view::npos) return equation.write_implicit();
  equation.write(text.substr(arrow + 2));
}

constexpr std::array kRules = {ShapeRule{"Einsum", 12, einsum}};

}  // namespace

std::span<const ShapeRule> einsum_shapes() { return kRules; }

}  // namespace modelexport::check
