// What shows that weights are of the commit that a stamp names.
#pragma once

#include "modelexport/stamp.h"

namespace modelexport::stamp {

/// For a source that was only named: `given` if it names its commit, in full or by its first digits;
/// `branch_head` if the commit is what a branch or tag means now; `none` without a commit.
Evidence evidence_of(const source::Source& source);

/// A new stamp of the commit that the old one names already keeps what is known about it: stronger evidence
/// (stamping leaves the weights alone; the warning about a branch's head goes with the weaker one), and a
/// licence that nobody could be asked for this time.
void keep_what_is_known(const Entries& old, Made& made);

/// After entries were edited by hand (`set`: those that were set): evidence of another model or commit is no
/// evidence for the one that is named now. It becomes `given`, or goes where no commit is named; evidence
/// that was set itself stays as it was set.
void settle_evidence(const Entries& before, const Entries& set, Entries& after);

}  // namespace modelexport::stamp
