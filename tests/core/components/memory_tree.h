// A model directory in memory.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "modelexport/components.h"

namespace modelexport::components {

class MemoryTree : public SourceTree {
 public:
  MemoryTree& add(std::string path, std::string text, Link link = Link::none) {
    entries_.push_back({path, text.size(), link});
    texts_.emplace(std::move(path), std::move(text));
    return *this;
  }
  MemoryTree& add_large(std::string path, std::uint64_t size) {
    entries_.push_back({std::move(path), size, Link::none});
    return *this;
  }
  std::string name() const override { return "model"; }
  const std::vector<FileEntry>& list() const override { return entries_; }
  Result<std::string> read(std::string_view path, std::uint64_t limit) const override {
    const auto found = texts_.find(std::string(path));
    if (found == texts_.end() || found->second.size() > limit) {
      return fail(ErrorCode::io_too_large, "must not be read: " + std::string(path));
    }
    return found->second;
  }

 private:
  std::vector<FileEntry> entries_;
  std::map<std::string, std::string> texts_;
};

inline std::string bert_config() {
  return R"({"architectures": ["BertForSequenceClassification"], "model_type": "bert"})";
}

}  // namespace modelexport::components
