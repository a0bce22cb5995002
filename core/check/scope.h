// Names that nodes at one place may read: what defines them and of which type they are.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace modelexport::check {

/// Element type of a tensor value; 0: not known; from kOtherKind on: a sequence, map or optional, no tensor.
using ElemType = std::int32_t;
inline constexpr ElemType kOtherKind = 100;

/// Sizes of a tensor's dimensions, -1 where they are not known. Shared by values of one shape.
using Dims = std::vector<std::int64_t>;
using ShapeRef = std::shared_ptr<const Dims>;
/// Integers of a small constant.
using IntsRef = std::shared_ptr<const std::vector<std::int64_t>>;

struct Definition {
  enum class Kind : std::uint8_t { input, initializer, node };
  Kind kind = Kind::input;
  bool used = false;
  bool has_initializer = false;  ///< inputs: an initializer gives a default
  ElemType type = 0;
  std::uint32_t node = 0;    ///< index of the node in its graph
  ShapeRef shape = nullptr;  ///< nullptr: not known
  bool constant = false;     ///< made by a Constant: an initializer to ONNX Runtime
  bool external = false;     ///< its integers are in another file
  IntsRef ints = nullptr;    ///< of small integer constants
};

class Scope {
 public:
  explicit Scope(Scope* parent = nullptr) : parent_(parent) {}

  Definition* own(const std::string& name) {
    const auto found = names_.find(name);
    return found == names_.end() ? nullptr : &found->second;
  }
  /// Here or in an enclosing graph.
  Definition* find(const std::string& name) {
    for (Scope* scope = this; scope != nullptr; scope = scope->parent_)
      if (Definition* found = scope->own(name)) return found;
    return nullptr;
  }
  Definition& define(const std::string& name, Definition definition) {
    return names_.insert_or_assign(name, definition).first->second;
  }

 private:
  Scope* parent_;
  std::unordered_map<std::string, Definition> names_;
};

}  // namespace modelexport::check
