// A message as text pieces and weights that are still where they are stored.
//
// Purpose   Lengths of enclosing messages precede their content on the wire. A Rope is built inside out, so
//           that the writer knows every length before the first byte and never holds a weight.
// Ownership Initializers are borrowed from the model being written.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "modelexport/onnx_model.h"

namespace modelexport::onnx {

class Rope {
 public:
  /// Text, then (if not null) the raw elements of one initializer.
  struct Piece {
    std::string text;
    const Initializer* weights = nullptr;
  };

  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] const std::vector<Piece>& pieces() const { return pieces_; }

  void append(std::string_view text);
  void append(const Initializer& weights, std::uint64_t bytes);
  /// Appends `message` as length-delimited field `field`.
  void append_message(std::uint32_t field, Rope&& message);

 private:
  std::string& open_text();

  std::vector<Piece> pieces_;
  std::uint64_t size_ = 0;
};

}  // namespace modelexport::onnx
