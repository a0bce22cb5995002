// Classes of modules whose forward() never ran, though modules below them ran.
//
// Purpose   A caller may reach through a module (`self.model.decoder(...)`, `layer.forward(...)`):
//           torch.export then records no call of it and so no class, while a TorchScript archive of the
//           same model has it. Without the class the module would be missing from tags, and both forms of
//           one model would be tagged differently.
// Reads     "silent_modules" of the capture record, {path: class}, written by modelexport.capture; for
//           other archives a table of the places in Transformers where this happens. A module that neither
//           names stays without class.
// Errors    none: what is not as expected names nothing.
// Source    modeling_*.py of Transformers 4.57 and 5; tests/interop/test_silent_modules.py compares the
//           table with the installed version.
#pragma once

#include "modelexport/aten.h"
#include "modelexport/limits.h"

namespace modelexport::hierarchy {

/// Fills class_name of such modules in `graph`, whose modules, calls and record are complete.
void name_silent_modules(aten::Graph& graph, const Limits& limits);

}  // namespace modelexport::hierarchy
