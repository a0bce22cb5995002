// Names that nodes at one place may read: what defines them and of which type they are.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace modelexport::check {

/// Element type of a tensor value; 0: not known. What is no tensor: a kind of hundreds, and the element type
/// of the tensors inside (0 where it is not known).
using ElemType = std::int32_t;
inline constexpr ElemType kOtherKind = 100;         ///< a map, or nobody knows which kind
inline constexpr ElemType kSequence = 200;          ///< of tensors
inline constexpr ElemType kOptional = 300;          ///< tensor
inline constexpr ElemType kOptionalSequence = 400;  ///< of tensors
inline constexpr ElemType kNested = 500;            ///< a container of containers, which no operator takes

/// Sizes of a tensor's dimensions, -1 where they are not known. Shared by values of one shape.
using Dims = std::vector<std::int64_t>;
using ShapeRef = std::shared_ptr<const Dims>;
/// Integers of a small constant.
using IntsRef = std::shared_ptr<const std::vector<std::int64_t>>;

/// What is known of a value that is handed over: to a body, to a function, and back.
struct Value {
  ElemType type = 0;
  ShapeRef shape = nullptr;  ///< nullptr: not known
  IntsRef ints = nullptr;    ///< of small integer constants
  bool given = true;         ///< false: an argument that the call leaves out
};

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
  /// What is known of a name here; an empty one is not given.
  Value value(const std::string& name) {
    if (name.empty()) return {.given = false};
    const Definition* found = find(name);
    return found == nullptr ? Value{} : Value{found->type, found->shape, found->ints};
  }

 private:
  Scope* parent_;
  std::unordered_map<std::string, Definition> names_;
};

}  // namespace modelexport::check
