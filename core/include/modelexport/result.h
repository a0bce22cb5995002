// Results and diagnostics: how every part of modelexport reports what went wrong.
//
// Purpose   An operation returns Result<T> (a value or one Diagnostic); work that can find many
//           things (checking, planning) also fills a Diagnostics list.
// Errors    The core throws nothing across its interface. A Diagnostic always has a stable code
//           (error_codes.def), and as far as known a place (file, field path, byte offset) and a hint
//           with a command to paste (design: contract.md, "Every error").
// Example   Result<Zip> zip = Zip::open(source); if (!zip) return fail(zip);
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace modelexport {

/// Stable code of an error or finding. `id()` is what users see, for example "ME-ARC-003".
enum class ErrorCode : std::uint16_t {
#define ME_ERROR(name, id, exit_code, title, explanation) name,
#include "modelexport/error_codes.def"
#undef ME_ERROR
};

/// What the table in error_codes.def says about one code.
struct ErrorInfo {
  ErrorCode code;
  std::string_view id;           ///< "ME-ARC-003"; never reused
  int exit_code;                 ///< process exit code when this ends a command (contract.md §1)
  std::string_view title;        ///< one sentence
  std::string_view explanation;  ///< the long form that `modelexport explain` prints
};

const ErrorInfo& error_info(ErrorCode code);
/// All codes in table order.
const std::vector<ErrorInfo>& all_errors();

enum class Severity : std::uint8_t { info, warning, error };
std::string_view to_string(Severity severity);

/// The place a diagnostic speaks of. Every part may be unknown.
struct Where {
  std::string path{};                     ///< file as the user named it
  std::string field{};                    ///< "graph.node[12].attribute[0]", archive member, module path
  std::optional<std::uint64_t> offset{};  ///< byte offset in the file
};

struct Diagnostic {
  ErrorCode code;
  Severity severity = Severity::error;
  std::string message;  ///< what happened, without the place
  Where where;
  std::string hint;  ///< what to do, with a command to paste
};
using Diagnostics = std::vector<Diagnostic>;

template <class T>
class [[nodiscard]] Result : public tl::expected<T, Diagnostic> {
 public:
  using tl::expected<T, Diagnostic>::expected;
};
using Status = Result<void>;

/// An error to return: `return fail(ErrorCode::zip_truncated, "…", {.field = "…"}, "hint");`
inline tl::unexpected<Diagnostic> fail(ErrorCode code, std::string message, Where where = {},
                                       std::string hint = {}) {
  return tl::unexpected<Diagnostic>(
      Diagnostic{code, Severity::error, std::move(message), std::move(where), std::move(hint)});
}

/// Passes on the error of another result: `if (!r) return fail(r);`
template <class R>
requires requires(R&& r) { std::forward<R>(r).error(); }
tl::unexpected<Diagnostic> fail(R&& r) { return tl::unexpected<Diagnostic>(std::forward<R>(r).error()); }

inline tl::unexpected<Diagnostic> fail(Diagnostic d) { return tl::unexpected<Diagnostic>(std::move(d)); }

}  // namespace modelexport

// Evaluates an expression giving Result/Status; returns its error from the current function.
#define ME_CHECK(expr)                                                \
  do {                                                                \
    if (auto me_check_status = (expr); !me_check_status)              \
      return ::modelexport::fail(std::move(me_check_status).error()); \
  } while (false)

#define ME_CONCAT2(a, b) a##b
#define ME_CONCAT(a, b) ME_CONCAT2(a, b)
// `ME_TRY(auto x, f());` declares x from the value of f(), or returns f()'s error.
#define ME_TRY(decl, expr)                                                       \
  auto ME_CONCAT(me_try_, __LINE__) = (expr);                                    \
  if (!ME_CONCAT(me_try_, __LINE__))                                             \
    return ::modelexport::fail(std::move(ME_CONCAT(me_try_, __LINE__)).error()); \
  decl = std::move(*ME_CONCAT(me_try_, __LINE__))
