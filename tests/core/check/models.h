// Small models to break, and a directory that exists only in memory.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "modelexport/check.h"
#include "proto/onnx.pb.h"

namespace modelexport::check {

/// y = Relu(MatMul(x, W)): nothing to complain about but the missing stamp.
proto::ModelProto good_model();
/// A value of floats with this shape.
void set_value(proto::ValueInfoProto* value, const std::string& name, const std::vector<std::int64_t>& shape,
               int type = 1);
proto::NodeProto* add_node(proto::GraphProto* graph, const std::string& op,
                           const std::vector<std::string>& inputs, const std::vector<std::string>& outputs);
proto::AttributeProto* add_int(proto::NodeProto* node, const std::string& name, std::int64_t value);
void add_entry(google::protobuf::RepeatedPtrField<proto::StringStringEntryProto>* list,
               const std::string& key, const std::string& value);

class MemorySurroundings final : public Surroundings {
 public:
  void add(const std::string& name, File file) {
    file.exists = true;
    files_[name] = file;
    siblings_.push_back(name);
    std::sort(siblings_.begin(), siblings_.end());
  }
  [[nodiscard]] File look_up(const std::string& location) const override {
    const auto found = files_.find(location);
    return found == files_.end() ? File{} : found->second;
  }
  [[nodiscard]] const std::vector<std::string>& siblings() const override { return siblings_; }
  [[nodiscard]] std::optional<std::string> read_text(const std::string&, std::uint64_t) const override {
    return std::nullopt;
  }

 private:
  std::map<std::string, File> files_;
  std::vector<std::string> siblings_;
};

/// "ME-…" of every finding that is an error.
std::vector<std::string> errors_of(const Report& report);
/// The finding of a rule; nullptr if there is none.
const Finding* find(const Report& report, std::string_view rule);

}  // namespace modelexport::check
