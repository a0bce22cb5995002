#include "report/tensor_report.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "modelexport/model_view.h"

namespace modelexport::report {
namespace {

using json::Json;

constexpr std::size_t kWindow = std::size_t{1} << 20;
constexpr std::size_t kFirst = 64;

enum Type : std::int32_t {
  kFloat = 1,
  kUint8,
  kInt8,
  kUint16,
  kInt16,
  kInt32,
  kInt64,
  kString,
  kBool,
  kFloat16,
  kDouble,
  kUint32,
  kUint64,
  kBfloat16 = 16,
  kUint4 = 21,
  kInt4 = 22,
};

double half_value(std::uint16_t bits) {
  const int exponent = (bits >> 10) & 0x1F;
  const int mantissa = bits & 0x3FF;
  const double sign = (bits & 0x8000) != 0 ? -1.0 : 1.0;
  if (exponent == 0) return sign * std::ldexp(mantissa, -24);
  if (exponent == 31)
    return mantissa == 0 ? sign * std::numeric_limits<double>::infinity()
                         : std::numeric_limits<double>::quiet_NaN();
  return sign * std::ldexp(mantissa + 1024, exponent - 25);
}

double bfloat_value(std::uint16_t bits) {
  const std::uint32_t wide = static_cast<std::uint32_t>(bits) << 16;
  float value = 0;
  std::memcpy(&value, &wide, sizeof value);
  return value;
}

/// What was seen so far.
class Statistics {
 public:
  void add(double value) {
    if (first_.size() < kFirst) first_.push_back(value);
    ++count_;
    if (std::isnan(value)) {
      ++nan_;
    } else if (std::isinf(value)) {
      ++inf_;
    } else {
      if (value == 0) ++zero_;
      min_ = std::min(min_, value);
      max_ = std::max(max_, value);
      sum_ += value;
    }
  }

  [[nodiscard]] std::uint64_t count() const { return count_; }

  void report(Json& document) const {
    Json first = Json::array();
    for (const double value : first_) {
      if (std::isnan(value)) {
        first.push_back("NaN");
      } else if (std::isinf(value)) {
        first.push_back(value > 0 ? "Infinity" : "-Infinity");
      } else {
        first.push_back(value);
      }
    }
    const std::uint64_t finite = count_ - nan_ - inf_;
    document["first"] = std::move(first);
    document["min"] = finite > 0 ? Json(min_) : Json();
    document["max"] = finite > 0 ? Json(max_) : Json();
    document["mean"] = finite > 0 ? Json(sum_ / static_cast<double>(finite)) : Json();
    document["nan"] = nan_;
    document["inf"] = inf_;
    document["zero"] = zero_;
  }

 private:
  std::vector<double> first_;
  std::uint64_t count_ = 0, nan_ = 0, inf_ = 0, zero_ = 0;
  double min_ = std::numeric_limits<double>::infinity();
  double max_ = -std::numeric_limits<double>::infinity();
  double sum_ = 0;
};

template <class T>
T load(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

using AddElement = void (*)(const std::byte*, Statistics&);
template <class T>
void add_as(const std::byte* from, Statistics& statistics) {
  statistics.add(static_cast<double>(load<T>(from)));
}

struct ElementType {
  std::int32_t type;
  unsigned bytes;
  AddElement add;
};
constexpr ElementType kTypes[] = {
    {kFloat, 4, add_as<float>},
    {kUint8, 1, add_as<std::uint8_t>},
    {kInt8, 1, add_as<std::int8_t>},
    {kUint16, 2, add_as<std::uint16_t>},
    {kInt16, 2, add_as<std::int16_t>},
    {kInt32, 4, add_as<std::int32_t>},
    {kInt64, 8, add_as<std::int64_t>},
    {kBool, 1, add_as<std::uint8_t>},
    {kFloat16, 2, [](const std::byte* from, Statistics& s) { s.add(half_value(load<std::uint16_t>(from))); }},
    {kDouble, 8, add_as<double>},
    {kUint32, 4, add_as<std::uint32_t>},
    {kUint64, 8, add_as<std::uint64_t>},
    {kBfloat16, 2,
     [](const std::byte* from, Statistics& s) { s.add(bfloat_value(load<std::uint16_t>(from))); }},
    {kUint4, 1,
     [](const std::byte* from, Statistics& s) {
       const auto both = load<std::uint8_t>(from);
       s.add(both & 15);
       s.add(both >> 4);
     }},
    {kInt4, 1,
     [](const std::byte* from, Statistics& s) {
       const auto both = load<std::uint8_t>(from);
       s.add(((both & 15) ^ 8) - 8);
       s.add(((both >> 4) ^ 8) - 8);
     }},
};

/// How the elements are laid out: raw by type, or the packed typed field that holds them.
const ElementType* layout(const StoredElements& stored) {
  const std::int32_t type = stored.data_field == 4    ? kFloat
                            : stored.data_field == 10 ? kDouble
                                                      : stored.data_type;
  const auto* found =
      std::find_if(std::begin(kTypes), std::end(kTypes), [&](const auto& t) { return t.type == type; });
  return found == std::end(kTypes) ? nullptr : found;
}

/// A varint as the stored type sees it: int32_data also carries 16-bit floats and sub-byte types.
double varint_value(std::uint64_t value, std::int32_t type) {
  switch (type) {
    case kFloat16:
      return half_value(static_cast<std::uint16_t>(value));
    case kBfloat16:
      return bfloat_value(static_cast<std::uint16_t>(value));
    case kUint64:
    case kUint32:
      return static_cast<double>(value);
    default:
      return static_cast<double>(static_cast<std::int64_t>(value));
  }
}

template <class Use>
Status read_windows(const ByteSource& source, ByteRange range, unsigned multiple, Progress& progress,
                    Use use) {
  Bytes window(std::min<std::uint64_t>(range.size, kWindow - kWindow % multiple));
  for (std::uint64_t done = 0; done < range.size;) {
    const std::size_t size = std::min<std::uint64_t>(window.size(), range.size - done);
    ME_CHECK(source.read_at(range.offset + done, std::span<std::byte>(window.data(), size)));
    use(window.data(), size);
    done += size;
    progress.update("reading the tensor", done, range.size);
    if (progress.cancelled()) return fail(ErrorCode::cli_interrupted, "stopped while reading a tensor");
  }
  return {};
}

Status add_varints(const ByteSource& source, const StoredElements& stored, Progress& progress,
                   Statistics& statistics) {
  std::uint64_t value = 0;
  unsigned shift = 0;
  return read_windows(source, stored.bytes, 1, progress, [&](const std::byte* data, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) {
      const auto byte = static_cast<std::uint64_t>(data[i]);
      if (shift < 64) value |= (byte & 0x7F) << shift;
      shift += 7;
      if ((byte & 0x80) != 0) continue;
      statistics.add(varint_value(value, stored.data_type));
      value = 0;
      shift = 0;
    }
  });
}

}  // namespace

Result<Json> tensor_json(const ByteSource& source, const StoredElements& stored, Progress& progress) {
  Json document = Json::object();
  document["schema"] = "modelexport/tensor/1";
  const std::string_view name = onnx::data_type_name(stored.data_type);
  document["dtype"] = name.empty() ? Json() : Json(name);
  document["elements"] = stored.elements;
  const std::uint64_t size = source.size();
  if (stored.bytes.offset > size || stored.bytes.size > size - stored.bytes.offset) {
    return fail(ErrorCode::tensor_view, "the elements of the tensor lie outside the file",
                {.path = source.name(), .field = {}, .offset = stored.bytes.offset});
  }
  Statistics statistics;
  const bool varints = stored.data_field == 5 || stored.data_field == 7 || stored.data_field == 11;
  const ElementType* type = layout(stored);
  document["supported"] = varints || type != nullptr;
  if (varints) {
    ME_CHECK(add_varints(source, stored, progress, statistics));
  } else if (type != nullptr) {
    ByteRange whole = stored.bytes;
    whole.size -= whole.size % type->bytes;
    ME_CHECK(
        read_windows(source, whole, type->bytes, progress, [&](const std::byte* data, std::size_t count) {
          for (std::size_t i = 0; i < count; i += type->bytes) type->add(data + i, statistics);
        }));
  }
  statistics.report(document);
  return document;
}

}  // namespace modelexport::report
