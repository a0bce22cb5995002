#include "hub/transport.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace modelexport::hub {

struct Transport::Handle {
  CURL* curl = nullptr;
};

namespace {

/// What the callbacks of one request share.
struct Transfer {
  const Request* request = nullptr;
  Receiver* receiver = nullptr;
  const Progress* progress = nullptr;
  Exchange exchange;
  bool begun = false;
  bool refused = false;
  bool too_long = false;
  bool private_ip = false;
  std::size_t header_bytes = 0;  ///< of all answers, also of a row of "100 Continue"
};

/// Less than libcurl's own limit, which it reports like a connection that broke off.
constexpr std::size_t kMostHeaders = 256U << 10;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

bool has_proxy() {
  for (const char* name :
       {"http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"})
    if (!variable(name).empty()) return true;
  return false;
}

std::size_t on_header(char* data, std::size_t size, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::string_view line(data, size * count);
  transfer.header_bytes += line.size();
  if (transfer.header_bytes > kMostHeaders) {
    transfer.too_long = true;
    return 0;
  }
  if (line.substr(0, 5) == "HTTP/") {  // a new answer begins (also after 100 Continue)
    transfer.exchange.headers.clear();
    const std::size_t space = line.find(' ');
    const auto status =
        space == std::string_view::npos ? std::nullopt : parse_number(line.substr(space + 1, 3));
    transfer.exchange.status = status ? static_cast<int>(*status) : 0;
  } else {
    transfer.exchange.headers.add(line);
  }
  return size * count;
}

std::size_t on_text(Transfer& transfer, std::string_view text) {
  const std::uint64_t room = transfer.request->text_limit - transfer.exchange.text.size();
  transfer.exchange.text +=
      text.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(room, text.size())));
  if (text.size() <= room) return text.size();
  transfer.too_long = true;
  return 0;
}

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::size_t bytes = size * count;
  const int status = transfer.exchange.status;
  if (transfer.receiver == nullptr || (status != 200 && status != 206))
    return on_text(transfer, {data, bytes});
  bool good = transfer.begun || transfer.receiver->begin(transfer.exchange);
  transfer.begun = true;
  good = good && transfer.receiver->take(as_bytes(std::string_view(data, bytes)));
  transfer.refused = !good;
  return good ? bytes : 0;
}

int on_progress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const Transfer*>(user)->progress->cancelled() ? 1 : 0;
}

std::string address_text(const sockaddr* address) {
  char text[INET6_ADDRSTRLEN] = {};
  if (address->sa_family == AF_INET) {
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(address)->sin_addr, text, sizeof text);
  } else if (address->sa_family == AF_INET6) {
    ::inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr, text, sizeof text);
  }
  return text;
}

curl_socket_t on_socket(void* user, curlsocktype, curl_sockaddr* address) {
  auto& transfer = *static_cast<Transfer*>(user);
  if (transfer.request->public_only && is_private_host(address_text(&address->addr))) {
    transfer.private_ip = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

Failure failure_of(CURLcode code, const Transfer& transfer) {
  if (transfer.private_ip) return Failure::private_ip;
  if (transfer.too_long) return Failure::too_long;
  if (transfer.refused) return Failure::refused;
  switch (code) {
    case CURLE_OK:
      return Failure::none;
    case CURLE_COULDNT_RESOLVE_HOST:
      return Failure::name;
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_PROXY:
      return Failure::proxy;
    case CURLE_COULDNT_CONNECT:
      return Failure::connect;
    case CURLE_OPERATION_TIMEDOUT:
      return Failure::timeout;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_ISSUER_ERROR:
      return Failure::tls;
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return Failure::cut;
    case CURLE_UNSUPPORTED_PROTOCOL:  // HTTP/0.9
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_OUT_OF_MEMORY:  // a header line longer than libcurl takes
    case CURLE_BAD_CONTENT_ENCODING:
      return Failure::malformed;
    case CURLE_ABORTED_BY_CALLBACK:
      return Failure::cancelled;
    default:
      return Failure::other;
  }
}

/// Where distributions keep the authorities: a libcurl that came in a wheel was built for another one.
std::string system_certificates() {
  for (const char* file : {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                           "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"})
    if (::access(file, R_OK) == 0) return file;
  return {};
}

void set_certificates(CURL* curl) {
  if (const std::string file = system_certificates(); !file.empty())
    curl_easy_setopt(curl, CURLOPT_CAINFO, file.c_str());
  for (const char* name : {"SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}) {
    const std::string file = variable(name);
    if (file.empty()) continue;
    curl_easy_setopt(curl, CURLOPT_CAINFO, file.c_str());
    break;
  }
  if (const std::string directory = variable("SSL_CERT_DIR"); !directory.empty())
    curl_easy_setopt(curl, CURLOPT_CAPATH, directory.c_str());
}

void set_security(CURL* curl) {
#if LIBCURL_VERSION_NUM >= 0x075500
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
#else
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS, CURLPROTO_HTTP | CURLPROTO_HTTPS);
#endif
#if LIBCURL_VERSION_NUM >= 0x075700
  curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);  // a name look-up that hangs must not delay the end
#endif
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set_certificates(curl);
}

void set_limits(CURL* curl, const Request& request) {
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_timeout * 1000));
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(request.total_timeout * 1000));
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1024L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, std::max(1L, static_cast<long>(request.idle_timeout)));
}

void set_callbacks(CURL* curl, Transfer& transfer) {
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, on_socket);
  curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &transfer);
}

curl_slist* request_headers(const Request& request) {
  // Without compression: lengths and digests are those of the file.
  curl_slist* list = curl_slist_append(nullptr, "Accept-Encoding: identity");
  if (!request.if_range.empty()) list = curl_slist_append(list, ("If-Range: " + request.if_range).c_str());
  if (!request.json.empty()) list = curl_slist_append(list, "Content-Type: application/json");
  if (request.token.empty()) return list;
  return curl_slist_append(list, ("Authorization: Bearer " + request.token).c_str());
}

}  // namespace

Transport::Transport(std::string user_agent, const Progress& progress)
    : handle_(std::make_unique<Handle>()), user_agent_(std::move(user_agent)), progress_(progress) {
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (initialised == CURLE_OK) handle_->curl = curl_easy_init();
}

Transport::~Transport() {
  if (handle_->curl != nullptr) curl_easy_cleanup(handle_->curl);
}

Exchange Transport::perform(const Request& request, Receiver* receiver) {
  Transfer transfer;
  transfer.request = &request;
  transfer.receiver = receiver;
  transfer.progress = &progress_;
  transfer.exchange.url = shown(request.url);
  CURL* curl = handle_->curl;
  if (curl == nullptr) {
    transfer.exchange.failure = Failure::other;
    transfer.exchange.detail = "libcurl cannot be started";
    return std::move(transfer.exchange);
  }
  curl_easy_reset(curl);  // keeps open connections
  char detail[CURL_ERROR_SIZE] = {};
  const std::string url = to_text(request.url);
  set_security(curl);
  set_limits(curl, request);
  set_callbacks(curl, transfer);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail);
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_USERAGENT, user_agent_.c_str());
  if (request.head) curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  if (!request.json.empty()) {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.json.c_str());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.json.size()));
  }
  if (!request.range.empty()) curl_easy_setopt(curl, CURLOPT_RANGE, request.range.c_str());
  // libcurl reads http_proxy in lower case only, because of CGI programs; this is none.
  const std::string proxy = variable("http_proxy").empty() ? variable("HTTP_PROXY") : std::string();
  if (request.url.scheme == "http" && !proxy.empty()) curl_easy_setopt(curl, CURLOPT_PROXY, proxy.c_str());
  curl_slist* headers = request_headers(request);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  const CURLcode code = curl_easy_perform(curl);
  curl_slist_free_all(headers);

  const char* address = nullptr;
  curl_easy_getinfo(curl, CURLINFO_PRIMARY_IP, &address);
  was_private_ = has_proxy() || (address != nullptr && is_private_host(address));
  // An empty body is a body, too.
  const int status = transfer.exchange.status;
  const bool empty = code == CURLE_OK && receiver != nullptr && !transfer.begun && !request.head;
  if (empty && (status == 200 || status == 206)) transfer.refused = !receiver->begin(transfer.exchange);
  transfer.exchange.failure = failure_of(code, transfer);
  if (transfer.exchange.failure != Failure::none) transfer.exchange.detail = detail;
  return std::move(transfer.exchange);
}

}  // namespace modelexport::hub
