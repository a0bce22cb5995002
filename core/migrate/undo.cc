#include "migrate/undo.h"

#include <algorithm>
#include <array>
#include <limits>

#include "report/plan_json.h"

namespace modelexport::migrate {
namespace {

using json::Json;

constexpr std::uint64_t kMostLiteral = 1ULL << 30;

struct Copied {
  ByteRange source;
  std::uint64_t output = 0;
};

tl::unexpected<Diagnostic> invalid(std::string what) {
  return fail(ErrorCode::migrate_undo, "the undo file cannot be used: " + std::move(what), {},
              "restore the model from a copy, or export it again");
}

int digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool decode_base64(std::string_view text, std::string& out) {
  if (text.size() % 4 != 0) return false;
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const int value = digit(c);
    if (value < 0) return false;
    bits = (bits << 6 | static_cast<std::uint32_t>(value)) & 0xFFFFFF;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>(bits >> count & 0xFF);
  }
  return true;
}

Result<FileIdentity> identity_of(const Json& item, std::string_view what) {
  ME_TRY(const std::int64_t size, json::get_int(item, "size"));
  ME_TRY(const std::string_view sha256, json::get_string(item, "sha256"));
  if (size < 0 || sha256.size() != 64)
    return invalid("size or checksum of the " + std::string(what) + " file");
  return FileIdentity{static_cast<std::uint64_t>(size), std::string(sha256)};
}

Result<FileIdentity> read_identity(const Json& document, std::string_view key) {
  ME_TRY(const Json* item, json::get_object(document, key));
  return identity_of(*item, key);
}

/// Files to remove: their paths come from a file, so they must stay in the model's directory.
Status read_components(const Json& document, Undo& undo) {
  const Json* list = json::find(document, "components");
  if (list == nullptr) return {};
  if (!list->is_array()) return invalid("its components are no list");
  for (const Json& item : json::elements(*list)) {
    ME_TRY(const std::string_view path, json::get_string(item, "path"));
    if (!onnx::check_external_location(path)) return invalid("a component lies outside of the directory");
    ME_TRY(FileIdentity identity, identity_of(item, "component"));
    undo.components.emplace_back(std::string(path), std::move(identity));
  }
  return {};
}

Status read_piece(const Json& item, onnx::EditPlan& plan) {
  if (const auto text = json::find_string(item, "base64")) {
    std::string bytes;
    if (!decode_base64(*text, bytes)) return invalid("its bytes are no base64");
    plan.output_size += bytes.size();
    plan.pieces.emplace_back(std::move(bytes));
    return {};
  }
  ME_TRY(const std::int64_t offset, json::get_int(item, "offset"));
  ME_TRY(const std::int64_t size, json::get_int(item, "size"));
  const bool inside =
      offset >= 0 && size >= 0 && static_cast<std::uint64_t>(offset) <= plan.source_size &&
      static_cast<std::uint64_t>(size) <= plan.source_size - static_cast<std::uint64_t>(offset);
  if (!inside) return invalid("a piece lies outside of the file");
  plan.output_size += static_cast<std::uint64_t>(size);
  plan.pieces.emplace_back(ByteRange{static_cast<std::uint64_t>(offset), static_cast<std::uint64_t>(size)});
  return {};
}

Json identity_json(const FileIdentity& identity) {
  return {{"size", identity.size}, {"sha256", identity.sha256}};
}

}  // namespace

Result<onnx::EditPlan> invert(const onnx::EditPlan& plan, const ByteSource& source) {
  std::vector<Copied> copied;
  std::uint64_t at = 0;
  for (const onnx::PlanPiece& piece : plan.pieces) {
    const auto* range = std::get_if<ByteRange>(&piece);
    if (range != nullptr && range->size != 0) copied.push_back({*range, at});
    at += range != nullptr ? range->size : std::get<std::string>(piece).size();
  }
  std::stable_sort(copied.begin(), copied.end(),
                   [](const Copied& a, const Copied& b) { return a.source.offset < b.source.offset; });
  onnx::EditPlan inverse;
  inverse.source_size = plan.output_size;
  inverse.output_size = plan.source_size;
  std::uint64_t done = 0;
  std::uint64_t literal = 0;
  const auto keep = [&](std::uint64_t end) -> Status {
    if (end <= done) return {};
    literal += end - done;
    ME_TRY(const Bytes bytes, read_range(source, {done, end - done}, kMostLiteral));
    inverse.pieces.emplace_back(std::string(as_text(bytes)));
    done = end;
    return {};
  };
  for (const Copied& piece : copied) {
    ME_CHECK(keep(piece.source.offset));
    if (piece.source.end() <= done) continue;  // copied twice
    const std::uint64_t skip = done - piece.source.offset;
    inverse.pieces.emplace_back(ByteRange{piece.output + skip, piece.source.size - skip});
    done = piece.source.end();
  }
  ME_CHECK(keep(plan.source_size));
  inverse.notes = {
      {"(file)", std::to_string(plan.output_size) + " bytes", std::to_string(plan.source_size) + " bytes"}};
  return inverse;
}

Json undo_json(const Undo& undo, std::string_view version) {
  Json document = Json::object();
  document["schema"] = "modelexport/undo/1";
  document["file"] = undo.file;
  document["version"] = std::string(version);
  document["migrated"] = identity_json(undo.migrated);
  document["original"] = identity_json(undo.original);
  document["pieces"] = *json::find(report::plan_json(undo.plan), "pieces");
  if (undo.components.empty()) return document;
  Json components = Json::array();
  for (const auto& [path, identity] : undo.components)
    components.push_back({{"path", path}, {"size", identity.size}, {"sha256", identity.sha256}});
  document["components"] = std::move(components);
  return document;
}

Result<Undo> read_undo(std::string_view text, const Limits& limits) {
  const auto document = json::parse(text, limits, "undo");
  if (!document) return invalid(document.error().message);
  if (json::find_string(*document, "schema").value_or("") != "modelexport/undo/1")
    return invalid("it is none");
  Undo undo;
  ME_TRY(const std::string_view file, json::get_string(*document, "file"));
  undo.file = std::string(file);
  ME_TRY(undo.migrated, read_identity(*document, "migrated"));
  ME_TRY(undo.original, read_identity(*document, "original"));
  undo.plan.source_size = undo.migrated.size;
  ME_TRY(const Json* pieces, json::get_array(*document, "pieces"));
  for (const Json& piece : json::elements(*pieces)) ME_CHECK(read_piece(piece, undo.plan));
  ME_CHECK(read_components(*document, undo));
  if (undo.plan.output_size != undo.original.size)
    return invalid("its pieces do not make the original's size");
  undo.plan.notes = {{"(file)", std::to_string(undo.migrated.size) + " bytes",
                      std::to_string(undo.original.size) + " bytes"}};
  return undo;
}

std::string undo_name(const std::string& file) { return file + ".migrate-undo.json"; }

}  // namespace modelexport::migrate
