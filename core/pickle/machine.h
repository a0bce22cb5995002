// The stack machine behind pickle::read.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "pickle/pickle.h"

namespace modelexport::pickle {

/// One run over one pickle. Steps return false after setting an error.
class Machine {
 public:
  Machine(ByteSpan bytes, const Limits& limits, const std::string& name)
      : bytes_(bytes), limits_(limits), name_(name) {}

  Result<Pickle> run();

 private:
  bool step(std::uint8_t op);
  bool step_number(std::uint8_t op);
  bool step_string(std::uint8_t op);
  bool step_memo(std::uint8_t op);
  bool step_container(std::uint8_t op);
  bool step_object(std::uint8_t op);

  // Reading.
  bool bytes(std::uint64_t count, ByteSpan* out);
  bool number(int count, std::uint64_t* out);
  bool line(std::string* out);

  // Stack. The stack of a mark is what was pushed after it.
  bool push(Value value);
  bool push_id(Id id);
  bool pop(Id* id);
  bool pop_mark(std::vector<Id>* items);
  bool top(Id* id);
  bool new_value(Value value, Id* id);

  bool push_text(std::uint64_t count);
  bool push_long(std::uint64_t count);
  bool push_tuple(std::size_t count);
  bool put(std::uint64_t index);
  bool get(std::uint64_t index);
  bool set_items(const std::vector<Id>& items);
  bool append_items(const std::vector<Id>& items);
  bool push_global(std::string module, const std::string& name);
  bool stack_global();
  bool reduce();
  bool new_object();
  bool build();
  bool persistent_id();

  bool malformed(std::string what);
  bool refused(ErrorCode code, std::string what, std::string hint = {});

  ByteSpan bytes_;
  const Limits& limits_;
  const std::string& name_;
  std::size_t at_ = 0;
  std::size_t op_at_ = 0;
  Pickle pickle_;
  std::vector<Id> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint64_t, Id> memo_;
  std::uint64_t held_ = 0;  ///< heap bytes of all values
  bool stopped_ = false;
  std::optional<Diagnostic> error_;
};

}  // namespace modelexport::pickle
