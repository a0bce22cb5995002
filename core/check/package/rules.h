// The rules about packages.
#pragma once

#include "check/context.h"

namespace modelexport::check {

extern const Group kPackageGroup;

namespace package_rules {
extern const Rule kManifest, kFileMissing, kFileChanged, kFileUnlisted, kNoConfig, kBadDocument, kNoModelType,
    kRemoteCode, kUnknownType, kNoTokenizer, kNoProcessor, kTimmKey, kAtSign, kSeveralModels, kMissingParts,
    kInputs, kOutputs, kLabels, kCacheSize, kNoCache, kCacheOrder, kStaticBatch, kDataNames, kJsLayout,
    kJsTokenizer, kJsTemplate, kJsQuantized;
}  // namespace package_rules

}  // namespace modelexport::check
