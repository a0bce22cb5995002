// Expressions that outgrew what a size of a real model can be.
//
// Operations on expressions never fail. One whose result would have more than 2,000 symbols and terms, or
// functions nested 100 deep, gives an expression that stays too complex in further operations and cannot be
// computed.
#pragma once

#include "modelexport/symbolic.h"

namespace modelexport {

bool is_too_complex(const Expr& expr);

}  // namespace modelexport
