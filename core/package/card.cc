#include "package/card.h"

#include <algorithm>

#include "components/leaks.h"

namespace modelexport::package {
namespace {

constexpr std::string_view kFence = "---";

/// One key of the front matter with the lines below it.
struct Entry {
  std::string key;
  std::vector<std::string> lines;
};

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    out.emplace_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

bool starts_entry(std::string_view line) {
  return !line.empty() && line.front() != ' ' && line.front() != '-' && line.front() != '#' &&
         line.find(':') != std::string_view::npos;
}

std::vector<Entry> front_matter(std::string_view card) {
  std::vector<Entry> out;
  if (card.substr(0, 3) == "\xef\xbb\xbf") card.remove_prefix(3);
  const std::vector<std::string> lines = lines_of(card);
  if (lines.empty() || lines.front() != kFence) return out;
  const auto end = std::find(lines.begin() + 1, lines.end(), kFence);
  if (end == lines.end()) return out;
  for (auto line = lines.begin() + 1; line != end; ++line) {
    if (starts_entry(*line)) {
      out.push_back({line->substr(0, line->find(':')), {*line}});
    } else if (!out.empty()) {
      out.back().lines.push_back(*line);
    }
  }
  return out;
}

/// The scalar of a line: after "key:" or "- ", without quotes.
std::string_view scalar(std::string_view line) {
  const std::size_t start = line.find_first_not_of(" -");
  if (start == std::string_view::npos) return {};
  line.remove_prefix(start);
  if (const std::size_t colon = line.find(": "); colon != std::string_view::npos)
    line.remove_prefix(colon + 2);
  while (!line.empty() && (line.front() == ' ' || line.front() == '"' || line.front() == '\''))
    line.remove_prefix(1);
  while (!line.empty() && (line.back() == ' ' || line.back() == '"' || line.back() == '\''))
    line.remove_suffix(1);
  return line;
}

bool names_machine(std::string_view line) {
  const std::string_view value = scalar(line);
  if (value.substr(0, 4) == "http" || value.find(' ') != std::string_view::npos) return false;
  return components::is_local_path(value);
}

void drop_leaks(std::vector<Entry>& entries, std::vector<std::string>& edits) {
  for (auto entry = entries.begin(); entry != entries.end();) {
    auto& lines = entry->lines;
    const bool first = names_machine(lines.front());
    const auto before = lines.size();
    lines.erase(std::remove_if(lines.begin() + 1, lines.end(), names_machine), lines.end());
    if (first || lines.size() != before) {
      edits.push_back(entry->key + ": path of the exporting machine left out of the card");
    }
    const bool emptied = first || (before > 1 && lines.size() == 1 && scalar(lines.front()).ends_with(':'));
    entry = emptied ? entries.erase(entry) : entry + 1;
  }
}

/// YAML takes plain text where nothing in it is special.
std::string yaml(std::string_view value) {
  const bool plain = std::all_of(value.begin(), value.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-_./+").find(c) != std::string_view::npos;
  });
  if (plain && !value.empty() && value.front() != '-') return std::string(value);
  std::string out = "'";
  for (const char c : value) {
    if (static_cast<unsigned char>(c) < 0x20) continue;
    out += c == '\'' ? "''" : std::string(1, c);
  }
  return out + "'";
}

void set(std::vector<Entry>& entries, const std::string& key, const std::string& value, bool replace) {
  if (value.empty()) return;
  const std::string line = key + ": " + yaml(value);
  for (Entry& entry : entries) {
    if (entry.key != key) continue;
    if (replace) entry.lines = {line};
    return;
  }
  entries.push_back({key, {line}});
}

}  // namespace

Card make_card(const CardFacts& facts) {
  Card card;
  std::vector<Entry> entries = front_matter(facts.source_card);
  drop_leaks(entries, card.edits);
  set(entries, "license", facts.license, false);
  set(entries, "base_model", facts.base_model, facts.source.kind == "hub");
  set(entries, "library_name", facts.library_name, true);
  set(entries, "pipeline_tag", facts.pipeline_tag, false);
  card.text = "---\n";
  for (const Entry& entry : entries) {
    for (const std::string& line : entry.lines) card.text += line + "\n";
  }
  card.text += "---\n\n# " + facts.title + "\n\n" + facts.body;
  return card;
}

std::string card_title(std::string output) {
  while (output.size() > 1 && output.back() == '/') output.pop_back();
  std::string name = output.substr(output.rfind('/') + 1);
  if (name.ends_with(".zip")) name.resize(name.size() - 4);
  return name.empty() || name == "." || name == ".." ? "model" : name;
}

}  // namespace modelexport::package
