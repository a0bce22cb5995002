// How the TorchScript worker reports errors inside: an exception that carries a Diagnostic.
//
// Purpose   libtorch throws; so this executable (unlike the core) uses exceptions, and main.cc turns every
//           one of them into the JSON error on standard output.
#pragma once

#include <exception>
#include <string>
#include <utility>

#include "modelexport/result.h"

namespace modelexport::torchscript {

class Failure : public std::exception {
 public:
  explicit Failure(Diagnostic diagnostic) : diagnostic_(std::move(diagnostic)) {}
  Failure(ErrorCode code, std::string message, Where where = {}, std::string hint = {})
      : diagnostic_{code, Severity::error, std::move(message), std::move(where), std::move(hint)} {}

  [[nodiscard]] const char* what() const noexcept override { return diagnostic_.message.c_str(); }
  [[nodiscard]] const Diagnostic& diagnostic() const { return diagnostic_; }

 private:
  Diagnostic diagnostic_;
};

/// The value of a core Result, or its Diagnostic thrown.
template <class T>
T value_or_throw(Result<T> result) {
  if (!result) throw Failure(std::move(result).error());
  return std::move(*result);
}

}  // namespace modelexport::torchscript
