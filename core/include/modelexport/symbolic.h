// Symbolic integer expressions: sizes such as `sequence_length`, `past + sequence`, `(height // 16) * 2`.
//
// Purpose    Shapes are inferred once, symbolically, so that no size of the example inputs is baked into a
//            graph. Expressions are kept in a canonical form (sum of products of atoms), so structural
//            equality decides `a*b + a == a*(b + 1)`.
// Assumption Symbols are sizes: integers >= 0.
// Ownership  Expr is a value; nodes are shared and immutable.
// Limits     Operations that would exceed Limits::expression_nodes give an opaque atom of their operands,
//            never a failure.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace modelexport {

class Expr {
 public:
  struct Atom;
  /// coefficient * product(atoms); atoms sorted, may repeat (powers).
  struct Term {
    std::int64_t coefficient = 0;
    std::vector<std::shared_ptr<const Atom>> atoms;
  };
  enum class Kind : std::uint8_t { symbol, floor_div, mod, max, min };
  /// A factor that is not split further: a symbol, or a function of two expressions.
  struct Atom {
    Kind kind = Kind::symbol;
    std::string name;             ///< symbol only
    std::vector<Expr> arguments;  ///< functions only: two operands
  };

  Expr() : Expr(0) {}
  Expr(std::int64_t value);  // NOLINT(google-explicit-constructor): integers are expressions
  Expr(int value) : Expr(static_cast<std::int64_t>(value)) {}  // NOLINT(google-explicit-constructor)
  static Expr symbol(std::string name);

  [[nodiscard]] std::optional<std::int64_t> constant() const;
  [[nodiscard]] bool is(std::int64_t value) const { return constant() == value; }
  [[nodiscard]] const std::vector<Term>& terms() const { return terms_; }  ///< empty means 0
  /// The name if the expression is exactly one symbol.
  [[nodiscard]] std::optional<std::string> as_symbol() const;
  /// All symbols, sorted, each once.
  [[nodiscard]] std::vector<std::string> symbols() const;
  /// Value under an assignment; nothing if a symbol is missing, a divisor is 0 or the result overflows.
  [[nodiscard]] std::optional<std::int64_t> evaluate(const std::map<std::string, std::int64_t>& values) const;
  /// Every occurrence of the symbols replaced.
  [[nodiscard]] Expr substitute(const std::map<std::string, Expr>& values) const;
  /// "past_sequence_length + sequence_length", "2*batch_size", "(height // 16)".
  [[nodiscard]] std::string to_string() const;
  /// True if the value is known to be >= 0 (>= 1) for all sizes.
  [[nodiscard]] bool known_non_negative() const;
  [[nodiscard]] bool known_positive() const;
  /// a / b if b divides a exactly as polynomials (also by a symbol), else nothing.
  [[nodiscard]] static std::optional<Expr> divide_exact(const Expr& a, const Expr& b);

  friend Expr operator+(const Expr& a, const Expr& b);
  friend Expr operator-(const Expr& a, const Expr& b);
  friend Expr operator*(const Expr& a, const Expr& b);
  friend Expr operator-(const Expr& a);
  friend bool operator==(const Expr& a, const Expr& b) { return compare(a, b) == 0; }
  /// A total order for containers; it says nothing about the values.
  static int compare(const Expr& a, const Expr& b);

 private:
  friend struct ExprBuilder;
  std::vector<Term> terms_;  // canonical: sorted by atoms, no zero coefficients, the constant term first
};

/// Python's // and % (rounding towards minus infinity); exact divisions are simplified.
Expr floor_div(const Expr& a, const Expr& b);
Expr ceil_div(const Expr& a, const Expr& b);
Expr mod(const Expr& a, const Expr& b);
Expr max(const Expr& a, const Expr& b);
Expr min(const Expr& a, const Expr& b);
Expr product(const std::vector<Expr>& factors);

}  // namespace modelexport
