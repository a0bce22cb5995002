#include "modelexport/symbolic.h"

#include <algorithm>
#include <set>

#include "aten/expression_limits.h"

namespace modelexport {
namespace {

using AtomPtr = std::shared_ptr<const Expr::Atom>;

int compare_atoms(const Expr::Atom& a, const Expr::Atom& b) {
  if (&a == &b) return 0;
  if (a.kind != b.kind) return a.kind < b.kind ? -1 : 1;
  if (int order = a.name.compare(b.name); order != 0) return order;
  for (std::size_t i = 0; i < a.arguments.size() && i < b.arguments.size(); ++i)
    if (int order = Expr::compare(a.arguments[i], b.arguments[i]); order != 0) return order;
  return 0;
}

int compare_products(const std::vector<AtomPtr>& a, const std::vector<AtomPtr>& b) {
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (int order = compare_atoms(*a[i], *b[i]); order != 0) return order;
  return 0;
}

std::optional<std::int64_t> checked(std::int64_t a, std::int64_t b, bool multiply) {
  std::int64_t out = 0;
  const bool overflow = multiply ? __builtin_mul_overflow(a, b, &out) : __builtin_add_overflow(a, b, &out);
  if (overflow) return std::nullopt;
  return out;
}

std::int64_t floor_div_int(std::int64_t a, std::int64_t b) {
  std::int64_t q = a / b;
  return (a % b != 0 && ((a < 0) != (b < 0))) ? q - 1 : q;
}

/// The factors that all atoms of `divisor` remove from `product`, or nothing if one is missing.
std::optional<std::vector<AtomPtr>> divide_product(std::vector<AtomPtr> product,
                                                   const std::vector<AtomPtr>& divisor) {
  for (const AtomPtr& atom : divisor) {
    auto found = std::find_if(product.begin(), product.end(),
                              [&](const AtomPtr& a) { return compare_atoms(*a, *atom) == 0; });
    if (found == product.end()) return std::nullopt;
    product.erase(found);
  }
  return product;
}

}  // namespace

namespace {

constexpr std::uint64_t kMaxWeight = 2'000;
constexpr std::uint32_t kMaxDepth = 100;
constexpr std::string_view kTooComplex = "(too complex)";  // no archive's symbol has such a name

/// Symbols and terms, counted as often as they occur; ends soon after it is too much, as expressions share
/// parts.
struct Measure {
  std::uint64_t weight = 0;
  bool deep = false;

  [[nodiscard]] bool exceeded() const { return deep || weight > kMaxWeight; }
  Measure& add(const Expr& expr, std::uint32_t depth = 0) {
    if (depth > kMaxDepth) deep = true;
    for (const Expr::Term& term : expr.terms()) {
      weight += 1 + term.atoms.size();
      for (const AtomPtr& atom : term.atoms) {
        if (exceeded()) return *this;
        for (const Expr& argument : atom->arguments) add(argument, depth + 1);
      }
    }
    return *this;
  }
};

bool too_complex(const Expr& a, const Expr& b) { return is_too_complex(a) || is_too_complex(b); }

Expr too_complex() { return Expr::symbol(std::string(kTooComplex)); }

std::optional<std::int64_t> exact_quotient(std::int64_t a, std::int64_t b) {
  if (b == 0 || (a == INT64_MIN && b == -1) || a % b != 0) return std::nullopt;
  return a / b;
}

}  // namespace

bool is_too_complex(const Expr& expr) { return expr.as_symbol() == std::string(kTooComplex); }

/// Builds canonical term lists. Limits are checked before and after an operation: between two expressions
/// within them a result has at most their product's size.
struct ExprBuilder {
  static void add(Expr& sum, Expr::Term term) {
    if (term.coefficient == 0) return;
    auto at = std::lower_bound(
        sum.terms_.begin(), sum.terms_.end(), term,
        [](const Expr::Term& a, const Expr::Term& b) { return compare_products(a.atoms, b.atoms) < 0; });
    if (at == sum.terms_.end() || compare_products(at->atoms, term.atoms) != 0) {
      sum.terms_.insert(at, std::move(term));
      return;
    }
    // Wrapping on overflow would change meaning silently; saturate, evaluate() then disagrees with no size.
    at->coefficient = checked(at->coefficient, term.coefficient, false).value_or(INT64_MAX);
    if (at->coefficient == 0) sum.terms_.erase(at);
  }

  static Expr::Term times(const Expr::Term& a, const Expr::Term& b) {
    Expr::Term out;
    out.coefficient = checked(a.coefficient, b.coefficient, true).value_or(INT64_MAX);
    out.atoms = a.atoms;
    out.atoms.insert(out.atoms.end(), b.atoms.begin(), b.atoms.end());
    std::sort(out.atoms.begin(), out.atoms.end(),
              [](const AtomPtr& x, const AtomPtr& y) { return compare_atoms(*x, *y) < 0; });
    return out;
  }

  static Expr from_atom(Expr::Atom atom) {
    Expr out;
    out.terms_ = {{1, {std::make_shared<const Expr::Atom>(std::move(atom))}}};
    return out;
  }

  static Expr function(Expr::Kind kind, const Expr& a, const Expr& b) {
    if (too_complex(a, b)) return too_complex();
    Expr made = from_atom({kind, "", {a, b}});
    return within_limits(std::move(made));
  }
  static Expr within_limits(Expr made) {
    return Measure().add(made).exceeded() ? too_complex() : std::move(made);
  }
  static Expr from_terms(std::vector<Expr::Term> terms) {
    Expr out;
    for (auto& term : terms) add(out, std::move(term));
    return out;
  }
};

Expr::Expr(std::int64_t value) {
  if (value != 0) terms_.push_back({value, {}});
}
Expr Expr::symbol(std::string name) { return ExprBuilder::from_atom({Kind::symbol, std::move(name), {}}); }

std::optional<std::int64_t> Expr::constant() const {
  if (terms_.empty()) return 0;
  if (terms_.size() == 1 && terms_[0].atoms.empty()) return terms_[0].coefficient;
  return std::nullopt;
}

std::optional<std::string> Expr::as_symbol() const {
  if (terms_.size() != 1 || terms_[0].coefficient != 1 || terms_[0].atoms.size() != 1) return std::nullopt;
  const Atom& atom = *terms_[0].atoms[0];
  if (atom.kind != Kind::symbol) return std::nullopt;
  return atom.name;
}

namespace {
void collect_symbols(const Expr& expr, std::set<std::string>& out) {
  for (const auto& term : expr.terms())
    for (const auto& atom : term.atoms) {
      if (atom->kind == Expr::Kind::symbol) out.insert(atom->name);
      for (const Expr& argument : atom->arguments) collect_symbols(argument, out);
    }
}

std::optional<std::int64_t> apply(Expr::Kind kind, std::int64_t a, std::int64_t b) {
  switch (kind) {
    case Expr::Kind::symbol:
      return std::nullopt;
    case Expr::Kind::max:
      return std::max(a, b);
    case Expr::Kind::min:
      return std::min(a, b);
    case Expr::Kind::floor_div:
      if (b == 0 || (a == INT64_MIN && b == -1)) return std::nullopt;
      return floor_div_int(a, b);
    case Expr::Kind::mod:
      if (b == 0 || b == -1) return b == 0 ? std::nullopt : std::optional<std::int64_t>(0);
      return a - floor_div_int(a, b) * b;
  }
  return std::nullopt;
}

Expr rebuild(Expr::Kind kind, const Expr& a, const Expr& b) {
  switch (kind) {
    case Expr::Kind::floor_div:
      return floor_div(a, b);
    case Expr::Kind::mod:
      return mod(a, b);
    case Expr::Kind::max:
      return max(a, b);
    default:
      return min(a, b);
  }
}
}  // namespace

std::vector<std::string> Expr::symbols() const {
  std::set<std::string> names;
  collect_symbols(*this, names);
  return {names.begin(), names.end()};
}

std::optional<std::int64_t> Expr::evaluate(const std::map<std::string, std::int64_t>& values) const {
  std::int64_t sum = 0;
  for (const Term& term : terms_) {
    std::int64_t product = term.coefficient;
    for (const auto& atom : term.atoms) {
      std::optional<std::int64_t> factor;
      if (atom->kind == Kind::symbol) {
        if (auto found = values.find(atom->name); found != values.end()) factor = found->second;
      } else {
        auto a = atom->arguments[0].evaluate(values);
        auto b = atom->arguments[1].evaluate(values);
        if (a && b) factor = apply(atom->kind, *a, *b);
      }
      if (!factor) return std::nullopt;
      auto next = checked(product, *factor, true);
      if (!next) return std::nullopt;
      product = *next;
    }
    auto next = checked(sum, product, false);
    if (!next) return std::nullopt;
    sum = *next;
  }
  return sum;
}

Expr Expr::substitute(const std::map<std::string, Expr>& values) const {
  Expr sum;
  for (const Term& term : terms_) {
    Expr product_of_term(term.coefficient);
    for (const auto& atom : term.atoms) {
      Expr factor;
      if (atom->kind == Kind::symbol) {
        auto found = values.find(atom->name);
        factor = found != values.end() ? found->second : symbol(atom->name);
      } else {
        factor =
            rebuild(atom->kind, atom->arguments[0].substitute(values), atom->arguments[1].substitute(values));
      }
      product_of_term = product_of_term * factor;
    }
    sum = sum + product_of_term;
  }
  return sum;
}

namespace {
std::string atom_text(const Expr::Atom& atom) {
  const auto group = [](const Expr& e) {
    std::string text = e.to_string();
    const bool simple = e.terms().size() <= 1 && text.find(' ') == std::string::npos;
    return simple ? text : "(" + text + ")";
  };
  switch (atom.kind) {
    case Expr::Kind::symbol:
      return atom.name;
    case Expr::Kind::floor_div:
      return "(" + group(atom.arguments[0]) + " // " + group(atom.arguments[1]) + ")";
    case Expr::Kind::mod:
      return "(" + group(atom.arguments[0]) + " % " + group(atom.arguments[1]) + ")";
    case Expr::Kind::max:
      return "max(" + atom.arguments[0].to_string() + ", " + atom.arguments[1].to_string() + ")";
    case Expr::Kind::min:
      return "min(" + atom.arguments[0].to_string() + ", " + atom.arguments[1].to_string() + ")";
  }
  return "?";
}
}  // namespace

std::string Expr::to_string() const {
  if (terms_.empty()) return "0";
  std::string out;
  // The constant is stored first but reads better last: "sequence_length + 1".
  std::vector<const Term*> order;
  for (const Term& term : terms_)
    if (!term.atoms.empty()) order.push_back(&term);
  if (terms_[0].atoms.empty()) order.push_back(&terms_[0]);
  for (const Term* term : order) {
    std::int64_t coefficient = term->coefficient;
    if (out.empty()) {
      if (coefficient < 0 && !term->atoms.empty() && coefficient == -1) out += "-", coefficient = 1;
    } else {
      out += coefficient < 0 ? " - " : " + ";
      if (coefficient < 0 && coefficient != INT64_MIN) coefficient = -coefficient;
    }
    if (coefficient != 1 || term->atoms.empty()) out += std::to_string(coefficient);
    bool first = coefficient == 1;
    for (const auto& atom : term->atoms) {
      if (!first) out += "*";
      first = false;
      out += atom_text(*atom);
    }
  }
  return out;
}

namespace {
bool atom_non_negative(const Expr::Atom& atom) {
  switch (atom.kind) {
    case Expr::Kind::symbol:
      return true;
    case Expr::Kind::floor_div:
      return atom.arguments[0].known_non_negative() && atom.arguments[1].known_non_negative();
    case Expr::Kind::mod:
      return atom.arguments[1].known_non_negative();
    case Expr::Kind::max:
      return atom.arguments[0].known_non_negative() || atom.arguments[1].known_non_negative();
    case Expr::Kind::min:
      return atom.arguments[0].known_non_negative() && atom.arguments[1].known_non_negative();
  }
  return false;
}
}  // namespace

bool Expr::known_non_negative() const {
  return std::all_of(terms_.begin(), terms_.end(), [](const Term& term) {
    return term.coefficient > 0 && std::all_of(term.atoms.begin(), term.atoms.end(),
                                               [](const auto& atom) { return atom_non_negative(*atom); });
  });
}
bool Expr::known_positive() const {
  return known_non_negative() && !terms_.empty() && terms_[0].atoms.empty() && terms_[0].coefficient > 0;
}

Expr operator+(const Expr& a, const Expr& b) {
  if (too_complex(a, b)) return too_complex();
  Expr out = a;
  for (const auto& term : b.terms_) ExprBuilder::add(out, term);
  return ExprBuilder::within_limits(std::move(out));
}
Expr operator-(const Expr& a) {
  Expr out = a;
  if (is_too_complex(out)) return out;
  for (auto& term : out.terms_)
    term.coefficient = term.coefficient == INT64_MIN ? INT64_MAX : -term.coefficient;
  return out;
}
Expr operator-(const Expr& a, const Expr& b) { return a + (-b); }
Expr operator*(const Expr& a, const Expr& b) {
  if (a.terms_.empty() || b.terms_.empty()) return 0;
  if (too_complex(a, b)) return too_complex();
  // Terms that meet in the product make it smaller than this, but hardly by as much.
  const std::uint64_t weight =
      Measure().add(a).weight * b.terms_.size() + Measure().add(b).weight * a.terms_.size();
  if (weight > 4 * kMaxWeight) return too_complex();
  Expr out;
  for (const auto& x : a.terms_)
    for (const auto& y : b.terms_) ExprBuilder::add(out, ExprBuilder::times(x, y));
  return ExprBuilder::within_limits(std::move(out));
}

int Expr::compare(const Expr& a, const Expr& b) {
  if (a.terms_.size() != b.terms_.size()) return a.terms_.size() < b.terms_.size() ? -1 : 1;
  for (std::size_t i = 0; i < a.terms_.size(); ++i) {
    if (int order = compare_products(a.terms_[i].atoms, b.terms_[i].atoms); order != 0) return order;
    if (a.terms_[i].coefficient != b.terms_[i].coefficient)
      return a.terms_[i].coefficient < b.terms_[i].coefficient ? -1 : 1;
  }
  return 0;
}

std::optional<Expr> Expr::divide_exact(const Expr& a, const Expr& b) {
  if (too_complex(a, b)) return std::nullopt;
  if (b.terms_.size() == 1) {
    const Term& divisor = b.terms_[0];
    std::vector<Term> out;
    for (const Term& term : a.terms_) {
      auto rest = divide_product(term.atoms, divisor.atoms);
      const auto coefficient = exact_quotient(term.coefficient, divisor.coefficient);
      if (!rest || !coefficient) return std::nullopt;
      out.push_back({*coefficient, std::move(*rest)});
    }
    return ExprBuilder::from_terms(std::move(out));
  }
  // A sum divides only multiples of itself: try the quotient of the leading terms.
  if (a.terms_.empty()) return Expr(0);
  if (b.terms_.empty()) return std::nullopt;
  auto rest = divide_product(a.terms_.back().atoms, b.terms_.back().atoms);
  const auto coefficient = exact_quotient(a.terms_.back().coefficient, b.terms_.back().coefficient);
  if (!rest || !coefficient) return std::nullopt;
  Expr quotient = ExprBuilder::from_terms({{*coefficient, std::move(*rest)}});
  if (quotient * b == a) return quotient;
  return std::nullopt;
}

namespace {
/// (x // c + r) // d == (x + r*c) // (c*d) for constants: chains of strided convolutions stay one division.
std::optional<Expr> nested_floor_div(const Expr& a, std::int64_t d) {
  const Expr::Atom* inner = nullptr;
  std::int64_t r = 0;
  for (const auto& term : a.terms()) {
    if (term.atoms.empty())
      r = term.coefficient;
    else if (inner == nullptr && term.coefficient == 1 && term.atoms.size() == 1 &&
             term.atoms[0]->kind == Expr::Kind::floor_div)
      inner = term.atoms[0].get();
    else
      return std::nullopt;
  }
  if (inner == nullptr) return std::nullopt;
  const auto c = inner->arguments[1].constant();
  if (!c || *c <= 0) return std::nullopt;
  const auto divisor = checked(*c, d, true);
  const auto offset = checked(r, *c, true);
  if (!divisor || !offset) return std::nullopt;
  return floor_div(inner->arguments[0] + *offset, *divisor);
}
}  // namespace

Expr floor_div(const Expr& a, const Expr& b) {
  if (b.is(1)) return a;
  if (too_complex(a, b)) return too_complex();
  if (auto x = a.constant(), y = b.constant(); x && y && *y != 0)
    return apply(Expr::Kind::floor_div, *x, *y).value_or(0);
  if (b.terms().empty()) return ExprBuilder::function(Expr::Kind::floor_div, a, b);
  if (auto exact = Expr::divide_exact(a, b)) return *exact;
  // (k*b*x + r) // b == k*x + r // b for integers: split off the divisible part.
  if (auto divisor = b.constant(); divisor && *divisor > 0) {
    Expr whole;
    Expr rest;
    for (const auto& term : a.terms()) {
      Expr one = ExprBuilder::from_terms({term});
      if (term.coefficient % *divisor == 0)
        whole = whole + Expr::divide_exact(one, b).value_or(too_complex());
      else if (term.atoms.empty()) {  // keep the remainder small and canonical
        const std::int64_t q = floor_div_int(term.coefficient, *divisor);
        whole = whole + q;
        rest = rest + (term.coefficient - q * *divisor);
      } else
        rest = rest + one;
    }
    if (!whole.terms().empty()) return whole + floor_div(rest, b);
    if (auto nested = nested_floor_div(a, *divisor)) return *nested;
  }
  return ExprBuilder::function(Expr::Kind::floor_div, a, b);
}
Expr ceil_div(const Expr& a, const Expr& b) { return floor_div(a + b - 1, b); }

Expr mod(const Expr& a, const Expr& b) {
  if (too_complex(a, b)) return too_complex();
  if (auto x = a.constant(), y = b.constant(); x && y && *y != 0)
    return apply(Expr::Kind::mod, *x, *y).value_or(0);
  if (b.is(1) || (!b.terms().empty() && Expr::divide_exact(a, b))) return 0;
  return ExprBuilder::function(Expr::Kind::mod, a, b);
}

namespace {
Expr extreme(Expr::Kind kind, const Expr& a, const Expr& b) {
  if (too_complex(a, b)) return too_complex();
  if (a == b) return a;
  if (auto x = a.constant(), y = b.constant(); x && y) return *apply(kind, *x, *y);
  if ((a - b).known_non_negative()) return kind == Expr::Kind::max ? a : b;
  if ((b - a).known_non_negative()) return kind == Expr::Kind::max ? b : a;
  return Expr::compare(a, b) < 0 ? ExprBuilder::function(kind, a, b) : ExprBuilder::function(kind, b, a);
}
}  // namespace

Expr max(const Expr& a, const Expr& b) { return extreme(Expr::Kind::max, a, b); }
Expr min(const Expr& a, const Expr& b) { return extreme(Expr::Kind::min, a, b); }

Expr product(const std::vector<Expr>& factors) {
  Expr out(1);
  for (const Expr& factor : factors) out = out * factor;
  return out;
}

}  // namespace modelexport
