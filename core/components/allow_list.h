// The allow-list of component files and the words for everything else (reference: transformers_files.md §2-5,
// §8).
#pragma once

#include <string>
#include <string_view>

namespace modelexport::components {

/// '*' stands for any run of characters without '/'.
bool glob_match(std::string_view pattern, std::string_view text);
/// Relative, without "..", empty parts, backslashes, drive letters or control characters.
bool is_safe_path(std::string_view path);
/// Weights, also of other runtimes: never taken, even if a configuration names them.
bool is_weights(std::string_view path);
/// Why a file that is no component stays behind.
std::string left_out_reason(std::string_view path);
/// Looks like a Git LFS pointer.
bool is_lfs_pointer(std::string_view text);
/// Holds something of the shape of a Hub access token.
bool holds_token(std::string_view text);
/// Files in a directory of this name are a tokenizer of their own ("qformer_tokenizer").
bool is_tokenizer_directory(std::string_view name);

}  // namespace modelexport::components
