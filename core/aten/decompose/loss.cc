// Losses, for models that give theirs beside their results (codecs and their codebooks, models saved with
// labels).
#include "aten/decompose.h"

namespace modelexport::aten {
namespace {

Arg number(double value) { return {value}; }

/// The mean, the sum, or every element: at::Reduction 1, 2, 0.
void reduced(Composer& c, const Arg& each) {
  const std::int64_t reduction = c.static_int("reduction", 1);
  if (reduction == 0) return c.result(each);
  c.result(c.call(reduction == 2 ? "aten::sum" : "aten::mean", {{"self", each}}));
}

Arg difference(Composer& c) { return c.binary("sub", c.given_arg("self"), c.given_arg("target")); }

void mse_loss(Composer& c) {
  const Arg d = difference(c);
  reduced(c, c.binary("mul", d, d));
}

void l1_loss(Composer& c) { reduced(c, c.unary("abs", difference(c))); }

/// Quadratic below the bound, linear above: `scaled` is smooth_l1, whose slope is 1; else huber, whose curve
/// is.
void rounded(Composer& c, double bound, bool scaled) {
  const Arg size = c.unary("abs", difference(c));
  if (bound == 0) return reduced(c, size);
  const Arg square = c.binary("mul", c.binary("mul", size, size), number(scaled ? 0.5 / bound : 0.5));
  const Arg line = c.binary("sub", size, number(0.5 * bound));
  const Arg near = c.binary("lt", size, number(bound));
  reduced(c, c.where(near, square, scaled ? line : c.binary("mul", line, number(bound))));
}
void smooth_l1_loss(Composer& c) { rounded(c, c.real("beta", 1), true); }
void huber_loss(Composer& c) { rounded(c, c.real("delta", 1), false); }

void weighted(Composer& c, const Arg& each) {
  reduced(c, c.given("weight") ? c.binary("mul", each, c.given_arg("weight")) : each);
}

/// -target * max(log(x), -100) - (1 - target) * max(log(1 - x), -100)
void binary_cross_entropy(Composer& c) {
  const auto logarithm = [&](const Arg& x) {
    return c.call("aten::clamp", {{"self", c.unary("log", x)}, {"min", number(-100)}});
  };
  const auto one_less = [&](const Arg& x) { return c.binary("rsub", x, {std::int64_t{1}}); };
  const Arg x = c.given_arg("self");
  const Arg target = c.given_arg("target");
  const Arg yes = c.binary("mul", target, logarithm(x));
  const Arg no = c.binary("mul", one_less(target), logarithm(one_less(x)));
  weighted(c, c.unary("neg", c.binary("add", yes, no)));
}

/// (1 - target) * x + (1 + (pos_weight - 1) * target) * softplus(-x)
void binary_cross_entropy_with_logits(Composer& c) {
  const Arg x = c.given_arg("self");
  const Arg target = c.given_arg("target");
  Arg softplus = c.unary("softplus", c.unary("neg", x));
  if (c.given("pos_weight")) {
    const Arg more = c.binary("sub", c.given_arg("pos_weight"), {std::int64_t{1}});
    softplus = c.binary("mul", c.binary("add", c.binary("mul", more, target), {std::int64_t{1}}), softplus);
  }
  const Arg rest = c.binary("mul", c.binary("rsub", target, {std::int64_t{1}}), x);
  weighted(c, c.binary("add", rest, softplus));
}

constexpr Decomposition kRows[] = {
    {"aten::mse_loss", mse_loss},
    {"aten::l1_loss", l1_loss},
    {"aten::smooth_l1_loss", smooth_l1_loss},
    {"aten::huber_loss", huber_loss},
    {"aten::binary_cross_entropy", binary_cross_entropy},
    {"aten::binary_cross_entropy_with_logits", binary_cross_entropy_with_logits},
};
}  // namespace

DecompositionTable loss_decompositions() { return {kRows, std::size(kRows)}; }

}  // namespace modelexport::aten
