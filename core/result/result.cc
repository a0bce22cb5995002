#include "modelexport/result.h"

namespace modelexport {
namespace {

constexpr ErrorInfo kErrors[] = {
#define ME_ERROR(name, id, exit_code, title, explanation) \
  {ErrorCode::name, id, exit_code, title, explanation},
#include "modelexport/error_codes.def"
#undef ME_ERROR
};

}  // namespace

const ErrorInfo& error_info(ErrorCode code) {
  // The enum is made from the same list, so a code is its own index; a cast number falls back to `internal`.
  const auto index = static_cast<std::size_t>(code);
  return kErrors[index < std::size(kErrors) ? index : static_cast<std::size_t>(ErrorCode::internal)];
}

const std::vector<ErrorInfo>& all_errors() {
  static const std::vector<ErrorInfo> errors(std::begin(kErrors), std::end(kErrors));
  return errors;
}

std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::info:
      return "info";
    case Severity::warning:
      return "warning";
    case Severity::error:
      break;
  }
  return "error";
}

}  // namespace modelexport
