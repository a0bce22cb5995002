// Standard output, buffered, with its failures noticed.
#pragma once

#include <string>
#include <string_view>

#include "modelexport/result.h"

namespace modelexport::cli {

class Output {
 public:
  explicit Output(int fd = 1) : fd_(fd) {}
  void write(std::string_view text);
  void line(std::string_view text) {
    write(text);
    write("\n");
  }
  /// io_write when the device refused the data. A closed pipe is no error: the reader has seen enough.
  Status flush();

 private:
  void drain();
  int fd_;
  std::string buffer_;
  int error_ = 0;
};

}  // namespace modelexport::cli
