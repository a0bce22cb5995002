// Hub sources for export and stamp: which commit is written, and whether its configuration fits the graph.
#pragma once

#include <string>

#include "cli/context.h"
#include "modelexport/source.h"
#include "modelexport/stamp.h"
#include "stamp/config_fit.h"

namespace modelexport::commands {

/// The source that a file's stamp names; of a Hub model at --revision, where that is given. Nobody is asked.
/// Errors: those of stamp::source_of, source_bad_name for a revision that is none, cli_usage for a revision
/// of a local model.
Result<source::Source> stamped_source(const cli::Context& context, const stamp::Stamp& stamp,
                                      const std::string& file);

/// Pins a usable source: a name without revision means the commit that this machine's cache holds weights of,
/// if there is one; so does any branch or tag when only the cache could be asked. With --allow-unpinned a
/// name that nobody could verify, or whose commit only the cache says, becomes a Hub source without commit.
/// Errors: those of source::require_usable; source_unreachable, source_private or source_not_found (what the
/// Hub said) for a branch or tag whose commit only the cache says, without having weights of it.
Status pin_source(cli::Context& context, source::Source& source);

/// config.json of a pinned Hub source; "" (and at most a note) when it cannot be had.
Result<std::string> hub_config(cli::Context& context, source::Source& source, const Limits& limits);

}  // namespace modelexport::commands
