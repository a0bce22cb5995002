#include "report/plan_json.h"

#include "json/base64.h"

namespace modelexport::report {
namespace {

using json::Json;

Json text_or_null(const std::optional<std::string>& text) { return text ? Json(*text) : Json(); }

}  // namespace

Json plan_json(const onnx::EditPlan& plan) {
  Json document = Json::object();
  document["schema"] = "modelexport/plan/1";
  document["unchanged"] = plan.unchanged();
  document["source_size"] = plan.source_size;
  document["output_size"] = plan.output_size;
  Json notes = Json::array();
  for (const onnx::EditNote& note : plan.notes)
    notes.push_back(
        {{"path", note.path}, {"before", text_or_null(note.before)}, {"after", text_or_null(note.after)}});
  document["notes"] = std::move(notes);
  if (plan.more_notes != 0) document["more_notes"] = plan.more_notes;
  Json pieces = Json::array();
  for (const onnx::PlanPiece& piece : plan.pieces) {
    if (const auto* range = std::get_if<ByteRange>(&piece)) {
      pieces.push_back({{"offset", range->offset}, {"size", range->size}});
    } else {
      pieces.push_back({{"base64", json::base64(std::get<std::string>(piece))}});
    }
  }
  document["pieces"] = std::move(pieces);
  return document;
}

}  // namespace modelexport::report
