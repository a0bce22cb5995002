// The groups of rules, one per file of this directory.
#pragma once

#include "check/context.h"

namespace modelexport::check {

extern const Group kFileGroup;
extern const Group kReadingGroup;
extern const Group kWireGroup;
extern const Group kVersionsGroup;
extern const Group kGraphGroup;
extern const Group kFunctionsGroup;
extern const Group kOperatorsGroup;
extern const Group kAttributesGroup;
extern const Group kBodiesGroup;
extern const Group kTensorsGroup;
extern const Group kSparseGroup;
extern const Group kExternalGroup;
extern const Group kMetadataGroup;
extern const Group kStampGroup;
extern const Group kHierarchyGroup;
extern const Group kLegacyGroup;
extern const Group kMigrationGroup;

}  // namespace modelexport::check
