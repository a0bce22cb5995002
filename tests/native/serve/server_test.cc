// The server over real sockets: ranges of a file, clients that misbehave, and that it goes on afterwards.
#include "serve/server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <atomic>
#include <thread>

namespace modelexport::serve {
namespace {

std::atomic<bool> stopped{false};

Bytes content() {
  Bytes bytes(1 << 20);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * 31);
  return bytes;
}

class ServerTest : public testing::Test {
 protected:
  void SetUp() override {
    stopped = false;
    Site site;
    site.resources["/page"] = {"text/html", "<p>hello", nullptr};
    site.resources["/file"] = {"application/octet-stream", {}, std::make_shared<MemorySource>(content())};
    auto opened = Server::open(0, std::move(site));
    ASSERT_TRUE(opened) << opened.error().message;
    server_ = std::make_unique<Server>(std::move(*opened));
    thread_ = std::thread([this] { ASSERT_TRUE(server_->run([] { return stopped.load(); })); });
  }
  void TearDown() override {
    stopped = true;
    thread_.join();
  }

  [[nodiscard]] io::UniqueFd connected() const {
    io::UniqueFd socket(::socket(AF_INET, SOCK_STREAM, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(server_->port());
    EXPECT_EQ(::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    return socket;
  }
  static std::string read_all(const io::UniqueFd& socket) {
    std::string out;
    char buffer[65536];
    for (ssize_t n = 0; (n = ::recv(socket.get(), buffer, sizeof buffer, 0)) > 0;)
      out.append(buffer, static_cast<std::size_t>(n));
    return out;
  }
  [[nodiscard]] std::string raw(const std::string& text) const {
    const io::UniqueFd socket = connected();
    (void)::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL);
    return read_all(socket);
  }
  [[nodiscard]] std::string get(const std::string& path, const std::string& headers = {},
                                const std::string& method = "GET") const {
    return raw(method + " " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server_->port()) +
               "\r\n" + headers + "\r\n");
  }
  static std::string body(const std::string& answer) { return answer.substr(answer.find("\r\n\r\n") + 4); }

  std::unique_ptr<Server> server_;
  std::thread thread_;
};

TEST_F(ServerTest, APageWithAStrictPolicy) {
  const std::string answer = get("/page");
  EXPECT_EQ(answer.rfind("HTTP/1.1 200 OK\r\n", 0), 0U);
  EXPECT_NE(answer.find("Content-Security-Policy: default-src 'none'"), std::string::npos);
  EXPECT_NE(answer.find("connect-src 'self';"), std::string::npos);
  EXPECT_EQ(answer.find("Access-Control-Allow-Origin"), std::string::npos);
  EXPECT_EQ(body(answer), "<p>hello");
  EXPECT_EQ(body(get("/page", "", "HEAD")), "");
}

TEST_F(ServerTest, RangesAndTheWholeOfAFile) {
  const Bytes bytes = content();
  const std::string all(as_text(bytes));
  EXPECT_EQ(body(get("/file")), all);
  const std::string part = get("/file", "Range: bytes=1000-300000\r\n");
  EXPECT_EQ(part.rfind("HTTP/1.1 206 ", 0), 0U);
  EXPECT_NE(part.find("Content-Range: bytes 1000-300000/1048576\r\n"), std::string::npos);
  EXPECT_EQ(body(part), all.substr(1000, 299001));
  EXPECT_EQ(body(get("/file", "Range: bytes=-3\r\n")), all.substr(all.size() - 3));
  EXPECT_EQ(get("/file", "Range: bytes=1048576-\r\n").rfind("HTTP/1.1 416 ", 0), 0U);
}

TEST_F(ServerTest, WhatIsNotOnTheListIsNotThere) {
  for (const char* path :
       {"/", "/file/..", "/../etc/passwd", "/%2e%2e/etc/passwd", "/etc/passwd", "//file", "/file/"})
    EXPECT_EQ(get(path).rfind("HTTP/1.1 404 ", 0), 0U) << path;
  EXPECT_EQ(get("/page", "", "POST").rfind("HTTP/1.1 405 ", 0), 0U);
  EXPECT_EQ(raw("GET /page HTTP/1.1\r\nHost: evil.example\r\n\r\n").rfind("HTTP/1.1 403 ", 0), 0U);
}

TEST_F(ServerTest, ClientsThatMisbehaveStopNobody) {
  EXPECT_EQ(raw("\x16\x03\x01 not http\r\n\r\n").rfind("HTTP/1.1 400 ", 0), 0U);
  EXPECT_EQ(raw(std::string(64 * 1024, 'a')).rfind("HTTP/1.1 431 ", 0), 0U);
  std::vector<io::UniqueFd> idle;
  for (int i = 0; i < 100; ++i) idle.push_back(connected());
  {
    const io::UniqueFd left = connected();  // asks for a lot and goes
    const std::string ask =
        "GET /file HTTP/1.1\r\nHost: localhost:" + std::to_string(server_->port()) + "\r\n\r\n";
    (void)::send(left.get(), ask.data(), ask.size(), MSG_NOSIGNAL);
  }
  EXPECT_EQ(body(get("/page")), "<p>hello");
}

TEST_F(ServerTest, ATakenPortIsAnError) {
  const auto again = Server::open(server_->port(), Site{});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::view_port);
}

}  // namespace
}  // namespace modelexport::serve
