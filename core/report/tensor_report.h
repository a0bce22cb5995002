// What is in a stored tensor: first elements, range, mean, how many are not numbers.
//
// Purpose   The page's tensor panel. One pass over the bytes in windows, whatever the tensor's size; a 16 MB
// weight
//           costs 16 MB of reading, wherever it lies.
// Schema    "modelexport/tensor/1": {dtype, elements, first:[...], min, max, mean, nan, inf, zero}; min, max
// and mean
//           leave out NaN and infinities, null where nothing is left. 64-bit integers beyond 2^53 are rounded
//           in the statistics. Complex and sub-byte float types have no statistics (`supported` is false).
// Errors    tensor_view: bytes and shape do not fit; cli_interrupted; those of reading.
#pragma once

#include "json/json.h"
#include "modelexport/bytes.h"

namespace modelexport::report {

struct StoredElements {
  std::int32_t data_type = 0;  ///< TensorProto.DataType
  std::uint64_t elements = 0;
  ByteRange bytes;               ///< raw little-endian elements, or a packed typed field
  std::uint32_t data_field = 9;  ///< 9 raw; 4 float, 5 int32, 7 int64, 10 double, 11 uint64: packed field
};

Result<json::Json> tensor_json(const ByteSource& source, const StoredElements& stored, Progress& progress);

}  // namespace modelexport::report
