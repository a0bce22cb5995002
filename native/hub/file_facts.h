// What the headers on the way to a file said, compared with the Hub's list of files.
#pragma once

#include "hub/client.h"
#include "hub/listing.h"

namespace modelexport::hub {

/// hub_bad_answer if commit, digest or size are others.
Status check_facts(const Client::Got& got, const Subject& subject, const RepoFile& file);

}  // namespace modelexport::hub
