// A name that leads into a private network is refused when it is connected to, whatever it looked like.
#include "hub/transport.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "io/unique_fd.h"

namespace modelexport::hub {
namespace {

/// Listens on loopback and never answers.
class Listener {
 public:
  Listener() : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(fd_.get(), 4), 0);
    socklen_t size = sizeof address;
    EXPECT_EQ(::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  io::UniqueFd fd_;
  std::uint16_t port_ = 0;
};

Exchange ask(const std::string& host, std::uint16_t port, bool public_only) {
  Transport transport("test", no_progress());
  Request request;
  request.url = *parse_url("http://" + host + ":" + std::to_string(port) + "/secret?signature=x");
  request.connect_timeout = request.total_timeout = 0.5;
  request.public_only = public_only;
  return transport.perform(request, nullptr);
}

TEST(Transport, PublicOnlyLooksAtTheAddressNotTheName) {
  const Listener listener;
  for (const char* host : {"localhost", "127.0.0.1"}) {
    EXPECT_EQ(ask(host, listener.port(), true).failure, Failure::private_ip) << host;
    EXPECT_EQ(ask(host, listener.port(), false).failure, Failure::timeout) << host;
  }
}

TEST(Transport, AddressesAreShownWithoutTheirSecrets) {
  const Exchange exchange = ask("127.0.0.1", 9, false);
  EXPECT_EQ(exchange.failure, Failure::connect);
  EXPECT_EQ(exchange.url, "http://127.0.0.1:9/secret");
  EXPECT_EQ(exchange.detail.find("signature"), std::string::npos);
}

}  // namespace
}  // namespace modelexport::hub
