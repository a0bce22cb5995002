#include "commands/source_option.h"

#include <cstdlib>

#include "io/path_probe.h"

namespace modelexport::commands {
namespace {

/// "huggingface.co" of "https://huggingface.co:443/x".
std::string host_of(std::string url) {
  if (const std::size_t scheme = url.find("://"); scheme != std::string::npos) url.erase(0, scheme + 3);
  url.erase(std::min(url.find_first_of("/:"), url.size()));
  return url;
}

}  // namespace

source::ClassifyOptions classify_options(const cli::Context& context) {
  source::ClassifyOptions options;
  options.revision = context.arguments.get("revision");
  if (const char* home = std::getenv("HOME")) options.home = home;
  const std::string host = host_of(context.setting("endpoint").value);
  if (!host.empty()) options.hub_hosts.push_back(host);
  options.offline = context.offline();
  return options;
}

source::Source classify_source(const cli::Context& context, const std::string& input) {
  const io::FilePathProbe paths;
  return source::classify(input, &paths, nullptr, classify_options(context));
}

}  // namespace modelexport::commands
