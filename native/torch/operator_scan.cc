// OperatorScan: finds `torch.NAME(` and `ops.NS.NAME(` in serialised code without running a parser on it.
#include <torch/csrc/jit/frontend/builtin_functions.h>
#include <torch/csrc/jit/runtime/operator.h>

#include <algorithm>
#include <cctype>
#include <optional>

#include "module_table.h"
#include "schemas.h"

namespace modelexport::torchscript {
namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

std::size_t word_end(std::string_view text, std::size_t at) {
  while (at < text.size() && is_word(text[at])) ++at;
  return at;
}

std::string next_word(std::string_view text, std::size_t space) {
  const std::size_t begin = std::min(space + 1, text.size());
  return std::string(text.substr(begin, word_end(text, begin) - begin));
}

// Skips a quoted string that begins at `at`.
std::size_t string_end(std::string_view text, std::size_t at) {
  const char quote = text[at++];
  while (at < text.size() && text[at] != quote && text[at] != '\n') at += text[at] == '\\' ? 2 : 1;
  return std::min(at + 1, text.size());
}

// "torch.add" or "ops.prim.NumToTensor" at `at`: the qualified name if a call follows.
std::optional<std::string> called_operator(std::string_view text, std::size_t at, std::size_t end) {
  std::vector<std::string_view> parts{text.substr(at, end - at)};
  while (end < text.size() && text[end] == '.' && parts.size() < 4) {
    const std::size_t next = word_end(text, end + 1);
    parts.push_back(text.substr(end + 1, next - end - 1));
    end = next;
  }
  if (end >= text.size() || text[end] != '(') return std::nullopt;
  if (parts.size() == 2 && parts[0] == "torch") return "aten::" + std::string(parts[1]);
  if (parts.size() == 3 && parts[0] == "ops") return std::string(parts[1]) + "::" + std::string(parts[2]);
  return std::nullopt;
}

bool has_schema(const std::string& name) {
  const auto symbol = c10::Symbol::fromQualString(name);
  return !torch::jit::getAllOperatorsFor(symbol).empty() ||
         !torch::jit::getAllBuiltinFunctionsFor(symbol).empty();
}

}  // namespace

void OperatorScan::count(std::string name, const std::string& owner) {
  auto found = std::find_if(unknown_.begin(), unknown_.end(), [&](const auto& u) { return u.name == name; });
  if (found == unknown_.end())
    found = unknown_.insert(unknown_.end(), UnknownOperator{std::move(name), 0, {}});
  ++found->uses;
  if (std::find(found->owners.begin(), found->owners.end(), owner) == found->owners.end())
    found->owners.push_back(owner);
}

void OperatorScan::add(std::string_view file, std::string_view text) {
  std::string package(file);
  std::replace(package.begin(), package.end(), '/', '.');
  std::string owner = demangle(package);
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '"' || text[at] == '\'') {
      at = string_end(text, at);
    } else if (is_word(text[at])) {
      const std::size_t end = word_end(text, at);
      const bool begins = at == 0 || text[at - 1] != '.';
      if (text.substr(at, end - at) == "class" && (at == 0 || text[at - 1] == '\n'))
        owner = demangle(package + "." + next_word(text, end));
      if (const auto name = begins ? called_operator(text, at, end) : std::nullopt;
          name && !has_schema(*name))
        count(*name, owner);
      at = end;
    } else {
      ++at;
    }
  }
}

}  // namespace modelexport::torchscript
