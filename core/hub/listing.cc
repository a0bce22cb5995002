#include "hub/listing.h"

#include <algorithm>

#include "components/allow_list.h"
#include "hub/failure.h"
#include "json/json.h"

namespace modelexport::hub {
namespace {

std::string text_of(const json::Json& object, std::string_view key) {
  return std::string(json::find_string(object, key).value_or(std::string_view{}));
}

std::optional<std::uint64_t> size_of(const json::Json& object, std::string_view key) {
  const auto size = json::find_int(object, key);
  if (!size || *size < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*size);
}

bool is_valid(const RepoFile& file) {
  const bool digest = file.lfs_sha256.empty() || digest_of(file.lfs_sha256) == DigestKind::sha256;
  return components::is_safe_path(file.path) && is_blob_name(file.etag()) && digest;
}

Result<std::optional<RepoFile>> read_item(const json::Json& item, const std::string& url) {
  if (text_of(item, "type") == "directory") return std::optional<RepoFile>();
  RepoFile file;
  file.path = text_of(item, "path");
  file.oid = text_of(item, "oid");
  const auto size = size_of(item, "size");
  if (const json::Json* lfs = json::find(item, "lfs"); lfs != nullptr && lfs->is_object())
    file.lfs_sha256 = text_of(*lfs, "oid");
  if (!size || !is_valid(file))
    return fail(bad_answer(url, "the list of files has an entry with an unsafe path, size or digest"));
  file.size = *size;
  return std::optional<RepoFile>(std::move(file));
}

}  // namespace

Status parse_tree_page(std::string_view text, const std::string& url, const Limits& limits, Listing& out) {
  const auto parsed = json::parse(text, limits, url);
  if (!parsed || !parsed->is_array())
    return fail(bad_answer(url, "the answer is not the list of files that the Hub sends"));
  for (const json::Json& item : json::elements(*parsed)) {
    ME_TRY(auto file, read_item(item, url));
    if (!file) continue;
    if (out.size() >= limits.zip_members) return fail(bad_answer(url, "the list of files has no end"));
    out.push_back(std::move(*file));
  }
  return {};
}

Status finish_listing(Listing& files, const std::string& url) {
  std::stable_sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  Listing out;
  for (RepoFile& file : files) {
    const RepoFile* before = out.empty() ? nullptr : &out.back();
    if (before == nullptr || before->path != file.path) {
      out.push_back(std::move(file));
    } else if (before->size != file.size || before->etag() != file.etag()) {
      return fail(bad_answer(url, "the list of files has two different files '" + file.path + "'"));
    }
  }
  files = std::move(out);
  const auto is_file = [&](std::string_view path) {
    const auto place =
        std::lower_bound(files.begin(), files.end(), path,
                         [](const RepoFile& file, std::string_view p) { return file.path < p; });
    return place != files.end() && place->path == path;
  };
  for (const RepoFile& file : files) {
    for (std::size_t at = file.path.find('/'); at != std::string::npos; at = file.path.find('/', at + 1)) {
      if (is_file(std::string_view(file.path).substr(0, at)))
        return fail(
            bad_answer(url, "the list of files has a file that is the directory of '" + file.path + "'"));
    }
  }
  return {};
}

std::string next_page(const Headers& headers) {
  std::string_view text = headers.find("link").value_or(std::string_view{});
  while (!text.empty()) {
    const std::size_t open = text.find('<');
    const std::size_t close = text.find('>', open == std::string_view::npos ? 0 : open);
    if (open == std::string_view::npos || close == std::string_view::npos) return {};
    const std::string_view address = text.substr(open + 1, close - open - 1);
    const std::size_t end = text.find('<', close);
    if (text.substr(close, end == std::string_view::npos ? end : end - close).find("rel=\"next\"") !=
        std::string_view::npos) {
      return std::string(address);
    }
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end);
  }
  return {};
}

std::optional<Listing> parse_tree_file(std::string_view text, const Limits& limits) {
  const auto parsed = json::parse(text, limits);
  if (!parsed || json::find_int(*parsed, "format_version") != 1) return std::nullopt;
  const json::Json* files = json::find(*parsed, "files");
  if (files == nullptr || !files->is_object() || files->size() > limits.zip_members) return std::nullopt;
  Listing out;
  for (const auto& [path, item] : json::members(*files)) {
    RepoFile file;
    file.path = path;
    file.oid = text_of(item, "blob_id");
    file.lfs_sha256 = text_of(item, "lfs_sha256");
    const auto size = size_of(item, file.lfs_sha256.empty() ? "size" : "lfs_size");
    if (!size || !is_valid(file)) return std::nullopt;
    file.size = *size;
    out.push_back(std::move(file));
  }
  return out;
}

std::string tree_file(const Listing& listing) {
  Listing sorted = listing;
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  json::Json files = json::Json::object();
  for (const RepoFile& file : sorted) {
    json::Json& item = files[file.path];
    item["size"] = file.size;
    item["blob_id"] = file.oid;
    if (file.lfs_sha256.empty()) continue;
    item["lfs_sha256"] = file.lfs_sha256;
    item["lfs_size"] = file.size;
  }
  json::Json document = json::Json::object();
  document["format_version"] = 1;
  document["files"] = std::move(files);
  return json::dump(document, 1);
}

const RepoFile* find(const Listing& listing, std::string_view path) {
  const auto found =
      std::find_if(listing.begin(), listing.end(), [&](const RepoFile& file) { return file.path == path; });
  return found == listing.end() ? nullptr : &*found;
}

}  // namespace modelexport::hub
