#include "pt2/srepr.h"

#include <functional>

#include "aten/expression_limits.h"

namespace modelexport::pt2 {
namespace {

constexpr std::size_t kMaxText = 1 << 20;
constexpr std::int64_t kMaxPower = 16;
constexpr std::size_t kMaxName = 200;

/// Sympy writes x/2 as Mul(Rational(1, 2), x): values are fractions until they are whole again.
struct Fraction {
  Expr over;
  Expr under = 1;
};

Expr whole(const Fraction& f) { return f.under.is(1) ? f.over : floor_div(f.over, f.under); }

Fraction add(const Fraction& a, const Fraction& b) {
  if (a.under == b.under) return {a.over + b.over, a.under};
  return {a.over * b.under + b.over * a.under, a.under * b.under};
}
Fraction multiply(const Fraction& a, const Fraction& b) { return {a.over * b.over, a.under * b.under}; }

std::uint64_t size_of(const Expr& expr) {
  std::uint64_t size = 0;
  for (const Expr::Term& term : expr.terms()) size += 1 + term.atoms.size();
  return size;
}

using Arguments = std::vector<Fraction>;

Fraction fold(const Arguments& a, const std::function<Fraction(const Fraction&, const Fraction&)>& join) {
  Fraction result = a.front();
  for (std::size_t i = 1; i < a.size(); ++i) result = join(result, a[i]);
  return result;
}

std::optional<Fraction> power(const Arguments& a) {
  const auto exponent = whole(a[1]).constant();
  if (!exponent || *exponent < -kMaxPower || *exponent > kMaxPower) return std::nullopt;
  Fraction result{1};
  for (std::int64_t i = 0; i < std::abs(*exponent); ++i) result = multiply(result, a[0]);
  if (*exponent < 0) std::swap(result.over, result.under);
  return result;
}

/// Functions of any number of arguments >= 1.
std::optional<Fraction> call_many(std::string_view name, const Arguments& a) {
  if (name == "Add") return fold(a, add);
  if (name == "Mul") return fold(a, multiply);
  if (name == "Max") {
    return fold(a, [](const auto& x, const auto& y) { return Fraction{max(whole(x), whole(y))}; });
  }
  if (name == "Min") {
    return fold(a, [](const auto& x, const auto& y) { return Fraction{min(whole(x), whole(y))}; });
  }
  return std::nullopt;
}

std::optional<Fraction> call(std::string_view name, const Arguments& a) {
  if (a.empty()) return std::nullopt;
  if (a.size() == 1) {
    // Sizes are not negative, so truncating is flooring.
    if (name == "FloorToInt" || name == "TruncToInt" || name == "floor") return Fraction{whole(a[0])};
    if (name == "CeilToInt" || name == "ceiling") return Fraction{ceil_div(a[0].over, a[0].under)};
    if (name == "ToFloat" || name == "Identity") return a[0];
  }
  if (a.size() == 2) {
    if (name == "Pow" || name == "PowByNatural") return power(a);
    if (name == "Rational" || name == "IntTrueDiv" || name == "FloatTrueDiv" || name == "TrueDiv") {
      return Fraction{a[0].over * a[1].under, a[0].under * a[1].over};
    }
    if (name == "FloorDiv" || name == "CleanDiv") return Fraction{floor_div(whole(a[0]), whole(a[1]))};
    if (name == "CeilDiv") return Fraction{ceil_div(whole(a[0]), whole(a[1]))};
    if (name == "Mod" || name == "PythonMod") return Fraction{mod(whole(a[0]), whole(a[1]))};
  }
  if (a.size() == 3 && name == "ModularIndexing") {
    return Fraction{mod(floor_div(whole(a[0]), whole(a[1])), whole(a[2]))};
  }
  return call_many(name, a);
}

class Parser {
 public:
  Parser(std::string_view text, const Limits& limits) : text_(text), limits_(limits) {}

  Result<Expr> run() {
    ME_TRY(const Fraction value, expression(0));
    spaces();
    if (at_ != text_.size()) return malformed("text is left over");
    return whole(value);
  }

 private:
  tl::unexpected<Diagnostic> malformed(const std::string& what,
                                       ErrorCode code = ErrorCode::pt2_malformed) const {
    return fail(code, "size expression `" + std::string(text_.substr(0, 200)) + "`: " + what +
                          " at position " + std::to_string(at_));
  }

  void spaces() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool eat(char c) {
    spaces();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  std::string_view word() {
    spaces();
    const std::size_t start = at_;
    const auto is_word = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    };
    while (at_ < text_.size() && is_word(text_[at_])) ++at_;
    return text_.substr(start, at_ - start);
  }

  Result<std::int64_t> integer() {
    const bool negative = eat('-');
    const std::string_view digits = word();
    std::int64_t value = 0;
    for (const char c : digits) {
      if (c < '0' || c > '9' || __builtin_mul_overflow(value, 10, &value) ||
          __builtin_add_overflow(value, c - '0', &value)) {
        return malformed("a number is expected");
      }
    }
    if (digits.empty()) return malformed("a number is expected");
    return negative ? -value : value;
  }

  /// The rest of "Symbol('s0', positive=True, integer=True)" after the parenthesis.
  Result<Fraction> symbol() {
    if (!eat('\'')) return malformed("a symbol's name is expected");
    const std::string name(word());
    if (name.empty() || name.size() > kMaxName || !eat('\'')) return malformed("a symbol's name is expected");
    while (eat(',')) {
      word();
      if (!eat('=') || word().empty()) return malformed("an assumption is expected");
    }
    if (!eat(')')) return malformed("`)` is expected");
    return Fraction{Expr::symbol(name)};
  }

  Result<Fraction> expression(std::uint32_t depth) {
    if (depth > limits_.depth || ++nodes_ > limits_.expression_nodes) {
      return malformed("it is too deep or too long (limits depth, expression_nodes)");
    }
    spaces();
    if (at_ < text_.size() && (text_[at_] == '-' || (text_[at_] >= '0' && text_[at_] <= '9'))) {
      ME_TRY(const std::int64_t value, integer());
      return Fraction{value};
    }
    const std::string_view name = word();
    if (name.empty()) return malformed("a name is expected");
    if (name.size() > kMaxName) return malformed("a name is too long");
    if (!eat('(')) return Fraction{Expr::symbol(std::string(name))};
    if (name == "Symbol" || name == "Dummy") return symbol();
    Arguments arguments;
    if (!eat(')')) {
      do {
        ME_TRY(Fraction argument, expression(depth + 1));
        arguments.push_back(std::move(argument));
      } while (eat(','));
      if (!eat(')')) return malformed("`)` is expected");
    }
    if (name == "Integer" && arguments.size() == 1) return arguments.front();
    auto value = call(name, arguments);
    if (value && (is_too_complex(value->over) || is_too_complex(value->under)))
      return malformed("it is too complex");
    if (value) work_ += size_of(value->over) + size_of(value->under);
    if (work_ > limits_.expression_nodes)
      return malformed("its results are too long (limit expression_nodes)");
    if (!value) {
      return malformed("`" + std::string(name) + "` is not a function of tensor sizes",
                       ErrorCode::pt2_unsupported);
    }
    return *value;
  }

  std::string_view text_;
  const Limits& limits_;
  std::size_t at_ = 0;
  std::uint32_t nodes_ = 0;
  std::uint64_t work_ = 0;
};

}  // namespace

Result<Expr> parse_srepr(std::string_view text, const Limits& limits) {
  if (text.size() > kMaxText) {
    return fail(ErrorCode::pt2_malformed, "a size expression has " + std::to_string(text.size()) + " bytes");
  }
  return Parser(text, limits).run();
}

}  // namespace modelexport::pt2
