#include "components/leaks.h"

#include <algorithm>
#include <array>

#include "components/json_text.h"

namespace modelexport::components {
namespace {

constexpr std::array kTokenizerFileKeys = {"tokenizer_file", "vocab_file", "merges_file",
                                           "special_tokens_map_file"};
constexpr std::array kMachinePrefixes = {
    "/home/",    "/Users/",   "/root/",     "/mnt/",     "/tmp/",     "/var/",   "/data/", "/opt/",
    "/scratch/", "/content/", "/workspace", "/media/",   "/gpfs",     "/lustre", "/fsx",   "/nfs",
    "/raid",     "/dbfs/",    "/kaggle/",   "/Volumes/", "/private/", "/srv/",   "/run/"};

bool starts_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}
bool ends_with(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() && text.substr(text.size() - suffix.size()) == suffix;
}

bool has_drive(std::string_view text) {
  if (text.size() < 3 || text[1] != ':' || (text[2] != '\\' && text[2] != '/')) return false;
  return (text[0] >= 'a' && text[0] <= 'z') || (text[0] >= 'A' && text[0] <= 'Z');
}

/// A path for certain, whatever the key: what a regular expression or a template would not look like.
bool is_machine_path(std::string_view value) {
  if (value.find('\n') != std::string_view::npos || value.size() > 4096) return false;
  if (has_drive(value) || starts_with(value, "file:/") || starts_with(value, "~/")) return true;
  return std::any_of(kMachinePrefixes.begin(), kMachinePrefixes.end(),
                     [&](const char* prefix) { return starts_with(value, prefix); });
}

bool is_path_key(std::string_view key) {
  return ends_with(key, "name_or_path") || ends_with(key, "_path") || ends_with(key, "_dir") ||
         ends_with(key, "_file") || key == "path";
}

enum class Change { none, blank, remove, warn };

Change change_for(std::string_view file, const TextMember& member, bool keep_paths) {
  const bool tokenizer = file == "tokenizer_config.json" || ends_with(file, "/tokenizer_config.json");
  if (tokenizer && member.depth == 1 &&
      std::find(kTokenizerFileKeys.begin(), kTokenizerFileKeys.end(), member.key) !=
          kTokenizerFileKeys.end()) {
    return Change::remove;
  }
  if (keep_paths || member.value.empty()) return Change::none;
  if (ends_with(member.key, "name_or_path") && is_local_path(member.value)) return Change::blank;
  if (!is_machine_path(member.value)) return Change::none;
  return is_path_key(member.key) ? Change::blank : Change::warn;
}

Diagnostic leak_warning(std::string_view file, const TextMember& member) {
  Where where;
  where.path = std::string(file);
  where.field = member.where;
  return Diagnostic{
      ErrorCode::pack_leak, Severity::warning,
      "'" + member.value + "' looks like a path of the machine the file was made on; it was left.",
      std::move(where), "Remove it from the source's file if nothing needs it."};
}

}  // namespace

bool is_local_path(std::string_view value) {
  if (value.empty()) return false;
  if (value.front() == '/' || value.front() == '~' || value.front() == '.' || has_drive(value)) return true;
  if (starts_with(value, "file:") || value.find('\\') != std::string_view::npos) return true;
  return std::count(value.begin(), value.end(), '/') > 1 || ends_with(value, "/");
}

bool names_home(std::string_view text) {
  constexpr std::array kHomes = {"/home/", "/Users/", "/root/", ":\\Users\\"};
  return std::any_of(kHomes.begin(), kHomes.end(),
                     [&](const char* home) { return text.find(home) != std::string_view::npos; });
}

Cleaned clean(std::string_view path, std::string_view text, bool keep_paths, std::size_t max_depth) {
  Cleaned out;
  out.text = std::string(text);
  if (starts_with(text, "\xef\xbb\xbf")) {
    out.text.erase(0, 3);
    out.edits.emplace_back("byte order mark removed");
  }
  // From the end, so that the positions of what is still to change stay right. Removing a member may also
  // take the comma in front of it, which belongs to no other member's range.
  std::vector<TextMember> members = string_members(out.text, max_depth);
  std::vector<std::string> edits;
  for (auto member = members.rbegin(); member != members.rend(); ++member) {
    switch (change_for(path, *member, keep_paths)) {
      case Change::none:
        break;
      case Change::blank:
        blank_value(out.text, *member);
        edits.push_back(member->where + ": path of the exporting machine blanked");
        break;
      case Change::remove:
        remove_member(out.text, *member);
        edits.push_back(member->where + ": file name removed, the packaged file counts");
        break;
      case Change::warn:
        out.warnings.push_back(leak_warning(path, *member));
        break;
    }
  }
  out.edits.insert(out.edits.end(), edits.rbegin(), edits.rend());
  return out;
}

}  // namespace modelexport::components
