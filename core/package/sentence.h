// What a package's components say beyond the network itself: pooling of sentence-transformers, and files that
// loaders fetch from other repositories.
#pragma once

#include "package/component_set.h"

namespace modelexport::package {

struct SentenceFacts {
  std::string pooling;  ///< "mean", "cls", "last_token"; "" if there is none or it is another
  bool normalize = false;
};
Result<SentenceFacts> sentence_facts(const ComponentSet& set, const Limits& limits);

/// pack_elsewhere for audio tokenizers, backbones and class tables that loaders take from the Hub.
Status warn_about_other_repositories(const ComponentSet& set, const Limits& limits, Diagnostics& warnings);

}  // namespace modelexport::package
