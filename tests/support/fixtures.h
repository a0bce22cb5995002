// Test fixtures by name, natively and in WebAssembly (whose tests see the file system through Node).
//
// Errors    A missing fixture ends the test program with its path: a broken checkout, not a finding.
#pragma once

#include <string>
#include <string_view>

#include "modelexport/bytes.h"

namespace modelexport::testing {

/// Path of tests/fixtures/<name>; does not look whether it exists.
std::string fixture_path(std::string_view name);

/// All bytes of a fixture.
Bytes read_fixture(std::string_view name);

/// All bytes of any file, for what a test has just written.
Bytes read_file(const std::string& path);

}  // namespace modelexport::testing
