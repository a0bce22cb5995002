// The extension module modelexport._native: commands of the command line, run inside the interpreter.
//
// Purpose   modelexport/program.py calls run() and reads the JSON document that --json prints, so that Python
// and
//           command line cannot differ.
// Threads   The interpreter is free while a command works; several threads may run commands at once.
// Signals   Long work asks the interpreter now and then, so that Ctrl-C ends it with KeyboardInterrupt (in
// the main
//           thread, as Python does it); unfinished files are removed.
// Errors    A command's errors are part of its result, never C++ exceptions.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <chrono>
#include <string>
#include <vector>

#include "cli/context.h"
#include "commands/table.h"

namespace py = pybind11;

namespace modelexport::python {
namespace {

/// Whether the interpreter has a signal to deliver; then its exception is set. Taking the interpreter costs
/// more than a step of work, so it is asked ten times a second.
bool is_interrupted() {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds kEvery{100};
  thread_local Clock::time_point asked{};
  const Clock::time_point now = Clock::now();
  if (now - asked < kEvery) return false;
  asked = now;
  const py::gil_scoped_acquire held;
  return PyErr_Occurred() != nullptr || PyErr_CheckSignals() != 0;
}

/// Exit code, standard output and standard error of a command.
py::tuple run(const std::vector<std::string>& words) {
  cli::Printed printed;
  int code = 0;
  {
    const py::gil_scoped_release released;
    code = cli::run_program(commands::command_table(), words, is_interrupted, &printed);
  }
  if (PyErr_Occurred() != nullptr) throw py::error_already_set();
  return py::make_tuple(code, py::bytes(printed.out), py::bytes(printed.err));
}

}  // namespace
}  // namespace modelexport::python

PYBIND11_MODULE(_native, module) {
  module.doc() =
      "Commands of modelexport, run inside the interpreter. Use the functions of modelexport instead.";
  module.def(
      "run", &modelexport::python::run, py::arg("words"),
      "Runs a command line without the program's name. Returns exit code, standard output, standard error.");
}
