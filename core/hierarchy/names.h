// Module paths and class names: splitting, ordering, and which classes are PyTorch's own.
#pragma once

#include <string_view>

namespace modelexport::hierarchy {

/// "0" of "encoder.layer.0".
std::string_view last_component(std::string_view path);
/// One or more ASCII digits.
bool is_number(std::string_view text);
/// `path` is a proper descendant of `ancestor` ("" is above everything).
bool is_below(std::string_view path, std::string_view ancestor);
/// Order that puts a module before what is below it, and keeps that together ("a" < "a.b" < "a-b").
bool path_before(std::string_view a, std::string_view b);
/// torch.nn, its quantised relatives and TorchScript's own classes.
bool is_torch_module(std::string_view dotted_class);
/// ModuleList, Sequential, ModuleDict: their children's index stands for them.
bool is_container(std::string_view short_class);

}  // namespace modelexport::hierarchy
