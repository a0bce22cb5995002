// README.md of a package: front matter that the Hub reads, and how to open the package.
//
// Purpose   With license, base_model and library_name the directory can be uploaded as it is. Front matter of
//           the source's card is kept, without what names the exporting machine.
#pragma once

#include <string>
#include <vector>

#include "package/manifest.h"

namespace modelexport::package {

struct CardFacts {
  std::string title;
  std::string source_card;  ///< text of the source's README.md, "" if none
  ManifestSource source;
  std::string base_model;    ///< Hub id, "" if unknown
  std::string license;       ///< "" if unknown
  std::string library_name;  ///< "transformers.js" or "optimum"
  std::string pipeline_tag;  ///< "" if unknown
  std::string body;          ///< Markdown after the title
};

struct Card {
  std::string text;
  std::vector<std::string> edits;  ///< what was taken out of the source's front matter
};
Card make_card(const CardFacts& facts);

/// A title from the name of the directory or zip: its last part without ".zip".
std::string card_title(std::string output);

}  // namespace modelexport::package
