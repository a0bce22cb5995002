// What the command line's settings say about classifying sources.
#pragma once

#include <memory>
#include <string>

#include "cli/context.h"
#include "modelexport/limits.h"
#include "modelexport/source.h"

namespace modelexport::hub {
class Hub;
}

namespace modelexport::commands {

/// --revision, where names are arguments and where they are sources.
inline constexpr cli::Option kNameRevision{
    .name = "revision", .value = "REV", .help = "branch, tag or commit; wins over one inside the name"};
inline constexpr cli::Option kSourceRevision{
    .name = "revision",
    .value = "REV",
    .help = "branch, tag or commit of a Hub source; without --source, of the one that the stamp names"};

source::ClassifyOptions classify_options(const cli::Context& context);

/// The Hub client with this run's settings: HF_ENDPOINT, cache, token, --offline, --verbose. `quick`: what it
/// is asked for can be done without, so that nothing waits for a Hub that does not answer.
Result<std::unique_ptr<hub::Hub>> make_hub(cli::Context& context, const Limits& limits = {},
                                           bool quick = false);

/// The model of the shared cache that a mistyped id most likely means; "" if there is none.
std::string nearest_cached_model(const hub::Hub& hub, std::string_view repo_id);
/// An error of the Hub about a model that it does not know or show, with that model in its hint.
Diagnostic with_nearest_model(const hub::Hub& hub, std::string_view repo_id, Diagnostic error);

/// The Hub and the shared cache as classify() asks them; the client is made at the first question. One object
/// for several sources asks a Hub that does not answer only once.
class HubSourceProbe final : public source::HubProbe {
 public:
  explicit HubSourceProbe(cli::Context& context);
  ~HubSourceProbe() override;
  source::HubAnswer ask(std::string_view repo_id, std::string_view revision) override;
  source::HubAnswer cached(std::string_view repo_id, std::string_view revision) override;

 private:
  hub::Hub* hub();
  cli::Context& context_;
  std::unique_ptr<hub::Hub> hub_;
  std::string problem_;  ///< why there is no client
};

/// Classifies with the file system, the Hub and its cache.
source::Source classify_source(cli::Context& context, const std::string& input, source::HubProbe& hub);
source::Source classify_source(cli::Context& context, const std::string& input);

}  // namespace modelexport::commands
