// A tiny ONNX model in memory: given inputs and outputs, weights inside or in named data files.
#pragma once

#include <string>
#include <vector>

#include "modelexport/bytes.h"
#include "wire/writer.h"

namespace modelexport::package {

struct SmallModel {
  struct External {
    std::string location;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
  };
  std::vector<std::string> inputs = {"input_ids", "attention_mask"};
  std::vector<std::string> outputs = {"logits"};
  std::vector<External> external;  ///< one initializer of 3 floats each
  std::vector<std::string> docs;   ///< one node each, with this doc_string and as metadata

  [[nodiscard]] Bytes bytes() const {
    std::string graph;
    wire::put_bytes(graph, 2, "tiny");
    for (const std::string& doc : docs) wire::put_bytes(graph, 1, node(doc));
    for (std::size_t i = 0; i < external.size(); ++i) wire::put_bytes(graph, 5, tensor(i));
    for (const std::string& name : inputs) wire::put_bytes(graph, 11, value(name));
    for (const std::string& name : outputs) wire::put_bytes(graph, 12, value(name));
    std::string opset;
    wire::put_int(opset, 2, 18);
    std::string model;
    wire::put_int(model, 1, 8);
    wire::put_bytes(model, 7, graph);
    wire::put_bytes(model, 8, opset);
    const ByteSpan span = as_bytes(model);
    return {span.begin(), span.end()};
  }

 private:
  static std::string node(const std::string& doc) {
    std::string out;
    wire::put_bytes(out, 4, "Identity");
    wire::put_bytes(out, 6, doc);
    wire::put_bytes(out, 9, entry("pkg.torch.onnx.stack_trace", doc));
    return out;
  }
  static std::string value(const std::string& name) {
    std::string out;
    wire::put_bytes(out, 1, name);
    return out;
  }
  static std::string entry(std::string_view key, std::string_view text) {
    std::string out;
    wire::put_bytes(out, 1, key);
    wire::put_bytes(out, 2, text);
    return out;
  }
  [[nodiscard]] std::string tensor(std::size_t i) const {
    std::string out;
    wire::put_int(out, 1, 3);
    wire::put_int(out, 2, 1);
    wire::put_bytes(out, 8, "w" + std::to_string(i));
    wire::put_bytes(out, 13, entry("location", external[i].location));
    wire::put_bytes(out, 13, entry("offset", std::to_string(external[i].offset)));
    wire::put_bytes(out, 13, entry("length", std::to_string(external[i].length)));
    wire::put_int(out, 14, 1);
    return out;
  }
};

}  // namespace modelexport::package
