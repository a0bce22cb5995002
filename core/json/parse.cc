#include <algorithm>
#include <utility>

#include "json/json.h"

namespace modelexport::json {
namespace {

/// What a parsed document may take: strings and containers need several times the bytes of their text.
constexpr std::uint64_t kMaxMemory = 160ULL << 20;

/// Characters of a text; tells how far they were read, as parser events do not say where they are.
class Position {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  Position(const char* at, const char** seen) : at_(at), seen_(seen) {}
  reference operator*() const { return *at_; }
  Position& operator++() {
    *seen_ = ++at_;
    return *this;
  }
  bool operator==(const Position& other) const { return at_ == other.at_; }
  bool operator!=(const Position& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  const char** seen_;
};

/// Builds the document from parser events, so that limits stop the parser before memory is used, and object
/// members are appended in constant time (ordered_json's own insertion searches all earlier keys).
class Builder final : public nlohmann::json_sax<Json> {
 public:
  explicit Builder(const Limits& limits) : limits_(limits) {}

  bool null() override { return add(Json(nullptr)); }
  bool boolean(bool value) override { return add(Json(value)); }
  bool number_integer(number_integer_t value) override { return add(Json(value)); }
  bool number_unsigned(number_unsigned_t value) override { return add(Json(value)); }
  bool number_float(number_float_t value, const string_t&) override { return add(Json(value)); }
  bool string(string_t& value) override {
    memory_ += sizeof(string_t) + kAllocation + heap_of(value);
    return add(Json(std::move(value)));
  }
  bool binary(binary_t&) override { return refuse(ErrorCode::json_syntax, "binary value in JSON text"); }
  bool key(string_t& value) override {
    memory_ += sizeof(string_t) + sizeof(Json) + heap_of(value);
    key_ = std::move(value);
    return true;
  }
  bool start_object(std::size_t) override { return open(Json(Json::value_t::object)); }
  bool start_array(std::size_t) override { return open(Json(Json::value_t::array)); }
  bool end_array() override {
    stack_.pop_back();
    return true;
  }
  bool end_object() override {
    const bool unique = check_unique(*stack_.back()->get_ptr<Json::object_t*>());
    stack_.pop_back();
    return unique;
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    // The parser counts the bytes it has read, the offending one included.
    offset_ = position > 0 ? position - 1 : 0;
    return refuse(ErrorCode::json_syntax, "the text is not valid JSON");
  }

  [[nodiscard]] Json& root() { return root_; }
  /// `read` bytes of the text were read when it ended.
  [[nodiscard]] Diagnostic error(std::string_view name, std::uint64_t read) const {
    return {code_, Severity::error, message_, {std::string(name), {}, offset_.value_or(read)}, {}};
  }

 private:
  static constexpr std::uint64_t kAllocation = 16;  ///< what an allocation takes beside its bytes
  static std::uint64_t heap_of(const string_t& text) {
    return text.size() < sizeof(string_t) / 2 ? 0 : text.size() + 1 + kAllocation;
  }

  bool refuse(ErrorCode code, std::string message) {
    code_ = code;
    message_ = std::move(message);
    return false;
  }

  Json* place(Json&& value) {
    if (++values_ > limits_.json_values) {
      refuse(ErrorCode::json_limit, "the document has more than " + std::to_string(limits_.json_values) +
                                        " values (limit json_values)");
      return nullptr;
    }
    memory_ += sizeof(Json);
    if (memory_ > kMaxMemory) {
      refuse(ErrorCode::json_limit,
             "the document needs more than " + std::to_string(kMaxMemory) + " bytes of memory when parsed");
      return nullptr;
    }
    if (stack_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    if (auto* array = stack_.back()->get_ptr<Json::array_t*>()) {
      array->push_back(std::move(value));
      return &array->back();
    }
    auto* object = stack_.back()->get_ptr<Json::object_t*>();
    static_cast<Json::object_t::Container&>(*object).emplace_back(std::move(key_), std::move(value));
    return &object->back().second;
  }

  bool add(Json&& value) { return place(std::move(value)) != nullptr; }

  bool open(Json&& value) {
    if (stack_.size() >= limits_.depth) {
      return refuse(ErrorCode::json_limit,
                    "values are nested more than " + std::to_string(limits_.depth) + " deep (limit depth)");
    }
    memory_ += sizeof(Json::array_t) + 2 * kAllocation;
    Json* placed = place(std::move(value));
    if (placed == nullptr) return false;
    stack_.push_back(placed);  // stays valid: its container grows only after it is closed
    return true;
  }

  bool check_unique(const Json::object_t& object) {
    std::vector<std::string_view> keys;
    if (object.size() < 2) return true;
    keys.reserve(object.size());
    for (const auto& member : object) keys.push_back(member.first);
    std::sort(keys.begin(), keys.end());
    const auto twice = std::adjacent_find(keys.begin(), keys.end());
    if (twice == keys.end()) return true;
    return refuse(ErrorCode::json_syntax,
                  "the key `" + std::string(twice->substr(0, 100)) + "` occurs twice in one object");
  }

  const Limits& limits_;
  Json root_;
  std::vector<Json*> stack_;
  std::string key_;
  std::uint64_t values_ = 0;
  std::uint64_t memory_ = 0;
  ErrorCode code_ = ErrorCode::json_syntax;
  std::string message_ = "the text is not valid JSON";
  std::optional<std::uint64_t> offset_;
};

/// Quotes what Python writes for numbers that JSON lacks. Strings are left alone.
std::string quote_nonfinite(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 64);
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '"') {
      std::size_t end = i + 1;
      while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
      end = std::min(end + 1, text.size());
      out += text.substr(i, end - i);
      i = end;
      continue;
    }
    std::string_view word;
    if (c == 'N' || c == 'I' || c == '-') {
      for (const std::string_view known : {"NaN", "Infinity", "-Infinity"}) {
        if (text.substr(i, known.size()) == known) word = known;
      }
    }
    if (word.empty()) {
      out += c;
      ++i;
    } else {
      out.append("\"").append(word).append("\"");
      i += word.size();
    }
  }
  return out;
}

}  // namespace

Result<Json> parse_python(std::string_view text, const Limits& limits, std::string_view name) {
  const bool plain =
      text.find("Infinity") == std::string_view::npos && text.find("NaN") == std::string_view::npos;
  if (plain || text.size() > limits.json_bytes) return parse(text, limits, name);
  return parse(quote_nonfinite(text), limits, name);
}

Result<Json> parse(std::string_view text, const Limits& limits, std::string_view name) {
  if (text.size() > limits.json_bytes) {
    return fail(ErrorCode::json_limit,
                "the document has " + std::to_string(text.size()) + " bytes; the limit json_bytes is " +
                    std::to_string(limits.json_bytes),
                {std::string(name), {}, std::nullopt});
  }
  Builder builder(limits);
  const char* seen = text.data();
  const bool read =
      Json::sax_parse(Position(text.data(), &seen), Position(text.data() + text.size(), &seen), &builder);
  if (!read) return fail(builder.error(name, static_cast<std::uint64_t>(seen - text.data())));
  return std::move(builder.root());
}

}  // namespace modelexport::json
