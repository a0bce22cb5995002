#include "pt2/pt2.h"

#include <algorithm>

#include "json/json.h"
#include "pickle/torchscript.h"
#include "pt2/module_stack.h"
#include "pt2/nodes.h"
#include "pt2/signature.h"
#include "pt2/weights.h"

namespace modelexport::pt2 {
namespace {

using json::Json;

constexpr std::int64_t kSchemaMajor = 8;
constexpr std::string_view kFlatProgram = "serialized_exported_program.json";
constexpr std::string_view kModels = "models/";
constexpr std::string_view kJson = ".json";

struct Program {
  const zip::Entry* entry = nullptr;
  std::string name = "model";
};

/// The program's member: models/<name>.json, or the flat file of PyTorch 2.6 and 2.7.
std::optional<Program> find_program(const zip::Archive& archive) {
  if (const zip::Entry* entry = archive.find_in_root("models/model.json")) return Program{entry, "model"};
  if (const zip::Entry* entry = archive.find_in_root(kFlatProgram)) return Program{entry, "model"};
  const std::string prefix = (archive.root().empty() ? "" : archive.root() + "/") + std::string(kModels);
  for (const zip::Entry& entry : archive.entries()) {
    const std::string_view name = entry.name;
    if (!name.starts_with(prefix) || !name.ends_with(kJson)) continue;
    const std::size_t length = name.size() - prefix.size();
    if (length > kJson.size())
      return Program{&entry, std::string(name.substr(prefix.size(), length - kJson.size()))};
  }
  return std::nullopt;
}

tl::unexpected<Diagnostic> wrong_version(const std::string& found, const std::string& producer) {
  return fail(
      ErrorCode::pt2_version,
      "the file has schema version " + found + (producer.empty() ? "" : " (" + producer + ")") +
          "; versions 8.x are read",
      {{}, "schema_version", {}},
      "Export it again with PyTorch 2.6 or later: torch.export.save(torch.export.export(model, args), "
      "\"model.pt2\"); or trace it: torch.jit.save(torch.jit.trace(model, args), \"model.pt\")");
}

Status check_version(const Json& document, const std::string& producer) {
  const Json* version = json::find(document, "schema_version");
  if (version == nullptr) return wrong_version("(none)", producer);
  if (!version->is_object()) return wrong_version(json::dump(*version).substr(0, 40), producer);
  const auto major = json::find_int(*version, "major");
  if (major == kSchemaMajor) return {};
  return wrong_version(json::dump(*version).substr(0, 40), producer);
}

/// "2.15.0+cu132" → "torch 2.15.0".
std::string producer_of(const Json& document) {
  const auto version = json::find_string(document, "torch_version");
  if (!version || version->empty()) return {};
  return "torch " + std::string(version->substr(0, version->find('+')));
}

void read_ranges(const Json& document, Pt2Types& types) {
  const Json* ranges = json::find(document, "range_constraints");
  if (ranges == nullptr) return;
  for (const auto& [symbol, range] : json::members(*ranges)) {
    types.ranges[symbol] = {json::find_int(range, "min_val"), json::find_int(range, "max_val")};
  }
}

Status check_byte_order(const zip::Archive& archive) {
  const zip::Entry* entry = archive.find_in_root("byteorder");
  if (entry == nullptr) return {};
  ME_TRY(const std::string order, archive.read_text(*entry, 64));
  if (order == "little") return {};
  return fail(ErrorCode::pt2_unsupported, "the weights are stored with byte order `" + order + "`",
              {{}, entry->name, {}}, "Save the program on a little-endian machine");
}

Status read_modules(const Json& program, CallTable& calls) {
  const Json* entries = json::find(program, "module_call_graph");
  if (entries == nullptr) return {};
  for (const Json& entry : json::elements(*entries)) {
    const auto fqn = json::find_string(entry, "fqn");
    if (fqn && !fqn->empty()) ME_CHECK(calls.add_module(*fqn));
  }
  return {};
}

constexpr std::uint64_t kExpressionBytes = 4ULL << 20;

/// A program is held in memory as text and document, so that it gets less than the limits of documents that
/// are not: together they stay below 256 MiB. The largest models' programs have some 40 MB.
Limits program_limits(Limits limits) {
  limits.json_bytes = std::min<std::uint64_t>(limits.json_bytes, 48ULL << 20);
  limits.inflated_member = std::min<std::uint64_t>(limits.inflated_member, 64ULL << 20);
  limits.pickle_ops = std::min<std::uint64_t>(limits.pickle_ops, 2'000'000);
  return limits;
}

void add_expression_bytes(const Json& value, std::uint64_t& bytes) {
  for (const Json& item : json::elements(value)) add_expression_bytes(item, bytes);
  for (const auto& [key, item] : json::members(value)) {
    const auto* text = item.get_ptr<const Json::string_t*>();
    if (text != nullptr && key == "expr_str") bytes += text->size();
    if (text == nullptr) add_expression_bytes(item, bytes);
  }
}

Status check_expressions(const Json& document) {
  std::uint64_t bytes = 0;
  add_expression_bytes(document, bytes);
  if (bytes <= kExpressionBytes) return {};
  return fail(ErrorCode::pt2_malformed, "the size expressions have " + std::to_string(bytes) +
                                            " bytes together; the limit is " +
                                            std::to_string(kExpressionBytes));
}

Status build(const Json& document, const WeightTable& weights, const Limits& limits, Pt2Types* types,
             aten::Graph& graph) {
  ME_TRY(const Json* program, json::get_object(document, "graph_module"));
  const json::Path root{nullptr, "graph_module"};
  ME_TRY(const Json* body, json::get_object(*program, "graph", root));
  CallTable calls(limits);
  ME_CHECK(read_modules(*program, calls));
  NodeReader nodes(graph, calls, limits, types);
  SignatureReader signature(*program, weights, graph, limits);
  Scope scope;
  ME_CHECK(signature.read_inputs(nodes.names(), scope));
  ME_CHECK(nodes.read_nodes(*body, scope, {&root, "graph"}, 0));
  ME_CHECK(signature.read_outputs(scope));
  std::move(calls).finish(graph);
  return {};
}

Result<aten::Graph> read(const zip::Archive& archive, const Program& program, const Limits& limits,
                         Pt2Types* types) {
  aten::Graph graph;
  ME_CHECK(check_byte_order(archive));
  ME_TRY(std::string text, archive.read_text(*program.entry, limits.json_bytes));
  ME_TRY(const Json document, json::parse_python(std::move(text), limits));
  ME_CHECK(check_expressions(document));
  graph.producer = producer_of(document);
  ME_CHECK(check_version(document, graph.producer));
  ME_TRY(const WeightTable weights, WeightTable::read(archive, program.name, limits));
  ME_CHECK(build(document, weights, limits, types, graph));
  if (types != nullptr) read_ranges(document, *types);
  ME_TRY(graph.record, pickle::read_record(archive, limits));
  ME_CHECK(graph.validate(limits));
  return graph;
}

}  // namespace

bool looks_like_pt2(const zip::Archive& archive) { return find_program(archive).has_value(); }

Result<aten::Graph> read_pt2(const ByteSource& source, const Limits& declared, Pt2Types* types) {
  const Limits limits = program_limits(declared);
  ME_TRY(const zip::Archive archive, zip::Archive::open(source, limits));
  const auto program = find_program(archive);
  if (!program) {
    const bool torchscript = pickle::looks_like_torchscript(archive);
    return fail(
        ErrorCode::zip_no_member, "the archive holds no exported program (models/model.json)",
        {source.name(), {}, {}},
        torchscript ? "It is a TorchScript archive: rename it to .pt" : "Save it with torch.export.save");
  }
  auto graph = read(archive, *program, limits, types);
  if (graph) return graph;
  Diagnostic error = std::move(graph).error();
  if (error.where.field.empty()) error.where.field = program->entry->name;
  if (error.where.path.empty()) error.where.path = source.name();
  return fail(std::move(error));
}

}  // namespace modelexport::pt2
