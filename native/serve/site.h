// What a server gives away: a fixed list of paths, each a text in memory or a file that was opened before.
//
// Purpose   No path of a request ever reaches the file system: what is not on the list is not there.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "io/file_source.h"

namespace modelexport::serve {

struct Resource {
  std::string type;                        ///< media type
  std::string text;                        ///< unless `file`
  std::shared_ptr<const ByteSource> file;  ///< read by ranges
  [[nodiscard]] std::uint64_t size() const { return file == nullptr ? text.size() : file->size(); }
};

struct Site {
  std::map<std::string, Resource, std::less<>> resources;  ///< by path, with the leading slash
};

}  // namespace modelexport::serve
