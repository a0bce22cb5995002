#include "report/verified.h"

#include <algorithm>
#include <cmath>

namespace modelexport::report {
namespace {

using json::Json;

Verified::Difference largest(const Verified& verified) {
  Verified::Difference out;
  for (const auto& shape : verified.shapes) {
    out.max_abs = std::max(out.max_abs, shape.difference.max_abs);
    out.max_rel = std::max(out.max_rel, shape.difference.max_rel);
  }
  return out;
}

std::string_view name(Verified::Status status) {
  switch (status) {
    case Verified::Status::ok:
      return "ok";
    case Verified::Status::failed:
      return "failed";
    default:
      return "not verified";
  }
}

void put(Json& object, const Verified::Difference& difference) {
  object["max_abs"] = difference.max_abs;
  object["max_rel"] = difference.max_rel;
}

}  // namespace

std::string scientific(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return "infinite";
  if (value == 0) return "0";
  const double magnitude = std::abs(value);
  int exponent = static_cast<int>(std::floor(std::log10(magnitude)));
  auto digits = static_cast<int>(std::lround(magnitude / std::pow(10.0, exponent) * 10));
  if (digits >= 100) {  // 9.96 rounds to 10
    digits = 10;
    ++exponent;
  }
  const int size = std::abs(exponent);
  return (value < 0 ? "-" : "") + std::to_string(digits / 10) + "." + std::to_string(digits % 10) +
         (exponent < 0 ? "e-" : "e+") + (size < 10 ? "0" : "") + std::to_string(size);
}

Json verified_json(const Verified& verified) {
  Json out = Json::object();
  out["status"] = name(verified.status);
  out["max_abs"] = nullptr;
  out["max_rel"] = nullptr;
  if (!verified.shapes.empty()) put(out, largest(verified));
  if (!verified.reason.empty()) out["reason"] = verified.reason;
  if (!verified.note.empty()) out["note"] = verified.note;
  if (verified.shapes.empty()) return out;
  out["onnxruntime"] = verified.runtime;
  out["outputs"] = Json::array();
  for (const auto& output : verified.outputs) {
    Json item = Json::object();
    item["name"] = output.name;
    put(item, output.difference);
    out["outputs"].push_back(std::move(item));
  }
  out["shapes"] = Json::array();
  for (const auto& shape : verified.shapes) {
    Json item = Json::object();
    item["sizes"] = Json::object();
    for (const auto& [symbol, size] : shape.sizes) item["sizes"][symbol] = size;
    put(item, shape.difference);
    out["shapes"].push_back(std::move(item));
  }
  return out;
}

std::string verified_text(const Verified& verified) {
  if (verified.status == Verified::Status::not_verified)
    return "not verified" + (verified.reason.empty() ? "" : " (" + verified.reason + ")");
  const Verified::Difference difference = largest(verified);
  const std::size_t count = verified.shapes.size();
  std::string text = verified.status == Verified::Status::failed ? "FAILED " : "";
  text += "at " + std::to_string(count) + (count == 1 ? " shape" : " shapes") + " with ONNX Runtime " +
          verified.runtime + ": max abs " + scientific(difference.max_abs) + ", max rel " +
          scientific(difference.max_rel);
  if (!verified.note.empty()) text += "; " + verified.note;
  return text;
}

}  // namespace modelexport::report
