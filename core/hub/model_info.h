// The answer of /api/models/ID, as far as it is used.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "modelexport/limits.h"
#include "modelexport/result.h"

namespace modelexport::hub {

struct ModelInfo {
  std::string id;      ///< as the Hub calls it now
  std::string commit;  ///< 40 hex
  bool is_private = false;
  bool gated = false;
  bool disabled = false;
  std::string license;  ///< "apache-2.0"; "" unknown
  std::string task;     ///< pipeline tag; "" unknown
};

/// `url` is for the error: hub_bad_answer if the text is not such an answer.
Result<ModelInfo> parse_model_info(std::string_view text, const std::string& url, const Limits& limits);

}  // namespace modelexport::hub
