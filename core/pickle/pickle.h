// Pickles read as data: what torch.save and TorchScript write, and nothing that runs.
//
// Purpose   Gives a small graph of values: numbers, strings, tuples, lists, dictionaries, tensors (as
//           references to storages) and objects (class name + attributes).
// Safety    Nothing is ever called or imported. The known globals are tensors' and TorchScript's own; every
//           other name is refused when it occurs, with the name (pickle_refused).
// Shape     Values are shared by id (pickles have references, even cycles): whoever walks them must bound the
//           walk by depth and count.
// Errors    pickle_malformed (with byte offset), pickle_refused, pickle_limit.
// Limits    Limits::pickle_ops (also bounds the number of values), string_bytes, rank.
// Source    CPython Lib/pickletools.py (opcodes); torch/_utils.py, torch/csrc/jit/serialization/pickler.cpp.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "modelexport/bytes.h"
#include "modelexport/dtype.h"
#include "modelexport/limits.h"
#include "modelexport/result.h"

namespace modelexport::pickle {

using Id = std::uint32_t;
inline constexpr Id kNone = 0;  ///< values[0] is always None

struct Sequence {
  std::vector<Id> items;
  bool list = false;  ///< else a tuple
};
/// In order of first insertion, keys not deduplicated.
struct Dict {
  std::vector<std::pair<Id, Id>> items;
};
/// An instance of a `__torch__` class: its attributes are `state` (usually a Dict).
struct Object {
  std::string class_name;  ///< "__torch__.torch.nn.modules.linear.___torch_mangle_3.Linear"
  Id state = kNone;
};
/// A name; only known ones occur.
struct Global {
  std::string name;  ///< "torch._utils._rebuild_tensor_v2"
};
/// The file behind tensors: member `data/<key>` of the archive.
struct Storage {
  std::string key;
  DType dtype = DType::undefined;  ///< uint8 for untyped storages
  std::int64_t elements = 0;
};
struct TensorRef {
  Id storage = kNone;
  DType dtype = DType::undefined;
  std::int64_t offset = 0;  ///< in elements
  std::vector<std::int64_t> sizes;
  std::vector<std::int64_t> strides;
  bool parameter = false;  ///< wrapped by _rebuild_parameter
};
struct None {};

using Value = std::variant<None, bool, std::int64_t, double, std::string, Sequence, Dict, Object, Global,
                           Storage, TensorRef>;

struct Pickle {
  std::vector<Value> values;
  Id root = kNone;

  template <class T>
  [[nodiscard]] const T* get(Id id) const {
    return id < values.size() ? std::get_if<T>(&values[id]) : nullptr;
  }
  /// Value of a string key of a Dict; kNone if absent.
  [[nodiscard]] Id find(const Dict& dict, std::string_view key) const;
};

/// `name` is what errors call the pickle (archive member).
Result<Pickle> read(ByteSpan bytes, const Limits& limits, const std::string& name);

}  // namespace modelexport::pickle
