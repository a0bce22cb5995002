#include "components/documents.h"

#include "components/allow_list.h"
#include "components/json_text.h"

namespace modelexport::components {
namespace {

bool ends_with(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() && text.substr(text.size() - suffix.size()) == suffix;
}

constexpr std::uint64_t kMaxDocument = 16ULL << 20;

Status check_text(const FileEntry& file, std::string_view text) {
  if (is_lfs_pointer(text)) {
    return fail(ErrorCode::pack_lfs_pointer, file.path + " is a Git LFS pointer, not the file itself.",
                {.path = file.path}, "Run `git lfs pull` in the model's directory.");
  }
  if (holds_token(text)) {
    return fail(ErrorCode::pack_secret, file.path + " holds what looks like a Hub access token.",
                {.path = file.path},
                "Remove it from the file, and revoke it at https://huggingface.co/settings/tokens");
  }
  return {};
}

}  // namespace

bool is_configuration(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  const std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
  return ends_with(name, "config.json") || glob_match("config.*.json", name) || name == "modules.json" ||
         name == "chat_template.json" || name == "special_tokens_map.json" || name == "added_tokens.json";
}

Result<Document> read_document(const SourceTree& tree, const FileEntry& file, const PlanOptions& options,
                               Diagnostics& warnings) {
  if (file.size > kMaxDocument) {
    return fail(ErrorCode::pack_limit, file.path + " has " + std::to_string(file.size) + " bytes.",
                {.path = file.path},
                "A configuration file of more than 16 MiB is not one; remove or repair it.");
  }
  ME_TRY(std::string text, tree.read(file.path, kMaxDocument));
  ME_CHECK(check_text(file, text));
  const Strict strict = make_strict(text);
  Result<json::Json> value = json::parse(strict.text, options.limits, file.path);
  if (!value) {
    return fail(ErrorCode::pack_bad_config, file.path + ": " + value.error().message, value.error().where,
                "Copy the file again from the model's source.");
  }
  if (strict.had_non_finite) {
    Where where;
    where.path = file.path;
    warnings.push_back(
        Diagnostic{ErrorCode::pack_python_json, Severity::warning,
                   file.path + " holds NaN or Infinity, which is no JSON: browsers cannot read it.",
                   std::move(where), "Python can. Replace the values if the package is for the web."});
  }
  Document document;
  document.text = std::move(text);
  document.value = std::move(*value);
  return document;
}

const json::Json* find_in(const Documents& documents, std::string_view path, std::string_view key) {
  const auto found = documents.find(std::string(path));
  return found == documents.end() ? nullptr : json::find(found->second.value, key);
}

std::string text_in(const Documents& documents, std::string_view path, std::string_view key) {
  const json::Json* value = find_in(documents, path, key);
  return value != nullptr && value->is_string() ? value->get_ref<const std::string&>() : std::string();
}

}  // namespace modelexport::components
