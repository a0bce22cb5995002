#include "pt2/module_stack.h"

#include <algorithm>

namespace modelexport::pt2 {
namespace {

/// PyTorch's mark of nodes that no module made.
constexpr std::string_view kNoStack = "_empty_nn_module_stack";

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// Splits at `separator` outside of brackets and quotes.
std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  int depth = 0;
  char quote = 0;
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == '(' || c == '[') {
      ++depth;
    } else if (c == ')' || c == ']') {
      --depth;
    } else if (c == separator && depth <= 0) {
      parts.push_back(text.substr(start, i - start));
      start = i + 1;
    }
  }
  parts.push_back(text.substr(start));
  return parts;
}

/// Ordinal of a call from its key: "…@1" is the second call. 0 if the key says nothing of use.
std::uint32_t ordinal_of(std::string_view key) {
  const std::size_t at = key.rfind('@');
  if (at == std::string_view::npos || key.size() - at > 10) return 0;
  std::uint32_t number = 0;
  for (const char c : key.substr(at + 1)) {
    if (c < '0' || c > '9') return 0;
    number = number * 10 + static_cast<std::uint32_t>(c - '0');
  }
  return number + 1;
}

std::string_view without_ordinal(std::string_view text) { return text.substr(0, text.find('@')); }

}  // namespace

std::string module_path(std::string_view expression) {
  const bool python = expression.starts_with("L[") || expression.starts_with("getattr(");
  if (!python) return std::string(without_ordinal(expression));
  // Names appear in order however the getattr calls are nested; the first, L's key, is forward's own
  // argument.
  std::string path;
  bool root_seen = false;
  const auto push = [&](std::string_view name) {
    if (name.empty() || name == "_modules") return;
    if (!path.empty()) path += '.';
    path += name;
  };
  for (std::size_t i = 0; i < expression.size();) {
    const char c = expression[i];
    if (c == '\'' || c == '"') {
      const std::size_t end = std::min(expression.find(c, i + 1), expression.size());
      if (root_seen) push(expression.substr(i + 1, end - i - 1));
      root_seen = true;
      i = end + 1;
    } else if (is_word(c)) {
      const std::size_t start = i;
      while (i < expression.size() && is_word(expression[i])) ++i;
      if (root_seen)
        push(expression.substr(start, i - start));  // before the root there is only L and getattr
    } else {
      ++i;
    }
  }
  return path;
}

CallTable::CallTable(const Limits& limits) : limits_(limits) {
  nodes_.emplace_back();
  by_path_.emplace("", 0);
  calls_.push_back({0, 0, 1});
  last_ordinal_[0] = 1;
}

Result<std::uint32_t> CallTable::module_of(std::string_view path) {
  if (const auto known = by_path_.find(std::string(path)); known != by_path_.end()) return known->second;
  std::uint32_t parent = 0;
  std::uint32_t parts = 0;
  for (std::size_t dot = path.find('.');; dot = path.find('.', dot + 1)) {
    const std::string prefix(path.substr(0, dot));
    auto [at, is_new] = by_path_.emplace(prefix, static_cast<std::uint32_t>(nodes_.size()));
    if (is_new) {
      path_bytes_ += prefix.size();
      if (++parts > limits_.depth || nodes_.size() >= limits_.nodes || path_bytes_ > limits_.json_bytes) {
        return fail(ErrorCode::pt2_malformed, "the module tree is too deep or too large");
      }
      nodes_.push_back({prefix, {}, {}});
      nodes_[parent].children.push_back(at->second);
    }
    parent = at->second;
    if (dot == std::string_view::npos) return parent;
  }
}

Status CallTable::add_module(std::string_view fqn) {
  ME_CHECK(module_of(without_ordinal(fqn)));
  return {};
}

Result<std::uint32_t> CallTable::enter(std::uint32_t parent, std::string_view item) {
  const std::vector<std::string_view> fields = split(item, ',');
  const std::string_view key = fields.front();
  if (fields.size() < 3 || key.starts_with(kNoStack)) return parent;
  ME_TRY(const std::uint32_t module, module_of(module_path(fields[1])));
  if (nodes_[module].class_name.empty())
    nodes_[module].class_name = std::string(without_ordinal(fields.back()));
  if (module == 0) return 0;
  const auto [at, is_new] =
      by_key_.emplace(std::pair(parent, std::string(key)), static_cast<std::uint32_t>(calls_.size()));
  if (is_new) {
    if (calls_.size() >= limits_.nodes)
      return fail(ErrorCode::pt2_malformed, "there are too many module calls");
    // Ordinals grow; a writer without "@k" in its keys still gets different ones.
    std::uint32_t& last = last_ordinal_[module];
    last = std::max(last + 1, ordinal_of(key));
    calls_.push_back({module, parent, last});
  }
  return at->second;
}

Result<std::uint32_t> CallTable::call_of(std::string_view stack) {
  if (const auto known = by_stack_.find(std::string(stack)); known != by_stack_.end()) return known->second;
  const std::vector<std::string_view> items = split(stack, ';');
  if (items.size() > limits_.depth)
    return fail(ErrorCode::pt2_malformed, "module calls are nested too deeply");
  std::uint32_t call = 0;
  for (const std::string_view item : items) {
    ME_TRY(call, enter(call, item));
  }
  by_stack_.emplace(stack, call);
  return call;
}

void CallTable::finish(aten::Graph& graph) && {
  std::vector<std::uint32_t> index_of(nodes_.size());
  std::vector<std::uint32_t> open = {0};
  while (!open.empty()) {
    const std::uint32_t node = open.back();
    open.pop_back();
    index_of[node] = static_cast<std::uint32_t>(graph.modules.size());
    graph.modules.push_back({std::move(nodes_[node].path), std::move(nodes_[node].class_name)});
    open.insert(open.end(), nodes_[node].children.rbegin(), nodes_[node].children.rend());
  }
  for (aten::Call& call : calls_) call.module = index_of[call.module];
  graph.calls = std::move(calls_);
}

}  // namespace modelexport::pt2
