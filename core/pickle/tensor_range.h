// From a pickled tensor to an aten::Tensor: its storage's byte range, checked.
#pragma once

#include <string>

#include "modelexport/aten.h"
#include "pickle/pickle.h"
#include "zip/zip.h"

namespace modelexport::pickle {

/// The tensor as a view of `<root>/<directory>/<storage key>`. Every element lies inside the storage.
Result<aten::Tensor> locate(const Pickle& pickle, const TensorRef& ref, const zip::Archive& archive,
                            std::string_view directory, std::string name);

/// True if every element of the view lies inside the storage (no overflow on hostile numbers).
bool view_fits(const aten::Tensor& tensor);

/// Same storage, offset, sizes, strides and dtype: the very same tensor.
std::string identity_of(const aten::Tensor& tensor);

}  // namespace modelexport::pickle
