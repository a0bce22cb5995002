#include "report/plan_json.h"

namespace modelexport::report {
namespace {

using json::Json;

std::string base64(std::string_view bytes) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8 | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k) out += k <= count ? kDigits[group >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

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
  Json pieces = Json::array();
  for (const onnx::PlanPiece& piece : plan.pieces) {
    if (const auto* range = std::get_if<ByteRange>(&piece)) {
      pieces.push_back({{"offset", range->offset}, {"size", range->size}});
    } else {
      pieces.push_back({{"base64", base64(std::get<std::string>(piece))}});
    }
  }
  document["pieces"] = std::move(pieces);
  return document;
}

}  // namespace modelexport::report
