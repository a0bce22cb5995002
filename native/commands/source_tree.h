// The files of a model source: the directory it names, or the Hub model at its commit.
//
// Purpose   The one way by which export, pack and stamp reach a model's files. For a Hub model the tree lists
//           the commit's files and brings each into the shared cache when it is first opened (cache first,
//           then the Hub; only the cache with --offline).
// Use       source::Source s = classify_source(context, text); ME_CHECK(source::require_usable(s));
//           ME_TRY(auto tree, open_source_tree(context, s, limits));   // s.commit is set afterwards
//           ME_CHECK(tree->prepare(paths, context.progress)); ME_TRY(auto file, tree->source(path));
// Errors    source_no_directory; HUB and SRC codes, exit 4.
#pragma once

#include <memory>

#include "cli/context.h"
#include "hub/hub.h"
#include "io/file_tree.h"
#include "modelexport/limits.h"
#include "modelexport/source.h"

namespace modelexport::commands {

/// `source` must be usable. For a Hub source its commit is resolved and written into it. `everything`: the
/// list must be the commit's complete one (weights, code); otherwise the cache's files will do if they seem
/// to be all components.
Result<std::unique_ptr<io::FileTree>> open_source_tree(cli::Context& context, source::Source& source,
                                                       const Limits& limits, bool everything = false);

/// The commit of a Hub source that has none yet: the Hub's answer, else the cache's with a note.
Status complete_commit(cli::Context& context, hub::Hub& hub, source::Source& source);

/// The same for a Hub source, with what a Hub's files can do beyond a directory's.
Result<std::unique_ptr<hub::HubTree>> open_hub_tree(cli::Context& context, source::Source& source,
                                                    const Limits& limits, bool everything);

}  // namespace modelexport::commands
