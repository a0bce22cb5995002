// Standard output, buffered, with its failures noticed; or the strings of a caller in the same process.
#pragma once

#include <string>
#include <string_view>

#include "modelexport/result.h"

namespace modelexport::cli {

/// What a run printed, for a caller that wants it instead of its process's standard output and error.
struct Printed {
  std::string out;
  std::string err;
};

class Output {
 public:
  explicit Output(int fd = 1) : fd_(fd) {}
  /// Appends to `text`, which must live longer.
  explicit Output(std::string& text) : text_(&text) {}
  void write(std::string_view text);
  void line(std::string_view text) {
    write(text);
    write("\n");
  }
  /// io_write when the device refused the data. A closed pipe is no error: the reader has seen enough.
  Status flush();

 private:
  void drain();
  int fd_ = -1;
  std::string* text_ = nullptr;
  std::string buffer_;
  int error_ = 0;
};

}  // namespace modelexport::cli
