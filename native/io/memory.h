// Memory of this process and of the machine, from /proc.
#pragma once

#include <cstdint>

namespace modelexport::io {

/// The most that this program itself ever held resident, in bytes. (getrusage would also count what the
/// process held before it became this program.) 0 if unknown.
std::uint64_t peak_memory();
/// What new work can use without swapping, in bytes. 0 if unknown.
std::uint64_t available_memory();

}  // namespace modelexport::io
