// Plain implementations of operators that the libtorch at hand lacks, so that archives also run.
#pragma once

#include <string_view>

namespace torch {
class Library;
}

namespace modelexport::torchscript {

/// Adds the kernel of aten::`name` if there is one; operators without one only load.
void register_kernel(torch::Library& library, std::string_view name);

}  // namespace modelexport::torchscript
