#include "package/roles.h"

#include <algorithm>
#include <array>
#include <optional>

#include "result/shell_word.h"

namespace modelexport::package {
namespace {

constexpr std::array<std::string_view, 15> kNames = {
    "model",
    "encoder_model",
    "decoder_model",
    "decoder_with_past_model",
    "decoder_model_merged",
    "vision_encoder",
    "prompt_encoder_mask_decoder",
    "embed_tokens",
    "audio_encoder",
    "text_encoder",
    "encodec_decode",
    "text_model",
    "vision_model",
    "decoder_postnet_and_vocoder",
    "build_delay_pattern_mask",
};

struct Short {
  std::string_view text, name;
};
constexpr std::array kShort = {
    Short{"encoder", "encoder_model"},
    Short{"decoder", "decoder_model"},
    Short{"decoder_with_past", "decoder_with_past_model"},
    Short{"decoder_merged", "decoder_model_merged"},
};

struct Variant {
  std::string_view suffix, dtype;
};
/// Longer suffixes before those they end with.
constexpr std::array kVariants = {
    Variant{"quantized", "q8"}, Variant{"q4f16", "q4f16"}, Variant{"q2f16", "q2f16"},
    Variant{"q1f16", "q1f16"},  Variant{"fp16", "fp16"},   Variant{"uint8", "uint8"},
    Variant{"int8", "int8"},    Variant{"bnb4", "bnb4"},   Variant{"q4", "q4"},
    Variant{"q2", "q2"},        Variant{"q1", "q1"},       Variant{"optimized", ""},
};

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::string_view last_part(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string_view stem_of(std::string_view path) {
  std::string_view name = last_part(path);
  constexpr std::string_view kEnding = ".onnx";
  if (name.size() > kEnding.size() && name.substr(name.size() - kEnding.size()) == kEnding)
    name.remove_suffix(kEnding.size());
  return name;
}

/// Splits "model_q4" into "model" and "q4".
Role split(std::string_view stem) {
  Role role;
  for (const Variant& variant : kVariants) {
    const std::size_t suffix = variant.suffix.size() + 1;
    if (stem.size() <= suffix || stem[stem.size() - suffix] != '_') continue;
    if (stem.substr(stem.size() - suffix + 1) != variant.suffix) continue;
    role.variant = std::string(variant.suffix);
    stem.remove_suffix(suffix);
    break;
  }
  role.name = std::string(stem);
  return role;
}

/// The name of a role in any spelling, "" if it is none.
std::string_view known_name(std::string_view name) {
  for (const Short& row : kShort) {
    if (row.text == name) return row.name;
  }
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  return found == kNames.end() ? std::string_view{} : *found;
}

/// What a free name says by Optimum's own patterns.
std::string_view name_by_pattern(std::string_view stem) {
  if (contains(stem, "decoder")) {
    if (contains(stem, "merged")) return "decoder_model_merged";
    if (contains(stem, "with_past")) return "decoder_with_past_model";
    return "decoder_model";
  }
  return contains(stem, "encoder") ? "encoder_model" : std::string_view{};
}

std::string known_roles() {
  std::string text;
  for (std::string_view name : kNames) text += (text.empty() ? "" : ", ") + std::string(name);
  return text;
}

std::optional<std::string> given_role(const std::string& file,
                                      const std::vector<std::pair<std::string, std::string>>& given) {
  for (const auto& [name, role] : given) {
    if (name == file || name == last_part(file)) return role;
  }
  return std::nullopt;
}

Status check_given(const std::vector<std::string>& files,
                   const std::vector<std::pair<std::string, std::string>>& given) {
  for (const auto& [name, role] : given) {
    const bool known = std::any_of(files.begin(), files.end(), [&, &n = name](const std::string& file) {
      return file == n || last_part(file) == n;
    });
    if (!known) {
      return fail(ErrorCode::pack_roles, "--role names '" + name + "', which is no file of the package.",
                  {.path = name}, "--role FILE=ROLE with FILE as it is named on the command line");
    }
  }
  return {};
}

Result<Role> role_by_name(const std::string& file, bool alone) {
  Role role = split(stem_of(file));
  if (const std::string_view name = known_name(role.name); !name.empty()) {
    role.name = std::string(name);
    return role;
  }
  if (alone) {
    role.name = "model";
    return role;
  }
  const std::string_view name = name_by_pattern(role.name);
  if (name.empty()) {
    return fail(
        ErrorCode::pack_roles, "The name of " + file + " does not say which part of the model it is.",
        {.path = file},
        "Say it: --role " + shell_word(std::string(last_part(file)) + "=ROLE") + ", one of " + known_roles());
  }
  role.name = std::string(name);
  return role;
}

}  // namespace

std::string_view dtype_of_variant(std::string_view variant) {
  if (variant.empty()) return "fp32";
  for (const Variant& row : kVariants) {
    if (row.suffix == variant) return row.dtype;
  }
  return {};
}

std::string file_name(const Role& role) {
  return role.name + (role.variant.empty() ? "" : "_" + role.variant) + ".onnx";
}

Result<Role> parse_role(std::string_view text) {
  Role role = split(stem_of(text));
  std::string_view name = known_name(text);
  if (!name.empty()) role.variant.clear();
  if (name.empty()) name = known_name(role.name);
  if (name.empty()) {
    return fail(ErrorCode::pack_roles, "There is no role '" + std::string(text) + "'.", {},
                "Roles are " + known_roles() + ", each also with a suffix such as _fp16 or _quantized.");
  }
  role.name = std::string(name);
  return role;
}

Result<std::vector<std::pair<std::string, std::string>>> parse_file_roles(
    const std::vector<std::string>& texts) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const std::string& text : texts) {
    const std::size_t equals = text.rfind('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
      return fail(ErrorCode::cli_usage, "--role '" + text + "' has no FILE=ROLE", {},
                  "--role decoder.onnx=decoder_model_merged");
    }
    out.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return out;
}

Result<std::vector<Role>> find_roles(const std::vector<std::string>& files,
                                     const std::vector<std::pair<std::string, std::string>>& given) {
  ME_CHECK(check_given(files, given));
  std::vector<Role> roles;
  for (const std::string& file : files) {
    Role role;
    if (const auto text = given_role(file, given)) {
      ME_TRY(role, parse_role(*text));
    } else {
      ME_TRY(role, role_by_name(file, files.size() == 1));
    }
    for (std::size_t i = 0; i < roles.size(); ++i) {
      if (roles[i] != role) continue;
      return fail(
          ErrorCode::pack_roles,
          files[i] + " and " + file + " would both be " + file_name(role) + " in the package.",
          {.path = file},
          "Leave one out, or tell them apart: --role " + shell_word(std::string(last_part(file)) + "=ROLE"));
    }
    roles.push_back(std::move(role));
  }
  return roles;
}

}  // namespace modelexport::package
