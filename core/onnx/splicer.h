// Applies splices to a message tree: copies what is not touched, re-encodes the lengths around what is.
//
// Errors    model_edit: a splice overlaps another one or its parent is no message of the file.
#pragma once

#include <span>
#include <vector>

#include "modelexport/edit_plan.h"
#include "wire/window.h"

namespace modelexport::onnx {

/// Pieces with their total size; neighbours are joined.
class PieceList {
 public:
  void copy(ByteRange range);
  void literal(std::string_view bytes);
  void append(const PlanPiece& piece);
  void append(PieceList&& other);
  [[nodiscard]] std::uint64_t size() const { return size_; }
  std::vector<PlanPiece> take() { return std::move(pieces_); }

 private:
  std::vector<PlanPiece> pieces_;
  std::uint64_t size_ = 0;
};

/// Rewrites the message at `content`; the order of `splices` does not matter.
Status rewrite(wire::Window& window, ByteRange content, const std::vector<EditBuilder::Splice>& splices,
               PieceList& out);

}  // namespace modelexport::onnx
