#include "commands/source_option.h"

#include <algorithm>
#include <cstdlib>

#include "cli/did_you_mean.h"
#include "hub/hub.h"
#include "io/path_probe.h"

namespace modelexport::commands {
namespace {

/// "mirror:8080/hub" of "https://mirror:8080/hub/": what links into the endpoint start with.
std::string without_scheme(std::string url) {
  if (const std::size_t scheme = url.find("://"); scheme != std::string::npos) url.erase(0, scheme + 3);
  while (!url.empty() && url.back() == '/') url.pop_back();
  return url;
}

}  // namespace

source::ClassifyOptions classify_options(const cli::Context& context) {
  source::ClassifyOptions options;
  options.revision = context.arguments.get("revision");
  if (const char* home = std::getenv("HOME")) options.home = home;
  std::string mirror = without_scheme(context.setting("endpoint").value);
  if (!mirror.empty()) options.hub_hosts.push_back(std::move(mirror));
  options.offline = context.offline();
  return options;
}

Result<std::unique_ptr<hub::Hub>> make_hub(cli::Context& context, const Limits& limits, bool quick) {
  ME_TRY(hub::Settings settings, hub::settings_from_environment());
  settings.endpoint = context.setting("endpoint").value;
  settings.cache = hub::expand_path(context.setting("cache").value);
  settings.offline = context.offline();
  settings.quick = quick;
  settings.user_agent = "modelexport/" MODELEXPORT_VERSION;
  settings.say = [&context](const std::string& line) { context.say(line); };
  if (context.verbose()) settings.log = [&context](const std::string& line) { context.say("hub: " + line); };
  ME_TRY(auto hub, hub::Hub::make(std::move(settings), limits, context.progress));
  if (const std::string warning = hub->token_warning(); !warning.empty()) context.note(warning);
  return hub;
}

std::string nearest_cached_model(const hub::Hub& hub, std::string_view repo_id) {
  std::vector<std::string> others = hub.cached_models();
  others.erase(std::remove(others.begin(), others.end(), repo_id), others.end());
  std::string meant = cli::did_you_mean(repo_id, others);
  // The organisation is most of an id: names of three or four letters are not alike because theirs are equal.
  const std::size_t name = repo_id.size() - (repo_id.find('/') + 1);  // npos + 1: an id without organisation
  if (cli::edit_distance(repo_id, meant) > std::max<std::size_t>(1, name / 3)) meant.clear();
  return meant;
}

Diagnostic with_nearest_model(const hub::Hub& hub, std::string_view repo_id, Diagnostic error) {
  if (error.code != ErrorCode::source_not_found && error.code != ErrorCode::source_private) return error;
  const std::string meant = nearest_cached_model(hub, repo_id);
  if (!meant.empty()) error.hint = "did you mean " + meant + "? " + error.hint;
  return error;
}

HubSourceProbe::HubSourceProbe(cli::Context& context) : context_(context) {}
HubSourceProbe::~HubSourceProbe() = default;

hub::Hub* HubSourceProbe::hub() {
  if (hub_ != nullptr || !problem_.empty()) return hub_.get();
  auto made = make_hub(context_);
  if (made) {
    hub_ = std::move(*made);
  } else {
    problem_ = made.error().message;
  }
  return hub_.get();
}

source::HubAnswer HubSourceProbe::ask(std::string_view repo_id, std::string_view revision) {
  if (hub() != nullptr) return hub_->ask(std::string(repo_id), std::string(revision));
  source::HubAnswer answer;
  answer.detail = problem_;
  return answer;
}

source::HubAnswer HubSourceProbe::cached(std::string_view repo_id, std::string_view revision) {
  if (hub() == nullptr) return {};
  source::HubAnswer answer = hub_->cached(std::string(repo_id), std::string(revision));
  if (answer.status == source::HubStatus::found) return answer;
  if (std::string meant = nearest_cached_model(*hub_, repo_id); !meant.empty())
    answer.suggestions.push_back(std::move(meant));
  return answer;
}

source::Source classify_source(cli::Context& context, const std::string& input, source::HubProbe& hub) {
  const io::FilePathProbe paths;
  return source::classify(input, &paths, &hub, classify_options(context));
}

source::Source classify_source(cli::Context& context, const std::string& input) {
  HubSourceProbe hub(context);
  return classify_source(context, input, hub);
}

}  // namespace modelexport::commands
