#include "onnx/rope.h"

#include <iterator>

#include "wire/writer.h"

namespace modelexport::onnx {

std::string& Rope::open_text() {
  if (pieces_.empty() || pieces_.back().weights) pieces_.emplace_back();
  return pieces_.back().text;
}

void Rope::append(std::string_view text) {
  if (text.empty()) return;
  open_text().append(text);
  size_ += text.size();
}

void Rope::append(const Initializer& weights, std::uint64_t bytes) {
  open_text();
  pieces_.back().weights = &weights;
  size_ += bytes;
}

void Rope::append_message(std::uint32_t field, Rope&& message) {
  std::string header;
  wire::put_header(header, field, message.size());
  append(header);
  if (message.pieces_.empty()) return;
  auto first = message.pieces_.begin();
  std::string& text = open_text();
  text.append(first->text);
  pieces_.back().weights = first->weights;
  pieces_.insert(pieces_.end(), std::make_move_iterator(first + 1),
                 std::make_move_iterator(message.pieces_.end()));
  size_ += message.size();
}

}  // namespace modelexport::onnx
