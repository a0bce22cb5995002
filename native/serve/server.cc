#include "serve/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <span>
#include <vector>

#include "serve/http_request.h"

namespace modelexport::serve {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kConnections = 64;
constexpr std::size_t kMaxHead = 16 * 1024;
constexpr std::uint64_t kWindow = 256 * 1024;
constexpr std::chrono::seconds kPatience{20};
constexpr int kTickMilliseconds = 200;

// The page as it is built asks nobody; here it may ask this server only.
constexpr std::string_view kHeaders =
    "Cache-Control: no-store\r\nConnection: close\r\nX-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: no-referrer\r\nCross-Origin-Resource-Policy: same-origin\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\nX-Frame-Options: DENY\r\n"
    "Content-Security-Policy: default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; manifest-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n";

std::string_view reason_of(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 206:
      return "Partial Content";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 416:
      return "Range Not Satisfiable";
    case 431:
      return "Request Header Fields Too Large";
    default:
      return "Bad Request";
  }
}

tl::unexpected<Diagnostic> port_error(std::uint16_t port) {
  const std::string reason = std::strerror(errno);
  return fail(
      ErrorCode::view_port,
      "cannot listen on 127.0.0.1" + (port == 0 ? std::string() : ":" + std::to_string(port)) + ": " + reason,
      {}, "leave --port out, and a free one is taken");
}

}  // namespace

struct Server::Connection {
  io::UniqueFd socket;
  std::string in;
  std::string out;  ///< what still goes out before the file's bytes
  std::shared_ptr<const ByteSource> file;
  std::uint64_t at = 0;
  std::uint64_t end = 0;
  bool answering = false;
  Clock::time_point touched = Clock::now();

  void answer(const Site& site, std::uint16_t port);
  void refuse(int status, std::string_view more = {});
  void give(const Resource& resource, const HttpRequest& request);
  bool send_some();
};

void Server::Connection::refuse(int status, std::string_view more) {
  const std::string body = std::to_string(status) + " " + std::string(reason_of(status)) + "\n";
  out = "HTTP/1.1 " + std::to_string(status) + " " + std::string(reason_of(status)) + "\r\n" +
        std::string(kHeaders) + std::string(more) +
        "Content-Type: text/plain\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  answering = true;
}

void Server::Connection::give(const Resource& resource, const HttpRequest& request) {
  std::uint64_t first = 0;
  std::uint64_t size = resource.size();
  std::string head =
      std::string(kHeaders) + "Accept-Ranges: bytes\r\nContent-Type: " + resource.type + "\r\n";
  const std::string total = std::to_string(size);
  int status = 200;
  if (request.range) {
    const auto range = resolve_range(*request.range, size);
    if (!range) return refuse(416, "Content-Range: bytes */" + total + "\r\n");
    status = 206;
    first = range->first;
    size = range->second - first + 1;
    head += "Content-Range: bytes " + std::to_string(first) + "-" + std::to_string(range->second) + "/" +
            total + "\r\n";
  }
  out = "HTTP/1.1 " + std::to_string(status) + " " + std::string(reason_of(status)) + "\r\n" + head +
        "Content-Length: " + std::to_string(size) + "\r\n\r\n";
  answering = true;
  if (request.head) return;
  if (resource.file == nullptr) {
    out.append(resource.text, static_cast<std::size_t>(first), static_cast<std::size_t>(size));
    return;
  }
  file = resource.file;
  at = first;
  end = first + size;
}

void Server::Connection::answer(const Site& site, std::uint16_t port) {
  const std::size_t head = in.find("\r\n\r\n");
  if (head == std::string::npos) {
    if (in.size() > kMaxHead) refuse(431);
    return;
  }
  const HttpRequest request = parse_request(std::string_view(in).substr(0, head + 4), port);
  if (request.status == 405) return refuse(405, "Allow: GET, HEAD\r\n");
  if (request.status != 200) return refuse(request.status);
  const auto found = site.resources.find(request.path);
  if (found == site.resources.end()) return refuse(404);
  give(found->second, request);
}

/// False when the connection is over.
bool Server::Connection::send_some() {
  if (out.empty() && at < end) {
    const auto n = static_cast<std::size_t>(std::min(kWindow, end - at));
    out.resize(n);
    if (!file->read_at(at, std::as_writable_bytes(std::span(out.data(), n)))) return false;  // it changed
    at += n;
  }
  if (out.empty()) return false;
  const ssize_t sent = ::send(socket.get(), out.data(), out.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0) return errno == EAGAIN || errno == EINTR;
  out.erase(0, static_cast<std::size_t>(sent));
  touched = Clock::now();
  return !out.empty() || at < end;
}

Server::Server(io::UniqueFd listener, std::uint16_t port, Site site)
    : listener_(std::move(listener)), port_(port), site_(std::move(site)) {}
Server::Server(Server&&) noexcept = default;
Server::~Server() = default;

Result<Server> Server::open(std::uint16_t port, Site site) {
  io::UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!listener.valid()) return port_error(port);
  const int yes = 1;
  (void)::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  auto* plain = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  if (::bind(listener.get(), plain, size) != 0 ||
      ::listen(listener.get(), static_cast<int>(kConnections)) != 0 ||
      ::getsockname(listener.get(), plain, &size) != 0) {
    return port_error(port);
  }
  return Server(std::move(listener), ntohs(address.sin_port), std::move(site));
}

void Server::accept_one() {
  io::UniqueFd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!socket.valid()) return;
  // Browsers open connections ahead and leave them idle: the oldest of those gives way.
  if (connections_.size() >= kConnections) connections_.pop_front();
  connections_.emplace_back();
  connections_.back().socket = std::move(socket);
}

/// False when the connection is over.
bool Server::serve_one(Connection& connection, short events) {
  if ((events & (POLLERR | POLLNVAL)) != 0) return false;
  if (!connection.answering && (events & (POLLIN | POLLHUP)) != 0) {
    char buffer[4096];
    const ssize_t got = ::recv(connection.socket.get(), buffer, sizeof buffer, MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) return false;
    if (got > 0) {
      connection.in.append(buffer, static_cast<std::size_t>(got));
      connection.answer(site_, port_);
    }
  }
  if (connection.answering && !connection.send_some()) {
    (void)::shutdown(connection.socket.get(), SHUT_WR);
    return false;
  }
  return Clock::now() - connection.touched < kPatience;
}

Status Server::run(bool (*stop)()) {
  while (!stop()) {
    std::vector<pollfd> polled{{listener_.get(), POLLIN, 0}};
    for (const Connection& connection : connections_)
      polled.push_back(
          {connection.socket.get(), static_cast<short>(connection.answering ? POLLOUT : POLLIN), 0});
    const int ready = ::poll(polled.data(), polled.size(), kTickMilliseconds);
    if (ready < 0 && errno != EINTR) return port_error(port_);
    auto connection = connections_.begin();
    for (std::size_t i = 1; i < polled.size(); ++i) {
      const short events = ready > 0 ? polled[i].revents : static_cast<short>(0);
      const bool waiting = events == 0 && Clock::now() - connection->touched < kPatience;
      connection =
          waiting || serve_one(*connection, events) ? std::next(connection) : connections_.erase(connection);
    }
    if (ready > 0 && (polled[0].revents & POLLIN) != 0) accept_one();
  }
  return {};
}

}  // namespace modelexport::serve
