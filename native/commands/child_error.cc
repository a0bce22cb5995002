#include "commands/child_error.h"

#include "json/json.h"

namespace modelexport::commands {
namespace {

std::optional<ErrorCode> code_from_id(std::string_view id) {
  for (const ErrorInfo& info : all_errors()) {
    if (info.id == id) return info.code;
  }
  return std::nullopt;
}

Where where_from(const json::Json& value) {
  Where where;
  if (value.is_string()) where.path = value.get_ref<const std::string&>();
  where.path += json::find_string(value, "path").value_or("");
  where.field = json::find_string(value, "field").value_or("");
  if (const auto offset = json::find_int(value, "offset"); offset && *offset >= 0) {
    where.offset = static_cast<std::uint64_t>(*offset);
  }
  return where;
}

}  // namespace

std::optional<Diagnostic> parse_child_error(std::string_view output, ErrorCode unknown) {
  const std::size_t start = output.find("{\"error\"");
  if (start == std::string_view::npos) return std::nullopt;
  output.remove_prefix(start);
  if (const std::size_t end = output.find_last_of('}'); end != std::string_view::npos) {
    output = output.substr(0, end + 1);
  }
  const auto document = json::parse(output, {}, "(child process)");
  if (!document) return std::nullopt;
  const json::Json* error = json::find(*document, "error");
  if (error == nullptr || !error->is_object()) return std::nullopt;
  Diagnostic diagnostic{unknown,
                        Severity::error,
                        std::string(json::find_string(*error, "message").value_or("")),
                        {},
                        std::string(json::find_string(*error, "hint").value_or(""))};
  if (const json::Json* where = json::find(*error, "where")) diagnostic.where = where_from(*where);
  const std::string_view id = json::find_string(*error, "code").value_or("");
  if (const auto code = code_from_id(id)) {
    diagnostic.code = *code;
  } else if (!id.empty()) {
    diagnostic.message += " (" + std::string(id) + ")";
  }
  return diagnostic;
}

std::string last_lines(std::string_view text, std::size_t count) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  std::size_t start = text.size();
  while (count-- > 0 && start > 0) {
    const std::size_t newline = text.rfind('\n', start - 1);
    start = newline == std::string_view::npos ? 0 : newline;
  }
  if (start < text.size() && text[start] == '\n') ++start;
  return std::string(text.substr(start));
}

}  // namespace modelexport::commands
