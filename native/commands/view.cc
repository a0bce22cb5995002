// `view`: the page with one file opened in it, both from a server on loopback.
#include <fcntl.h>
#include <spawn.h>
#include <sys/random.h>
#include <sys/stat.h>

#include <array>
#include <charconv>
#include <cstdlib>

#include "cli/context.h"
#include "commands/installation.h"
#include "commands/model_data.h"
#include "commands/onnx_file.h"
#include "commands/table.h"
#include "io/file_sink.h"
#include "io/signals.h"
#include "io/staged_file.h"
#include "serve/http_request.h"
#include "serve/server.h"

namespace modelexport::commands {
namespace {

constexpr std::uint64_t kMaxPageFile = 64ULL << 20;

struct PageFile {
  std::string_view name;
  std::string_view type;
};
constexpr PageFile kPage[] = {
    {"index.html", "text/html; charset=utf-8"},      {"main.js", "text/javascript; charset=utf-8"},
    {"worker.js", "text/javascript; charset=utf-8"}, {"page.css", "text/css; charset=utf-8"},
    {"modelexport.wasm", "application/wasm"},        {"manifest.webmanifest", "application/manifest+json"},
};

Result<std::uint16_t> port_of(const cli::Arguments& arguments) {
  const std::string text = arguments.get("port", "0");
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error == std::errc() && end == text.data() + text.size()) return port;
  return fail(ErrorCode::cli_usage, "'" + text + "' is no port", {}, "--port 8080, or leave it out");
}

Status add_page(const cli::Context& context, serve::Site& site) {
  std::string directory = context.setting("page").value;
  if (directory.empty()) directory = program_directory() + "/../share/modelexport/page";
  for (const PageFile& file : kPage) {
    const auto source = io::FileSource::open(io::join_path(directory, std::string(file.name)));
    if (!source) {
      return fail(ErrorCode::view_no_page, "the page is not installed: " + source.error().message,
                  {.path = io::join_path(directory, std::string(file.name))},
                  "build it with sh toolchains/build.sh --web, or name its directory in MODELEXPORT_PAGE");
    }
    ME_TRY(std::string text, read_text(**source, kMaxPageFile));
    const std::string path = "/view/" + (file.name == "index.html" ? std::string() : std::string(file.name));
    site.resources[path] = {std::string(file.type), std::move(text), nullptr};
  }
  return {};
}

/// What nobody can guess who was not told: other users of this machine can reach the port.
Result<std::string> random_token() {
  std::array<unsigned char, 16> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    return fail(ErrorCode::internal, "the system gives no random numbers");
  std::string out;
  for (const unsigned char byte : bytes) {
    out += "0123456789abcdef"[byte >> 4];
    out += "0123456789abcdef"[byte & 15];
  }
  return out;
}

/// The file, and where it is ONNX the data files that it names, as far as they are inside its directory.
Status add_file(const std::string& path, const std::string& below, serve::Site& site) {
  constexpr const char* kType = "application/octet-stream";
  ME_TRY(OnnxFile file, open_any_file(path, {}));
  if (file.view != nullptr) {
    const ModelData data({path});
    ME_TRY(const auto files, onnx::external_files(*file.view, onnx::ExternalScope::everything));
    for (const onnx::ExternalFile& external : files) {
      if (!external.acceptable || !data.size(0, external.location)) continue;
      ME_TRY(auto source, data.open(0, external.location));
      const std::string& location = external.location;
      site.resources[below + (location.starts_with("./") ? location.substr(2) : location)] = {
          kType, {}, std::move(source)};
    }
  }
  site.resources[below + io::split_path(path).second] = {kType, {}, std::move(file.source)};
  return {};
}

/// Best effort: the address is printed in any case.
void open_browser(const std::string& url) {
  const auto set = [](const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != 0;
  };
  if (!set("DISPLAY") && !set("WAYLAND_DISPLAY")) return;
  posix_spawn_file_actions_t actions;
  if (::posix_spawn_file_actions_init(&actions) != 0) return;
  for (const int fd : {0, 1, 2}) ::posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
  std::string program = "xdg-open";
  std::string argument = url;
  std::array<char*, 3> words{program.data(), argument.data(), nullptr};
  pid_t child = 0;
  (void)::posix_spawnp(&child, "xdg-open", &actions, nullptr, words.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
}

Result<int> run(cli::Context& context) {
  const std::string& path = context.arguments.positional()[0];
  ME_TRY(const std::uint16_t port, port_of(context.arguments));
  serve::Site site;
  ME_CHECK(add_page(context, site));
  ME_TRY(const std::string token, random_token());
  const std::string below = "/file/" + token + "/";
  ME_CHECK(add_file(path, below, site));
  ME_TRY(serve::Server server, serve::Server::open(port, std::move(site)));
  const std::string file = server.origin() + below + serve::percent_encoded(io::split_path(path).second);
  const std::string url = server.origin() + "/view/#url=" + serve::percent_encoded(file);
  if (context.json()) {
    json::Json document = json::Json::object();
    document["schema"] = "modelexport/view/1";
    document["url"] = url;
    document["port"] = server.port();
    context.print(document);
  } else {
    context.out.line(url);
    context.note("serving until Ctrl-C; only this machine can reach it");
  }
  ME_CHECK(context.out.flush());
  if (!context.arguments.has("no-browser")) open_browser(url);
  ME_CHECK(server.run(io::interrupted));
  return fail(ErrorCode::cli_interrupted, "the server was stopped");
}

constexpr cli::Option kOptions[] = {
    {.name = "port", .value = "N", .help = "port on 127.0.0.1; default: a free one"},
    {.name = "no-browser", .help = "print the address only"},
};
constexpr cli::Example kExamples[] = {
    {"modelexport view model.onnx", "See a model of any size in the browser"},
    {"modelexport view model.onnx --port 8080 --no-browser",
     "On a machine that you reach by ssh -L 8080:localhost:8080"},
};

}  // namespace

constexpr cli::Command kView{
    .name = "view",
    .arguments = "FILE",
    .summary = "facts and hierarchy in the browser",
    .description =
        "Serves the page and ranges of the file on 127.0.0.1 and prints the address. Nothing is copied or "
        "uploaded, nothing can be written, and the address holds a secret, so that other users of the "
        "machine "
        "cannot read the file. Ends with Ctrl-C.",
    .options = kOptions,
    .option_aliases = {},
    .examples = kExamples,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
};

}  // namespace modelexport::commands
