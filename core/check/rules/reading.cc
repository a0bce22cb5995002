// Findings of the readers themselves: the file's framing is broken, or a part exceeds a limit. They have the
// ids of the errors that other commands end with.
#include "check/rules/groups.h"

namespace modelexport::check {
namespace {

constexpr Readers kBoth = Reader::ort | Reader::onnx;

constexpr Rule kTruncated{
    .id = "ME-WIRE-001",
    .severity = Severity::error,
    .refused_by = kBoth,
    .title = "A protobuf field runs past the end of what contains it.",
    .why =
        "A length prefix announces more bytes than are left. Usually the file was cut off while it was "
        "downloaded or copied.",
    .fix = "get the file again and compare sizes",
    .example = "an .onnx file without its last megabyte",
};
constexpr Rule kTag{
    .id = "ME-WIRE-002",
    .severity = Severity::error,
    .refused_by = kBoth,
    .title = "A protobuf tag is not valid.",
    .why =
        "Field number 0, an unknown wire type, or the end of a group that was never opened: the bytes are no "
        "protobuf message, or there is garbage behind the model.",
    .fix = "get the file again; garbage behind the model is cut off by modelexport check --fix",
    .example = "a zero byte behind the model",
    .fixable = true,
};
constexpr Rule kVarint{
    .id = "ME-WIRE-003",
    .severity = Severity::error,
    .refused_by = kBoth,
    .title = "A protobuf number is not encoded in an acceptable way.",
    .why = "A varint has more bytes than readers accept: 5 for tags and lengths, 10 for values.",
    .fix = "write the file again with a protobuf library",
    .example = "a tag padded to six bytes",
};
constexpr Rule kDepth{
    .id = "ME-WIRE-004",
    .severity = Severity::error,
    .refused_by = kBoth,
    .title = "Protobuf messages are nested too deeply.",
    .why = "Loaders stop at 100 levels of messages; each subgraph takes three of them.",
    .fix = "move nested branches into model-local functions",
    .example = "If inside If, 32 times",
};
constexpr Rule kNoGraph{
    .id = "ME-MODEL-001",
    .severity = Severity::error,
    .refused_by = kBoth,
    .title = "The file holds no ONNX graph.",
    .why =
        "No field of the file is a graph. It may be another kind of file, or a download that stopped before "
        "the graph.",
    .fix = "get the file again, or export the model",
    .example = "a file with ir_version and producer only",
};
constexpr Rule kLimit{
    .id = "ME-MODEL-004",
    .severity = Severity::error,
    .refused_by = {},
    .title = "The model exceeds a declared limit.",
    .why =
        "A count or size is larger than what is accepted from untrusted input, so the part was not checked. "
        "Readers may need very much memory for it.",
    .fix = "if the model is yours: keep large data in tensors, not in strings",
    .example = "a metadata value of 1 GB",
    .unsafe = true,
};
constexpr Rule kContent{
    .id = "ME-MODEL-007",
    .severity = Severity::error,
    .refused_by = kBoth,
    .title = "A part of the model cannot be read.",
    .why =
        "The framing of a message is intact, but its content does not parse as the ONNX message it should "
        "be.",
    .fix = "get the file again, or export the model again",
    .example = "a value_info whose bytes are random",
};
constexpr Rule kShape{
    .id = "ME-TENSOR-001",
    .severity = Severity::error,
    .refused_by = kBoth,
    .title = "The shape of a tensor is not valid.",
    .why = "A dimension is negative, there are too many dimensions, or their product overflows.",
    .fix = "export the model again",
    .example = "dims: -4, dims: -4",
};
constexpr Rule kShort{
    .id = "ME-IO-004",
    .severity = Severity::error,
    .refused_by = kBoth,
    .title = "The file ended early.",
    .why = "Bytes that the file should have are missing: it was truncated, or changed while it was read.",
    .fix = "run again when nothing else writes to the file",
    .example = "a file that is being downloaded",
};

constexpr const Rule* kRules[] = {&kTruncated, &kTag,     &kVarint, &kDepth, &kNoGraph,
                                  &kLimit,     &kContent, &kShape,  &kShort};

}  // namespace

const Group kReadingGroup{.rules = kRules};

}  // namespace modelexport::check
