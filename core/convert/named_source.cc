#include "convert/named_source.h"

namespace modelexport::convert {

Result<source::Source> named_source(const std::string& name) {
  source::Source source = source::classify(name, nullptr, nullptr);
  const bool path =
      source.reason == source::Reason::path_prefix || source.reason == source::Reason::path_separator;
  if (source.kind != source::Kind::local || !path) ME_CHECK(source::require_usable(source));
  return source;
}

}  // namespace modelexport::convert
