#include "hub/file_facts.h"

namespace modelexport::hub {

Status check_facts(const Client::Got& got, const Subject& subject, const RepoFile& file) {
  const std::string& url = got.exchange.url;
  if (got.facts.commit.empty())
    return fail(
        bad_answer(url, subject.file + ": the answer names no commit (header X-Repo-Commit is missing)"));
  if (got.facts.commit != subject.revision)
    return fail(bad_answer(url, subject.file + ": the answer is of commit " + got.facts.commit + ", not of " +
                                    subject.revision));
  if (got.facts.linked && got.facts.etag != file.etag())
    return fail(bad_answer(url, subject.file +
                                    ": the announced digest (header X-Linked-ETag) is not that of the "
                                    "list of files"));
  if (got.facts.size && *got.facts.size != file.size)
    return fail(bad_answer(url, subject.file + ": the announced size is " + std::to_string(*got.facts.size) +
                                    " bytes, the list of files says " + std::to_string(file.size)));
  return {};
}

}  // namespace modelexport::hub
