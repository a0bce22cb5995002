#include "lower/functionalise.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include "lower/alias_views.h"

namespace modelexport::lower {
namespace {

using aten::Arg;
using aten::ArgList;
using aten::Block;
using aten::Graph;
using aten::Op;
using aten::Ref;
using aten::ValueId;

/// A tensor of the program: the value that holds its present elements. Views know what they show.
struct Cell {
  ValueId current = aten::kNoValue;
  std::size_t base = 0;  ///< the cell whose elements these are; itself if it is no view
  std::size_t parent = 0;
  std::shared_ptr<const Op> view;  ///< how it is made from its parent; null for a base
  std::size_t part = 0;            ///< position in the list that the view operator gives
  bool from_list = false;          ///< the operator gives one list value
  bool ordered = true;             ///< elements lie in order in memory
  std::uint64_t version = 0;  ///< of a base: counts changes; of a view: the base's when `current` was made
};

struct ListOfViews {
  std::size_t parent = 0;
  std::uint64_t version = 0;
  std::shared_ptr<const Op> view;
};

struct State {
  std::vector<Cell> cells;
  std::vector<std::size_t> cell_of;  ///< by ValueId
  std::map<ValueId, ListOfViews> lists;
};

void collect_defined(const std::vector<Op>& ops, std::set<ValueId>& out) {
  for (const Op& op : ops) {
    out.insert(op.outputs.begin(), op.outputs.end());
    for (const Block& block : op.blocks) {
      out.insert(block.inputs.begin(), block.inputs.end());
      collect_defined(block.ops, out);
    }
  }
}

bool changes_anything(const std::vector<Op>& ops) {
  return std::any_of(ops.begin(), ops.end(), [](const Op& op) {
    return functional_name(op) || std::any_of(op.blocks.begin(), op.blocks.end(),
                                              [](const Block& b) { return changes_anything(b.ops); });
  });
}

class Functionaliser {
 public:
  explicit Functionaliser(Graph& graph) : graph_(graph) {}

  void run() {
    const std::size_t stored = graph_.values.size();
    for (ValueId id = 0; id < stored; ++id) own_cell(id);
    const std::vector<Op> ops = std::move(graph_.ops);
    graph_.ops.clear();
    graph_.ops = rewrite(ops);
    std::vector<Op> tail;  // views that outputs show again
    out_ = &tail;
    for (auto& output : graph_.outputs) output.value = read(state_.cell_of[output.value]);
    graph_.ops.insert(graph_.ops.end(), tail.begin(), tail.end());
    for (ValueId id = 0; id < stored; ++id) {
      const auto& tensor = graph_.values[id].tensor;
      if (tensor && graph_.tensors[*tensor].kind != aten::TensorKind::constant &&
          state_.cells[state_.cells[id].base].version > 0)
        graph_.updated.push_back(*tensor);
    }
  }

 private:
  void own_cell(ValueId id) {
    Cell cell;
    cell.current = id;
    cell.base = cell.parent = state_.cells.size();
    if (state_.cell_of.size() <= id) state_.cell_of.resize(id + 1);
    state_.cell_of[id] = state_.cells.size();
    state_.cells.push_back(std::move(cell));
  }

  ValueId new_value(ValueId like) {
    const std::string name = graph_.values[like].name + "." + std::to_string(++made_);
    const ValueId id = graph_.add_value(name);
    own_cell(id);
    return id;
  }

  /// Emits an operator with one new output, at the place and in the module of the present one.
  ValueId emit(Op op, ValueId like) {
    const ValueId id = new_value(like);
    op.outputs = {id};
    op.call = call_;
    op.source = source_;
    out_->push_back(std::move(op));
    return id;
  }

  /// The value that holds a cell's present elements; a view of something changed since is made again.
  ValueId read(std::size_t index) {
    Cell cell = state_.cells[index];
    const std::uint64_t version = state_.cells[cell.base].version;
    if (!cell.view || cell.version == version) return cell.current;
    Op again = *cell.view;
    again.args[0].value = {Ref{read(cell.parent)}};
    const bool several = !cell.from_list && again.outputs.size() > 1;
    ValueId value = aten::kNoValue;
    if (several) {
      for (ValueId& output : again.outputs) output = new_value(output);
      value = again.outputs[cell.part];
      again.call = call_;
      again.source = source_;
      out_->push_back(std::move(again));
    } else {
      value = emit(std::move(again), cell.current);
    }
    if (cell.from_list) {
      Op get;
      get.target = "aten::__getitem__";
      get.args = {{"list", {Ref{value}}}, {"idx", {static_cast<std::int64_t>(cell.part)}}};
      value = emit(std::move(get), cell.current);
    }
    state_.cells[index].current = value;
    state_.cells[index].version = version;
    return value;
  }

  /// Gives a cell new elements, and everything that it is a view of.
  void write(std::size_t index, ValueId value) {
    std::vector<std::size_t> chain = {index};
    Emitter emitter{[&](Op op) { return emit(std::move(op), value); }};
    std::size_t at = index;
    while (state_.cells[at].view) {
      const std::size_t parent = state_.cells[at].parent;
      const ValueId before = read(parent);
      state_.cells[at].current = value;
      value = write_back(emitter, *state_.cells[at].view, state_.cells[at].part, before, value);
      at = parent;
      chain.push_back(at);
    }
    state_.cells[at].current = value;
    const std::uint64_t version = ++state_.cells[at].version;
    for (std::size_t cell : chain) state_.cells[cell].version = version;
  }

  void resolve(Arg& arg) {
    if (auto* ref = std::get_if<Ref>(&arg.data))
      ref->value = read(state_.cell_of[ref->value]);
    else if (auto* list = std::get_if<ArgList>(&arg.data))
      for (Arg& item : *list) resolve(item);
  }

  std::vector<Op> rewrite(const std::vector<Op>& ops) {
    std::vector<Op> out;
    std::vector<Op>* const outer = out_;
    out_ = &out;
    for (const Op& op : ops) {
      call_ = op.call;
      source_ = op.source;
      visit(op);
    }
    out_ = outer;
    return out;
  }

  void visit(const Op& original) {
    Op op = original;
    const Ref* first = op.args.empty() ? nullptr : op.args[0].value.get<Ref>();
    const std::size_t self = first == nullptr ? 0 : state_.cell_of[first->value];
    const ValueId self_id = first == nullptr ? aten::kNoValue : first->value;
    for (auto& arg : op.args) resolve(arg.value);
    if (op.target == "prim::If") return visit_if(std::move(op));
    if (op.target == "prim::Loop") return visit_loop(std::move(op));
    const auto functional = functional_name(op);
    if (functional && first != nullptr) {
      op.target = *functional;
      const ViewKind kind = view_kind(op);
      if (kind == ViewKind::none || kind == ViewKind::same) return change(std::move(op), self);
      // unsqueeze_, transpose_ ...: from now on the name stands for the view.
      if (op.outputs.empty()) op.outputs = {new_value(self_id)};
      add_view(op, kind, self);
      state_.cell_of[self_id] = state_.cell_of[op.outputs[0]];
      return;
    }
    if (op.target == "prim::ListUnpack" || op.target == "aten::__getitem__")
      if (const auto list = state_.lists.find(self_id); list != state_.lists.end())
        take_apart(op, list->second);
    const ViewKind kind = first == nullptr || !functional ? view_kind(op) : ViewKind::none;
    if (kind != ViewKind::none) return add_view(op, kind, self);
    out_->push_back(std::move(op));
  }

  void change(Op op, std::size_t self) {
    if (op.target == "aten::fill" && op.args.size() > 1) {
      op.target = "aten::full_like";
      op.overload.clear();
      op.args[1].name = "fill_value";
    }
    if (op.target == "aten::zero") op.target = "aten::zeros_like";
    const ValueId before = op.args[0].value.get<Ref>()->value;
    const ValueId result = op.outputs.empty() ? new_value(before) : op.outputs[0];
    ValueId value = result;
    if (may_promote(op.target)) {
      // The changed tensor keeps its dtype, whatever the operands promote to.
      Op computed = op;
      const ValueId promoted = emit(std::move(computed), before);
      Op back;
      back.target = "aten::type_as";
      back.args = {{"self", {Ref{promoted}}}, {"other", {Ref{before}}}};
      back.outputs = {result};
      back.call = op.call;
      back.source = op.source;
      out_->push_back(std::move(back));
    } else {
      op.outputs = {result};
      out_->push_back(std::move(op));
    }
    write(self, value);
    state_.cell_of[result] = self;
  }

  void add_view(const Op& op, ViewKind kind, std::size_t self) {
    out_->push_back(op);
    if (copies_unless_ordered(op) && !state_.cells[self].ordered) return;
    auto view = std::make_shared<const Op>(op);
    if (kind == ViewKind::parts && op.outputs.size() == 1) {
      state_.lists[op.outputs[0]] = {self, state_.cells[state_.cells[self].base].version, std::move(view)};
      return;
    }
    for (std::size_t i = 0; i < op.outputs.size(); ++i) show(op.outputs[i], self, view, kind, i, false);
  }

  void show(ValueId id, std::size_t parent, std::shared_ptr<const Op> view, ViewKind kind, std::size_t part,
            bool from_list) {
    Cell& cell = state_.cells[state_.cell_of[id]];
    cell.current = id;
    cell.parent = parent;
    cell.base = state_.cells[parent].base;
    cell.part = part;
    cell.from_list = from_list;
    cell.ordered = state_.cells[parent].ordered && keeps_order(*view, kind);
    cell.view = std::move(view);
    cell.version = state_.cells[cell.base].version;
  }

  /// Elements of a list of views.
  void take_apart(const Op& op, const ListOfViews& list) {
    std::size_t index = 0;
    if (op.target == "aten::__getitem__") {
      const auto* at = op.args.size() > 1 ? op.args[1].value.get<std::int64_t>() : nullptr;
      if (at == nullptr || *at < 0) return;
      index = static_cast<std::size_t>(*at);
    }
    for (std::size_t i = 0; i < op.outputs.size(); ++i) {
      show(op.outputs[i], list.parent, list.view, ViewKind::parts, index + i, true);
      state_.cells[state_.cell_of[op.outputs[i]]].version = list.version;
    }
  }

  /// Bases outside of a block that it changed.
  std::vector<std::size_t> changed_since(const State& before, const std::set<ValueId>& inside) const {
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < before.cells.size(); ++i) {
      if (before.cells[i].view || before.cells[i].version == state_.cells[i].version) continue;
      if (inside.count(before.cells[i].current) == 0) out.push_back(i);
    }
    return out;
  }

  void finish_block(Block& block, std::vector<Op> ops) {
    out_ = &ops;
    for (ValueId& output : block.outputs) output = read(state_.cell_of[output]);
    block.ops = std::move(ops);
  }

  /// Everything as it was. Values made since keep their cells, so that indices stay valid.
  void restore(const State& before) {
    std::copy(before.cells.begin(), before.cells.end(), state_.cells.begin());
    std::copy(before.cell_of.begin(), before.cell_of.end(), state_.cell_of.begin());
    state_.lists = before.lists;
  }

  /// After a block operator: the changed tensors are additional results of it.
  void adopt(const State& before, Op op, const std::vector<std::size_t>& changed) {
    restore(before);
    std::vector<ValueId> results;
    for (std::size_t cell : changed) {
      results.push_back(new_value(state_.cells[cell].current));
      op.outputs.push_back(results.back());
    }
    out_->push_back(std::move(op));
    for (std::size_t i = 0; i < changed.size(); ++i) write(changed[i], results[i]);
  }

  void visit_if(Op op) {
    std::set<ValueId> inside;
    collect_defined({op}, inside);
    std::vector<Op>* const outer = out_;
    const State before = state_;
    std::vector<State> after;
    std::set<std::size_t> changed;
    for (Block& block : op.blocks) {
      restore(before);
      finish_block(block, rewrite(block.ops));
      out_ = outer;
      for (std::size_t cell : changed_since(before, inside)) changed.insert(cell);
      after.push_back(state_);
    }
    for (std::size_t cell : changed)
      for (std::size_t i = 0; i < op.blocks.size(); ++i)
        op.blocks[i].outputs.push_back(after[i].cells[cell].current);
    call_ = op.call;
    adopt(before, std::move(op), {changed.begin(), changed.end()});
  }

  void visit_loop(Op op) {
    std::set<ValueId> inside;
    collect_defined({op}, inside);
    std::vector<Op>* const outer = out_;
    const State before = state_;
    // A first run finds what the body changes; those tensors are then carried from one trip to the next.
    (void)rewrite(op.blocks[0].ops);
    const std::vector<std::size_t> changed = changed_since(before, inside);
    restore(before);
    Block& body = op.blocks[0];
    ArgList* initial = nullptr;
    for (auto& arg : op.args)
      if (arg.name == "inputs") initial = std::get_if<ArgList>(&arg.value.data);
    if (initial == nullptr) return out_->push_back(std::move(op));
    for (std::size_t cell : changed) {
      initial->push_back({Ref{state_.cells[cell].current}});
      const ValueId carried = new_value(state_.cells[cell].current);
      body.inputs.push_back(carried);
      write(cell, carried);
    }
    finish_block(body, rewrite(body.ops));
    out_ = outer;
    for (std::size_t cell : changed) body.outputs.push_back(state_.cells[cell].current);
    call_ = op.call;
    adopt(before, std::move(op), changed);
  }

  Graph& graph_;
  State state_;
  std::vector<Op>* out_ = nullptr;
  std::uint32_t call_ = 0;
  std::uint32_t source_ = Op{}.source;
  std::uint64_t made_ = 0;
};

// ---- cleaning

void use(const Arg& arg, std::vector<bool>& live) {
  if (const Ref* ref = arg.get<Ref>())
    live[ref->value] = true;
  else if (const ArgList* list = arg.get<ArgList>())
    for (const Arg& item : *list) use(item, live);
}

void keep_live(std::vector<Op>& ops, std::vector<bool>& live) {
  std::vector<Op> kept;
  for (std::size_t i = ops.size(); i-- > 0;) {
    Op& op = ops[i];
    if (std::none_of(op.outputs.begin(), op.outputs.end(), [&](ValueId id) { return live[id]; })) continue;
    for (Block& block : op.blocks) {
      for (ValueId id : block.outputs) live[id] = true;
      keep_live(block.ops, live);
    }
    for (const auto& arg : op.args) use(arg.value, live);
    kept.push_back(std::move(op));
  }
  std::reverse(kept.begin(), kept.end());
  ops = std::move(kept);
}

Status check_writable(const Graph& graph, const std::vector<Op>& ops) {
  for (const Op& op : ops) {
    for (const Block& block : op.blocks) ME_CHECK(check_writable(graph, block.ops));
    if (op.target != kUnwritable) continue;
    const Arg* view = op.find("view");
    const std::string* name = view == nullptr ? nullptr : view->get<std::string>();
    Where where;
    where.field = graph.modules[graph.calls[op.call].module].path;
    if (op.source < graph.sources.size()) where.field += " (" + graph.sources[op.source] + ")";
    return fail(ErrorCode::exp_unsupported_form,
                "a tensor is changed in place through " + (name == nullptr ? std::string("a view") : *name),
                where, "write the change without the view, for example with torch.where or torch.cat");
  }
  return {};
}

}  // namespace

void drop_unused(Graph& graph) {
  std::vector<bool> live(graph.values.size(), false);
  for (const auto& output : graph.outputs) live[output.value] = true;
  keep_live(graph.ops, live);
}

Status functionalise(Graph& graph) {
  if (changes_anything(graph.ops)) Functionaliser(graph).run();
  drop_unused(graph);
  return check_writable(graph, graph.ops);
}

}  // namespace modelexport::lower
