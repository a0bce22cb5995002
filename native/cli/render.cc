#include "cli/render.h"

#include "cli/terminal.h"
#include "json/json.h"
#include "result/hints.h"

namespace modelexport::cli {
namespace {

/// Text out of files must not drive the terminal: control characters become "?" (newlines stay).
std::string printable(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\n') || byte == 0x7f) c = '?';
  }
  return out;
}

std::string indent(const std::string& text, const std::string& by) {
  std::string out;
  for (const char c : text) {
    out += c;
    if (c == '\n') out += by;
  }
  return out;
}

}  // namespace

std::string render_where(const Where& where) {
  std::string text = where.path;
  if (!where.field.empty()) text += (text.empty() ? "" : ": ") + where.field;
  if (where.offset) text += (text.empty() ? "byte " : ", byte ") + std::to_string(*where.offset);
  return text;
}

std::string render_diagnostic(const Diagnostic& diagnostic, bool color) {
  const ErrorInfo& info = error_info(diagnostic.code);
  const Style style = diagnostic.severity == Severity::error     ? Style::red
                      : diagnostic.severity == Severity::warning ? Style::yellow
                                                                 : Style::cyan;
  const std::string label = std::string(to_string(diagnostic.severity)) + "[" + std::string(info.id) + "]";
  std::string text =
      styled(label, style, color) + ": " + indent(printable(diagnostic.message), "    ") + "\n";
  const std::string where = printable(render_where(diagnostic.where));
  if (!where.empty()) text += styled("  -->", Style::cyan, color) + " " + indent(where, "      ") + "\n";
  const std::string hint = diagnostic.severity == Severity::error ? hint_of(diagnostic) : diagnostic.hint;
  if (!hint.empty())
    text += styled("  = hint:", Style::cyan, color) + " " + indent(printable(hint), "          ") + "\n";
  return text;
}

std::string render_error_json(const Diagnostic& diagnostic) {
  json::Json where = json::Json::object();
  if (!diagnostic.where.path.empty()) where["path"] = diagnostic.where.path;
  if (!diagnostic.where.field.empty()) where["field"] = diagnostic.where.field;
  if (diagnostic.where.offset) where["offset"] = *diagnostic.where.offset;
  json::Json error = json::Json::object();
  error["code"] = error_info(diagnostic.code).id;
  error["message"] = diagnostic.message;
  error["where"] = where.empty() ? json::Json() : where;
  const std::string hint = hint_of(diagnostic);
  error["hint"] = hint.empty() ? json::Json() : json::Json(hint);
  json::Json document = json::Json::object();
  document["error"] = error;
  return json::dump(document) + "\n";
}

}  // namespace modelexport::cli
