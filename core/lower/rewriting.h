// What passes share that put operators in the place of others before anything is inferred.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "modelexport/aten.h"

namespace modelexport::lower {

class Rewriting {
 protected:
  /// New values are named "<first result of the replaced operator>.<mark><n>".
  Rewriting(aten::Graph& graph, std::string mark) : graph_(graph), mark_("." + std::move(mark)) {}

  /// An operator with one output, in the module of the one that is replaced. `result` is the value to define.
  aten::Arg emit(std::string target, std::string overload, std::vector<aten::NamedArg> args,
                 aten::ValueId result = aten::kNoValue) {
    aten::Op op;
    op.target = std::move(target);
    op.overload = std::move(overload);
    op.args = std::move(args);
    op.call = like_->call;
    op.source = like_->source;
    if (result == aten::kNoValue)
      result = graph_.add_value(graph_.values[like_->outputs[0]].name + mark_ + std::to_string(++made_));
    op.outputs = {result};
    out_->push_back(std::move(op));
    return {aten::Ref{result}};
  }

  aten::Graph& graph_;
  std::vector<aten::Op>* out_ = nullptr;  ///< where operators go
  const aten::Op* like_ = nullptr;        ///< the operator that is replaced

 private:
  std::string mark_;
  int made_ = 0;
};

}  // namespace modelexport::lower
