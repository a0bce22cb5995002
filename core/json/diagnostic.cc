#include "json/diagnostic.h"

#include "result/hints.h"

namespace modelexport::json {

Json error_document(const Diagnostic& diagnostic) {
  Json where = Json::object();
  if (!diagnostic.where.path.empty()) where["path"] = diagnostic.where.path;
  if (!diagnostic.where.field.empty()) where["field"] = diagnostic.where.field;
  if (diagnostic.where.offset) where["offset"] = *diagnostic.where.offset;
  Json error = Json::object();
  error["code"] = error_info(diagnostic.code).id;
  error["message"] = diagnostic.message;
  error["where"] = where.empty() ? Json() : where;
  const std::string hint = hint_of(diagnostic);
  error["hint"] = hint.empty() ? Json() : Json(hint);
  Json document = Json::object();
  document["error"] = error;
  return document;
}

}  // namespace modelexport::json
