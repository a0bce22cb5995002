// External data: where a tensor's bytes are outside of the file, and whether they are there.
#include <algorithm>

#include "check/rules/groups.h"
#include "check/weight_digests.h"
#include "modelexport/stamp.h"
#include "result/shell_word.h"
#include "wire/writer.h"

namespace modelexport::check {
namespace {

constexpr Readers kBoth = Reader::ort | Reader::onnx;
constexpr std::int32_t kExternal = 1;
constexpr std::int32_t kString = 8;

constexpr Rule kEscapes{
    .id = "ME-EXT-001",
    .severity = Severity::error,
    .refused_by = kBoth,
    .title = "External data are looked for outside of the model's directory.",
    .why =
        "A location with '..', an absolute path or a link that leads outside makes a program read files that "
        "the model's author chose. Current runtimes refuse it, ONNX Runtime before 1.24 reads the file.",
    .fix = "move the data file beside the model and let the model name it by its plain file name",
    .example = "location = ../../etc/passwd",
    .unsafe = true,
};
constexpr Rule kEntry{
    .id = "ME-EXT-002",
    .severity = Severity::warning,
    .refused_by = kBoth,
    .title = "A tensor that is stored outside names no file.",
    .why = "data_location is EXTERNAL, but there is no location, or an empty one.",
    .fix = "export the model again",
    .example = "data_location: EXTERNAL without external_data",
};
constexpr Rule kMissing{
    .id = "ME-EXT-010",
    .severity = Severity::warning,
    .refused_by = kBoth,
    .title = "A file with external data is missing.",
    .why =
        "The weights are in a file of their own, which must lie where the model says. Renaming a model "
        "without "
        "its data file is the most common reason.",
    .fix = "copy the file beside the model; where it was renamed, modelexport check --fix corrects the name",
    .example = "location = model.onnx_data in a directory that has only renamed.onnx_data",
    .fixable = true,
};
constexpr Rule kNotRegular{
    .id = "ME-EXT-011",
    .severity = Severity::warning,
    .refused_by = kBoth,
    .title = "External data are not in a regular file.",
    .why = "A directory, pipe or device stands where the data should be.",
    .fix = "put the data into a regular file beside the model",
    .example = "location = .",
};
constexpr Rule kShortFile{
    .id = "ME-EXT-012",
    .severity = Severity::warning,
    .refused_by = Reader::ort,
    .title = "A file with external data is too short.",
    .why = "Tensors reach past its end: the file was cut off, or is another model's.",
    .fix = "get the data file again and compare sizes",
    .example = "offset 0, length 64 in a file of 32 bytes",
};
constexpr Rule kLength{
    .id = "ME-EXT-013",
    .severity = Severity::warning,
    .refused_by = Reader::ort,
    .title = "The length of external data does not fit the tensor's shape.",
    .why = "ONNX Runtime compares both and refuses a difference.",
    .fix = "modelexport check --fix writes the length that the shape asks for",
    .example = "length = 60 for 16 floats",
    .fixable = true,
};
constexpr Rule kNumber{
    .id = "ME-EXT-014",
    .severity = Severity::warning,
    .refused_by = Reader::ort,
    .title = "Offset or length of external data is no plain decimal number.",
    .why = "The entries are texts; readers disagree about signs, blanks and hexadecimal numbers.",
    .fix = "export the model again",
    .example = "offset = 0x0",
};
constexpr Rule kKey{
    .id = "ME-EXT-015",
    .severity = Severity::warning,
    .refused_by = Reader::ort,
    .title = "An external data entry has a key that ONNX Runtime refuses.",
    .why = "ONNX Runtime knows location, offset, length, checksum and prepacked_*, and refuses others.",
    .fix = "modelexport check --fix removes the entry",
    .example = "key = basepath",
    .fixable = true,
};
constexpr Rule kTwice{
    .id = "ME-EXT-016",
    .severity = Severity::warning,
    .refused_by = Reader::ort,
    .title = "An external data entry is there twice.",
    .why = "ONNX Runtime 1.30 and later refuse it, older ones took the last.",
    .fix = "remove the entry that is not meant; export the model again",
    .example = "location twice",
};
constexpr Rule kLink{
    .id = "ME-EXT-017",
    .severity = Severity::warning,
    .refused_by = Reader::onnx,
    .title = "A file with external data is a link.",
    .why =
        "onnx refuses symbolic links and files with several hard links, because they can be used to read "
        "other "
        "files. ONNX Runtime follows them inside the model's directory and in the Hub cache.",
    .fix = "copy the file instead of linking it",
    .example = "model.onnx_data -> weights.bin",
};
constexpr Rule kDots{
    .id = "ME-EXT-018",
    .severity = Severity::warning,
    .refused_by = Reader::onnx,
    .title = "The name of a file with external data contains two dots in a row.",
    .why = "onnx takes any '..' for a step out of the directory.",
    .fix = "rename the file and the location",
    .example = "location = a..b.bin",
};
constexpr Rule kSelf{
    .id = "ME-EXT-019",
    .severity = Severity::error,
    .refused_by = {},
    .title = "The model takes its own bytes for weights.",
    .why = "The location is the model file itself. Readers accept that and compute with whatever is there.",
    .fix = "export the model again",
    .example = "location = model.onnx in model.onnx",
    .unsafe = true,
};
constexpr Rule kControl{
    .id = "ME-EXT-020",
    .severity = Severity::error,
    .refused_by = {},
    .title = "A location holds a NUL or control character.",
    .why = "Readers cut the name off at the NUL, so what is checked and what is opened differ.",
    .fix = "export the model again",
    .example = "location = w.bin\\0.txt",
    .unsafe = true,
};
constexpr Rule kAndInline{
    .id = "ME-EXT-021",
    .severity = Severity::warning,
    .refused_by = Reader::onnx,
    .title = "A tensor has data in the file and outside.",
    .why = "Only one of them can count; ONNX Runtime takes the external data.",
    .fix = "export the model again",
    .example = "data_location: EXTERNAL with raw_data",
};
constexpr Rule kIgnored{
    .id = "ME-EXT-022",
    .severity = Severity::warning,
    .refused_by = {},
    .title = "External data are named, but not used.",
    .why = "data_location does not say EXTERNAL, so readers ignore the entries.",
    .fix = "export the model again",
    .example = "external_data without data_location",
};
constexpr Rule kStrings{
    .id = "ME-EXT-023",
    .severity = Severity::warning,
    .refused_by = Reader::ort,
    .title = "A tensor of strings is stored outside.",
    .why = "Strings have no fixed width and cannot be external.",
    .fix = "export the model again",
    .example = "data_type: STRING, data_location: EXTERNAL",
};
constexpr Rule kMemory{
    .id = "ME-SEC-002",
    .severity = Severity::error,
    .refused_by = kBoth,
    .title = "A location is ONNX Runtime's marker for an address in memory.",
    .why = "Old versions read that address without asking.",
    .fix = "do not open this file",
    .example = "location = */_ORT_MEM_ADDR_/*",
    .unsafe = true,
};
constexpr Rule kOverlap{
    .id = "ME-EXT-024",
    .severity = Severity::info,
    .refused_by = {},
    .title = "Tensors overlap in a file with external data.",
    .why = "Equal ranges are shared weights; ranges that overlap in part are most likely a mistake.",
    .fix = "export the model again if the weights are not shared on purpose",
    .example = "offset 0, length 64 and offset 32, length 64",
};

constexpr Rule kOnHub{
    .id = "ME-EXT-025",
    .severity = Severity::warning,
    .refused_by = kBoth,
    .title = "Weights are in a Hub model's safetensors, which are not beside the file.",
    .why =
        "export --weights hub leaves weights that are byte-equal to the stamped commit's where they are, so "
        "that "
        "the file travels small. Runtimes need them beside it.",
    .fix = "modelexport load MODEL.onnx -o DIRECTORY makes a directory with them",
    .example = "location = model.safetensors in a lone file with hf_hub_id = org/name",
};

constexpr const Rule* kRules[] = {&kEscapes, &kEntry,  &kMissing, &kNotRegular, &kShortFile,
                                  &kLength,  &kNumber, &kKey,     &kTwice,      &kLink,
                                  &kDots,    &kSelf,   &kControl, &kAndInline,  &kIgnored,
                                  &kStrings, &kMemory, &kOverlap, &kOnHub,      &kOtherWeights};

bool is_known_key(std::string_view key) {
  return key == "location" || key == "offset" || key == "length" || key == "checksum" ||
         key.starts_with("prepacked_");
}

bool is_decimal(std::string_view text) {
  return !text.empty() && text.size() <= 20 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// "sub/../f" stays inside, "a/../../f" does not.
bool leaves_directory(std::string_view location) {
  if (location.starts_with('/')) return true;
  int depth = 0;
  for (std::size_t at = 0; at <= location.size();) {
    const std::size_t slash = std::min(location.find('/', at), location.size());
    const std::string_view part = location.substr(at, slash - at);
    if (part == "..") {
      if (--depth < 0) return true;
    } else if (!part.empty() && part != ".") {
      ++depth;
    }
    at = slash + 1;
  }
  return false;
}

/// Bytes that the initializers want of a file; nothing where a size is not known.
std::optional<std::uint64_t> bytes_wanted(const TensorContext& context, const std::string& location) {
  std::uint64_t end = 0;
  for (const onnx::TensorView& tensor : context.model.model.graph().initializers) {
    if (tensor.data_location != 1 || !tensor.external || tensor.external->location != location) continue;
    const auto bytes = tensor.bytes();
    const std::uint64_t offset = tensor.external->offset.value_or(0);
    if (!bytes || *bytes > ~offset) return std::nullopt;
    end = std::max(end, offset + *bytes);
  }
  return end == 0 ? std::nullopt : std::optional(end);
}

/// The one file beside the model that has exactly the bytes that the missing one must have.
std::string sibling_of_size(const TensorContext& context, const std::string& location,
                            const std::string& model) {
  constexpr std::size_t kMostLookedAt = 1000;
  constexpr std::string_view kOthers[] = {".onnx", ".json", ".txt", ".md"};
  const Surroundings* around = context.model.options.around;
  const auto wanted = bytes_wanted(context, location);
  if (!wanted || around->siblings().size() > kMostLookedAt) return {};
  std::string found;
  for (const std::string& name : around->siblings()) {
    const bool other = std::any_of(std::begin(kOthers), std::end(kOthers),
                                   [&](std::string_view suffix) { return name.ends_with(suffix); });
    if (other || name == model) continue;
    const Surroundings::File file = around->look_up(name);
    if (!file.exists || !file.regular || file.link || file.size != *wanted) continue;
    if (!found.empty()) return {};
    found = name;
  }
  return found;
}

/// "model.onnx_data" for "old.onnx_data" beside "model.onnx": the sidecar that was renamed with its model.
std::string renamed_sidecar(const TensorContext& context, const std::string& location) {
  const Surroundings* around = context.model.options.around;
  std::string model = context.model.model.source().name();
  model = model.substr(model.find_last_of('/') + 1);
  const std::string stem = model.substr(0, model.rfind('.'));
  std::vector<std::string> wanted;
  for (const char* suffix : {"_data", ".data"}) wanted.push_back(model + suffix);
  const std::size_t dot = location.find('.');
  if (dot != std::string::npos) wanted.push_back(stem + location.substr(dot));
  for (const std::string& name : wanted) {
    if (name == location || name == model) continue;
    if (std::binary_search(around->siblings().begin(), around->siblings().end(), name)) return name;
  }
  return sibling_of_size(context, location, model);
}

bool is_number(std::string_view text) {
  constexpr std::string_view most = "9223372036854775807";
  if (!is_decimal(text)) return false;
  text.remove_prefix(std::min(text.find_first_not_of('0'), text.size()));
  return text.size() < most.size() || (text.size() == most.size() && text <= most);
}

struct Entries {
  const onnx::MetadataEntry* location = nullptr;
  const onnx::MetadataEntry* offset = nullptr;
  const onnx::MetadataEntry* length = nullptr;
};

void set_entry(Finding& finding, const TensorContext& context, const onnx::MetadataEntry& entry,
               const std::string& value) {
  std::string content;
  wire::put_bytes(content, 1, entry.key);
  wire::put_bytes(content, 2, value);
  finding.fixes.push_back(
      {entry.message.field(),
       [tensor = context.tensor.message, message = entry.message, content, value, before = entry.value,
        path = context.place.text() + ".external_data[" + entry.key + "]"](onnx::EditBuilder& edit) {
         edit.replace(tensor, message, 13, content, {path, before, value});
       }});
}

Entries check_entries(const TensorContext& context, const std::string& name) {
  Entries found;
  for (const onnx::MetadataEntry& entry : context.tensor.external->entries) {
    const onnx::MetadataEntry** slot = entry.key == "location" ? &found.location
                                       : entry.key == "offset" ? &found.offset
                                       : entry.key == "length" ? &found.length
                                                               : nullptr;
    if (slot != nullptr && *slot != nullptr)
      // ONNX Runtime refuses a second location only; which of two numbers counts is unclear all the same.
      context.report(kTwice, "external_data of " + name + " has " + in_quotes(entry.key) + " twice")
          .refused_by = slot == &found.location ? Readers(Reader::ort) : Readers();
    if (slot != nullptr) *slot = &entry;
    const bool empty = slot == nullptr && entry.value.empty();
    if (empty || !is_known_key(entry.key)) {
      context
          .report(kKey, "external_data of " + name + " has the key " + in_quotes(entry.key) +
                            (empty ? " without a value" : ""))
          .fixes.push_back({entry.message.field(),
                            [tensor = context.tensor.message, message = entry.message, key = entry.key,
                             path = context.place.text()](onnx::EditBuilder& edit) {
                              edit.remove(tensor, message, {path + ".external_data[" + key + "]", key, {}});
                            }});
    }
    if ((slot == &found.offset || slot == &found.length) && !is_number(entry.value)) {
      Finding& finding = context.report(kNumber, entry.key + " " + in_quotes(entry.value) + " of " + name +
                                                     " is no decimal number of 63 bits");
      // A length that starts with a zero is read as none.
      if (slot == &found.length && entry.value.starts_with("0x")) finding.refused_by = {};
    }
  }
  return found;
}

/// False when the location itself is refused and nothing further can be said.
bool check_location(const TensorContext& context, const std::string& location, const std::string& name) {
  const std::string text = "the location " + in_quotes(location) + " of " + name;
  if (location.find("_ORT_MEM_ADDR_") != std::string::npos) {
    context.report(kMemory, text + " is a marker for an address in memory");
    return false;
  }
  if (std::any_of(location.begin(), location.end(),
                  [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; })) {
    context.report(kControl, text + " holds a control character");
    return false;
  }
  if (leaves_directory(location)) {
    context.report(kEscapes, text + " leads outside of the model's directory").refused_by = kBoth;
    return false;
  }
  if (location.find("..") != std::string::npos && location.find("/../") == std::string::npos)
    context.report(kDots, text + " contains '..'");
  return true;
}

void check_range(const TensorContext& context, const Entries& entries, const Surroundings::File* file,
                 const std::string& name) {
  const auto bytes = context.tensor.bytes();
  const std::uint64_t offset = context.tensor.external->offset.value_or(0);
  const auto length = context.tensor.external->length;
  if (bytes && length && *length != *bytes) {
    Finding& finding =
        context.report(kLength, "length " + std::to_string(*length) + " of " + name + " is not the " +
                                    std::to_string(*bytes) + " bytes that its shape asks for");
    if (*length == 0) finding.refused_by = {};  // read as none
    const bool fits = file == nullptr || (offset <= file->size && *bytes <= file->size - offset);
    if (entries.length != nullptr && fits)
      set_entry(finding, context, *entries.length, std::to_string(*bytes));
    return;
  }
  const std::uint64_t want = bytes.value_or(length.value_or(0));
  if (want > (1ULL << 63) || offset > (1ULL << 63) - 1 || (1ULL << 63) - 1 - offset < want) {
    context.report(kNumber, "offset and length of " + name + " overflow");
  } else if (file != nullptr && offset + want > file->size) {
    context.report(kShortFile, name + " needs " + std::to_string(offset + want) + " bytes of " +
                                   in_quotes(entries.location->value) + ", which has " +
                                   std::to_string(file->size));
  }
}

/// This is asked for every missing tensor of a file: nobody has so many metadata and means well.
constexpr std::size_t kMostMetadata = 1000;

stamp::Stamp stamp_of(const onnx::ModelHeader& header) {
  stamp::Entries entries;
  if (header.metadata.size() > kMostMetadata) return {};
  for (const onnx::MetadataEntry& entry : header.metadata)
    if (entry.key.starts_with("hf_")) entries.emplace_back(entry.key, entry.value);
  return stamp::read(entries);
}

/// Weights that travel separately: one finding says so for all. Unused tensors are nobody's to miss.
bool check_on_hub(const TensorContext& context, const std::string& location) {
  if (context.role != TensorRole::initializer || !context.used || !location.ends_with(".safetensors"))
    return false;
  if (context.model.findings.has(kOnHub)) return true;
  const stamp::Stamp stamp = stamp_of(context.model.model.header());
  if (!stamp::is_on_hub(stamp, location)) return false;
  Finding& finding = context.report(kOnHub, "weights are in " + in_quotes(location) + " of " +
                                                stamp::hub_name(stamp) + ", which is not beside the file");
  finding.hint = "modelexport load " + shell_word(context.model.model.source().name()) +
                 " -o DIRECTORY makes a directory with them";
  return true;
}

void check_file(const TensorContext& context, const Entries& entries, const std::string& name) {
  const std::string& location = entries.location->value;
  const Surroundings* around = context.model.options.around;
  if (around == nullptr) return check_range(context, entries, nullptr, name);
  const Surroundings::File file = around->look_up(location);
  const std::string text = in_quotes(location) + " with the data of " + name;
  if (!file.exists) {
    if (check_on_hub(context, location)) return;
    Finding& finding = context.report_group(location, kMissing, text + " is missing");
    auto known = context.model.renamed.find(location);
    if (known == context.model.renamed.end())
      known = context.model.renamed.emplace(location, renamed_sidecar(context, location)).first;
    const std::string& other = known->second;
    if (!other.empty()) {
      finding.message += "; " + in_quotes(other) + " is there";
      set_entry(finding, context, *entries.location, other);
    }
    return;
  }
  if (!file.inside) {
    context.report(kEscapes, text + " is a link that leads outside of the model's directory").refused_by =
        kBoth;
    return;
  }
  if (!file.regular) {
    context.report(kNotRegular, text + " is no regular file");
    return;
  }
  if (file.is_model) context.report(kSelf, text + " is the model file itself").refused_by = {};
  if (file.link || file.hard_linked) context.report(kLink, text + " is a link");
  check_range(context, entries, &file, name);
}

void check_external(const TensorContext& context, const std::string& name) {
  const onnx::TensorView& tensor = context.tensor;
  if (!tensor.data_fields.empty() &&
      (tensor.data_entries > 1 || tensor.data.size != 0 || tensor.data_fields[0] != 9))
    context.report(kAndInline, name + " has data in the file and outside");
  if (tensor.data_type == kString) context.report(kStrings, name + " of strings is stored outside");
  if (!tensor.external) {
    context.report(kEntry, name + " is stored outside, but names no file");
    return;
  }
  const Entries entries = check_entries(context, name);
  if (entries.location == nullptr || entries.location->value.empty()) {
    context.report(kEntry, name + " is stored outside, but names no file");
    return;
  }
  if (check_location(context, entries.location->value, name)) check_file(context, entries, name);
}

void check_tensor(TensorContext& context) {
  const onnx::TensorView& tensor = context.tensor;
  const std::string name = tensor.name.empty() ? "a tensor without name" : "tensor " + in_quotes(tensor.name);
  if (tensor.data_location == kExternal) return check_external(context, name);
  if (tensor.external) context.report(kIgnored, name + " names external data, but is not marked as external");
}

/// Ranges of one file that overlap without being equal.
void check_overlaps(ModelContext& model) {
  const auto files = onnx::external_files(model.model, onnx::ExternalScope::initializers);
  if (!files) return;
  for (const onnx::ExternalFile& file : *files) {
    std::vector<onnx::ExternalFile::Use> uses = file.uses;
    std::sort(uses.begin(), uses.end(), [](const auto& a, const auto& b) {
      return std::make_pair(a.offset, a.length.value_or(0)) < std::make_pair(b.offset, b.length.value_or(0));
    });
    for (std::size_t i = 1; i < uses.size(); ++i) {
      const auto& a = uses[i - 1];
      const auto& b = uses[i];
      if (!a.length || !b.length || *a.length == 0 || *b.length == 0) continue;
      if (a.offset == b.offset && *a.length == *b.length) continue;
      if (*a.length <= b.offset - a.offset) continue;
      const Place place{nullptr, "graph"};
      model.report(kOverlap,
                   "the data of " + in_quotes(a.tensor) + " and " + in_quotes(b.tensor) + " overlap in " +
                       in_quotes(file.location),
                   place, b.message.offset);
    }
  }
}

}  // namespace

const Group kExternalGroup{.rules = kRules, .tensor = check_tensor, .end = check_overlaps};

}  // namespace modelexport::check
