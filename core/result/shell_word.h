// Words of commands that hints show, ready to paste.
#pragma once

#include <string>
#include <string_view>

namespace modelexport {

/// A path or a text of the user as a POSIX shell takes it for one word: as it is where that is safe, else in
/// single quotes ("it's" becomes 'it'\''s').
std::string shell_word(std::string_view word);

}  // namespace modelexport
