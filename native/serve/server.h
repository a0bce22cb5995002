// A server of a Site on 127.0.0.1: GET and HEAD, one range, one request per connection, nothing else.
//
// Purpose   The page beside a file of many GB: the browser asks for the ranges that it shows.
// Limits    64 connections, 16 KiB of request head, 20 seconds without progress per connection.
// Errors    view_port when the port cannot be opened. What clients do wrong is answered, never fatal.
// Threads   run() serves until `stop` says so; one thread.
#pragma once

#include <cstdint>
#include <list>

#include "io/unique_fd.h"
#include "serve/site.h"

namespace modelexport::serve {

class Server {
 public:
  /// Port 0: a free one.
  static Result<Server> open(std::uint16_t port, Site site);
  Server(Server&&) noexcept;
  ~Server();
  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// "http://127.0.0.1:8080"
  [[nodiscard]] std::string origin() const { return "http://127.0.0.1:" + std::to_string(port_); }
  Status run(bool (*stop)());

 private:
  struct Connection;
  Server(io::UniqueFd listener, std::uint16_t port, Site site);
  void accept_one();
  bool serve_one(Connection& connection, short events);

  io::UniqueFd listener_;
  std::uint16_t port_ = 0;
  Site site_;
  std::list<Connection> connections_;
};

}  // namespace modelexport::serve
