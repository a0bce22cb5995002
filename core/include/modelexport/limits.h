// Declared limits for untrusted input, all in one place and checked before anything is allocated.
//
// A limit that is hit is an error that names the limit, never a crash and never silent truncation.
#pragma once

#include <cstdint>

namespace modelexport {

struct Limits {
  std::uint32_t depth = 100;                        ///< nested messages, JSON values, pickles, subgraphs
  std::uint64_t nodes = 4'000'000;                  ///< operators or nodes in one graph
  std::uint64_t expanded_function_nodes = 1 << 20;  ///< nodes after expanding functions
  std::uint64_t tensors = 1'000'000;                ///< initializers or archive tensors
  std::uint32_t rank = 64;                          ///< dimensions of one tensor
  std::uint64_t small_message = 64ULL << 20;        ///< bytes of one protobuf message read as a whole
  std::uint64_t json_bytes = 512ULL << 20;          ///< bytes of one JSON document
  std::uint64_t json_values = 40'000'000;           ///< values in one JSON document
  std::uint64_t string_bytes = 64ULL << 20;         ///< bytes of one string
  std::uint64_t zip_members = 200'000;              ///< members of one archive
  std::uint64_t pickle_ops = 10'000'000;            ///< opcodes of one pickle
  std::uint64_t inflated_member = 256ULL << 20;     ///< bytes of one deflated member once inflated
  std::uint32_t expression_nodes = 10'000;          ///< nodes of one symbolic expression
};

}  // namespace modelexport
