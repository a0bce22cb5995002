#include "components/json_text.h"

#include "components/json_scan.h"

namespace modelexport::components {
namespace {

/// Escapes matter for paths in two ways only: \\ and \/ stand for the second character.
std::string unescape(std::string_view quoted) {
  if (quoted.size() < 2) return {};
  const std::string_view inner = quoted.substr(1, quoted.size() - 2);
  std::string out;
  for (std::size_t i = 0; i < inner.size(); ++i) {
    if (inner[i] == '\\' && i + 1 < inner.size() && (inner[i + 1] == '\\' || inner[i + 1] == '/')) ++i;
    out += inner[i];
  }
  return out;
}

struct Open {
  bool object = false;
  std::size_t where_size = 0;  ///< length of the path text before this container's key
};

class Scanner {
 public:
  Scanner(std::string_view text, std::size_t max_depth) : text_(text), max_depth_(max_depth) {}

  std::vector<TextMember> run() {
    while (at_ < text_.size()) step();
    return std::move(members_);
  }

 private:
  void step() {
    const char c = text_[at_];
    if (c == '"') return on_string();
    ++at_;
    if (c == '{' || c == '[') return open(c == '{');
    if ((c == '}' || c == ']') && !stack_.empty()) {
      where_.resize(stack_.back().where_size);
      stack_.pop_back();
    }
    if (c == ',' || c == '{') expect_key_ = !stack_.empty() && stack_.back().object;
  }

  void open(bool object) {
    if (stack_.size() >= max_depth_) {
      at_ = text_.size();
      return;
    }
    stack_.push_back({object, where_.size()});
    if (!key_.empty()) where_ += (where_.empty() ? "" : ".") + key_;
    key_.clear();
    expect_key_ = object;
  }

  void on_string() {
    const std::size_t begin = at_;
    at_ = string_end(text_, begin);
    if (!expect_key_) return;
    expect_key_ = false;
    key_ = std::string(text_.substr(begin + 1, at_ - begin >= 2 ? at_ - begin - 2 : 0));
    const std::size_t colon = skip_space(text_, at_);
    at_ = skip_space(text_, colon < text_.size() ? colon + 1 : colon);
    if (at_ >= text_.size()) return;
    std::size_t end = at_;
    if (text_[at_] == '"') end = string_end(text_, at_);
    if (text_.substr(at_, 4) == "null") end = at_ + 4;
    if (end == at_) {  // another kind of value: a container takes the key, a number ignores it
      if (text_[at_] != '{' && text_[at_] != '[') key_.clear();
      return;
    }
    TextMember member;
    member.where = where_.empty() ? key_ : where_ + "." + key_;
    member.key = key_;
    member.depth = stack_.size();
    member.begin = begin;
    member.value_begin = at_;
    member.value_end = end;
    if (text_[at_] == '"') member.value = unescape(text_.substr(at_, end - at_));
    members_.push_back(std::move(member));
    key_.clear();
    at_ = end;
  }

  std::string_view text_;
  std::size_t max_depth_;
  std::size_t at_ = 0;
  bool expect_key_ = false;
  std::string key_;
  std::string where_;
  std::vector<Open> stack_;
  std::vector<TextMember> members_;
};

}  // namespace

std::vector<TextMember> string_members(std::string_view text, std::size_t max_depth) {
  return Scanner(text, max_depth).run();
}

void blank_value(std::string& text, const TextMember& member) {
  text.replace(member.value_begin, member.value_end - member.value_begin, "\"\"");
}

void remove_member(std::string& text, const TextMember& member) {
  std::size_t begin = member.begin;
  std::size_t end = skip_space(text, member.value_end);
  if (end < text.size() && text[end] == ',') {
    end = skip_space(text, end + 1);
  } else {
    end = member.value_end;
    while (begin > 0 && is_json_space(text[begin - 1])) --begin;
    if (begin > 0 && text[begin - 1] == ',') --begin;
  }
  text.erase(begin, end - begin);
}

Strict make_strict(std::string_view text) {
  Strict out;
  if (text.substr(0, 3) == "\xef\xbb\xbf") {
    out.had_mark = true;
    text.remove_prefix(3);
  }
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '"') {
      const std::size_t end = string_end(text, at);
      out.text.append(text.substr(at, end - at));
      at = end;
      continue;
    }
    std::size_t skip = 0;
    for (const std::string_view word : {"-Infinity", "Infinity", "NaN"}) {
      if (text.substr(at, word.size()) == word) skip = word.size();
    }
    if (skip != 0) {
      out.had_non_finite = true;
      out.text += "null";
      at += skip;
    } else {
      out.text += text[at++];
    }
  }
  return out;
}

}  // namespace modelexport::components
