#include "hub/client.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "hub/redirect.h"
#include "hub/retry.h"

namespace modelexport::hub {
namespace {

using Clock = std::chrono::steady_clock;
constexpr double kQuick = 2.5;
constexpr double kTextSeconds = 60;
constexpr std::uint64_t kTextLimit = 16ULL << 20;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Knows enough when an answer begins.
class NoBytes final : public Receiver {
 public:
  bool begin(const Exchange& /*exchange*/) override { return false; }
  bool take(ByteSpan /*bytes*/) override { return false; }
};

bool is_compressed(const Exchange& exchange) {
  const std::string encoding = exchange.headers.get("content-encoding");
  return !encoding.empty() && encoding != "identity";
}

}  // namespace

Client::Client(const Settings& settings, Endpoint endpoint, Progress& progress)
    : settings_(settings),
      endpoint_(std::move(endpoint)),
      progress_(progress),
      transport_(settings.user_agent, progress),
      token_(settings_, endpoint_, transport_) {}

Result<std::unique_ptr<Client>> Client::make(const Settings& settings, Progress& progress) {
  ME_TRY(Endpoint endpoint, Endpoint::parse(settings.endpoint));
  return std::unique_ptr<Client>(new Client(settings, std::move(endpoint), progress));
}

Result<Client::Hop> Client::follow(Request request, Receiver* receiver, Patience patience,
                                   bool public_start) {
  const Clock::time_point start = Clock::now();
  Hop hop;
  const bool continued = public_start;
  for (int hops = 0;; ++hops) {
    const bool on_hub = endpoint_.owns(request.url);
    request.token.clear();
    if (on_hub) {
      const double most = patience == Patience::quick ? kQuick : kTextSeconds;
      ME_TRY(request.token, token_.token(std::min(most, settings_.answer_timeout), most));
    }
    request.public_only = public_start && !on_hub;
    if (patience == Patience::quick) {
      request.total_timeout = std::max(0.05, kQuick - seconds_since(start));
      request.connect_timeout = request.total_timeout;
    }
    if (settings_.log) settings_.log(std::string(request.head ? "HEAD " : "GET ") + shown(request.url));
    hop.exchange = transport_.perform(request, receiver);
    hop.url = request.url;
    if (hops == 0) public_start = continued || !transport_.was_private();
    hop.public_start = public_start;
    if (hop.exchange.failure != Failure::none) return hop;
    collect(hop.facts, hop.exchange, on_hub);
    if (!hop.exchange.redirects()) return hop;
    ME_TRY(request.url, next_hop(request.url, hop.exchange.headers.get("location"), endpoint_, hops));
  }
}

Status Client::pause(double seconds) {
  const Clock::time_point start = Clock::now();
  while (seconds_since(start) < seconds) {
    if (progress_.cancelled()) return fail(ErrorCode::cli_interrupted, "interrupted; nothing was written");
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return {};
}

Diagnostic Client::error_of(const Exchange& exchange, const Subject& subject) const {
  Subject named = subject;
  named.token_from = settings_.token_from;
  return explain(exchange, named, endpoint_);
}

Status Client::wait_to_retry(const Exchange& exchange, int attempt, const Subject& subject) {
  const auto wait = settings_.quick ? std::nullopt : retry_wait(exchange, attempt);
  if (!wait) return fail(error_of(exchange, subject));
  if (settings_.say) settings_.say(waiting_text(exchange, attempt, *wait));
  return pause(*wait);
}

Result<Client::Hop> Client::get_text(const Url& url, const Subject& subject, Patience patience) {
  if (settings_.quick) patience = Patience::quick;
  Request request;
  request.url = url;
  request.connect_timeout = settings_.answer_timeout;
  request.idle_timeout = settings_.answer_timeout;
  request.total_timeout = kTextSeconds;
  request.text_limit = kTextLimit;
  for (int attempt = 0;; ++attempt) {
    ME_TRY(Hop hop, follow(request, nullptr, patience));
    if (!is_retryable(hop.exchange) || patience == Patience::quick || !retry_wait(hop.exchange, attempt)) {
      if (hop.exchange.ok() && is_compressed(hop.exchange))
        return fail(bad_answer(hop.exchange.url, "the answer is compressed, though that was not asked for"));
      return hop;
    }
    ME_CHECK(wait_to_retry(hop.exchange, attempt, subject));
  }
}

Client::Answer Client::ask(const std::string& repo_id, const std::string& revision, Patience patience) {
  Answer answer;
  const Subject subject{repo_id, revision, {}, {}};
  auto hop = get_text(endpoint_.model_info(repo_id, revision), subject, patience);
  if (!hop) {
    answer.error = hop.error();
    return answer;
  }
  if (!hop->exchange.ok()) {
    answer.verdict = judge(hop->exchange, subject);
    answer.error = error_of(hop->exchange, subject);
    return answer;
  }
  auto info = parse_model_info(hop->exchange.text, hop->exchange.url, {});
  if (info) {
    answer.info = std::move(*info);
  } else {
    answer.error = info.error();
  }
  return answer;
}

Result<ModelInfo> Client::model_info(const std::string& repo_id, const std::string& revision,
                                     Patience patience) {
  Answer answer = ask(repo_id, revision, patience);
  if (!answer.info) return fail(std::move(*answer.error));
  return std::move(*answer.info);
}

Result<Listing> Client::listing(const std::string& repo_id, const std::string& commit, const Limits& limits) {
  Listing files;
  const Subject subject{repo_id, commit, {}, {}};
  Url url = endpoint_.tree(repo_id, commit);
  for (std::uint64_t page = 0;; ++page) {
    ME_TRY(const Hop hop, get_text(url, subject, Patience::normal));
    if (!hop.exchange.ok()) return fail(error_of(hop.exchange, subject));
    const std::size_t before = files.size();
    ME_CHECK(parse_tree_page(hop.exchange.text, hop.exchange.url, limits, files));
    const std::string next = next_page(hop.exchange.headers);
    if (next.empty()) {
      ME_CHECK(finish_listing(files, hop.exchange.url));
      return files;
    }
    // A page of directories only is possible, an endless row of them is not.
    if (files.size() == before && page > 1000)
      return fail(bad_answer(hop.exchange.url, "the list of files has no end"));
    ME_TRY(url, next_hop(hop.url, next, endpoint_, 0));
  }
}

Request Client::file_request(const Subject& subject, const std::string& range) const {
  Request request;
  request.url = endpoint_.file(subject.repo_id, subject.revision, subject.file);
  request.connect_timeout = settings_.quick ? kQuick : settings_.answer_timeout;
  request.idle_timeout = settings_.quick ? kQuick : settings_.download_timeout;
  request.range = range;
  return request;
}

Result<Client::Got> Client::get_file(const Subject& subject, const std::string& range, Receiver& receiver) {
  ME_TRY(Hop hop, follow(file_request(subject, range), &receiver, Patience::normal));
  return Got{std::move(hop.exchange), std::move(hop.facts)};
}

Status Client::try_file(const Subject& subject) {
  NoBytes receiver;
  ME_TRY(const Got got, get_file(subject, "0-0", receiver));
  if (got.exchange.ok() || got.exchange.failure == Failure::refused) return {};
  return fail(error_of(got.exchange, subject));
}

Result<Client::Got> Client::get_part(const Subject& subject, const std::string& range, PartOfFile& known,
                                     Receiver& receiver) {
  Request request = file_request(subject, range);
  if (known.url) request.url = *known.url;
  request.if_range = known.etag;
  ME_TRY(Hop hop, follow(std::move(request), &receiver, Patience::normal, known.public_start));
  known = {hop.url, hop.public_start, {}};
  const std::string etag = hop.exchange.headers.get("etag");
  if (!etag.empty() && etag.front() == '"') known.etag = etag;
  return Got{std::move(hop.exchange), std::move(hop.facts)};
}

}  // namespace modelexport::hub
