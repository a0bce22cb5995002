// `explain`: what an error code means.
#include <cctype>

#include "cli/context.h"
#include "cli/did_you_mean.h"
#include "cli/help.h"
#include "commands/table.h"
#include "report/check_report.h"

namespace modelexport::commands {
namespace {

json::Json to_json(const ErrorInfo& info) {
  json::Json item = json::Json::object();
  item["code"] = info.id;
  item["exit_code"] = info.exit_code;
  item["title"] = info.title;
  item["explanation"] = info.explanation;
  return item;
}

const ErrorInfo* find(const std::string& id) {
  for (const ErrorInfo& info : all_errors()) {
    if (info.id == id) return &info;
  }
  return nullptr;
}

/// "me-arc-3" and "arc-003" are understood as ME-ARC-003.
std::string canonical(std::string_view word) {
  std::string id;
  for (const char c : word) id += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  if (id.compare(0, 3, "ME-") != 0) id = "ME-" + id;
  const std::size_t dash = id.rfind('-');
  const bool digits =
      dash + 1 < id.size() && id.find_first_not_of("0123456789", dash + 1) == std::string::npos;
  if (digits && id.size() - dash - 1 < 3) id.insert(dash + 1, 3 - (id.size() - dash - 1), '0');
  return id;
}

/// Codes of errors and of rules; a few are both.
std::vector<std::string> all_ids() {
  std::vector<std::string> ids;
  for (const ErrorInfo& known : all_errors()) ids.emplace_back(known.id);
  for (const check::Rule* rule : check::all_rules())
    if (find(std::string(rule->id)) == nullptr) ids.emplace_back(rule->id);
  return ids;
}

json::Json code_json(const std::string& id) {
  const ErrorInfo* info = find(id);
  const check::Rule* rule = check::find_rule(id);
  if (rule == nullptr) return to_json(*info);
  json::Json item = report::rule_json(*rule);
  item["exit_code"] = info != nullptr ? info->exit_code : 1;
  return item;
}

std::string_view title_of(const std::string& id) {
  const ErrorInfo* info = find(id);
  return info != nullptr ? info->title : check::find_rule(id)->title;
}

void list_all(cli::Context& context) {
  json::Json codes = json::Json::array();
  for (const std::string& id : all_ids()) {
    if (context.json()) {
      codes.push_back(code_json(id));
    } else {
      context.out.line(id + "  " + std::string(title_of(id)));
    }
  }
  if (!context.json()) return;
  json::Json document = json::Json::object();
  document["schema"] = "modelexport/explain/1";
  document["codes"] = codes;
  context.print(document);
}

Result<int> run(cli::Context& context) {
  if (context.arguments.positional().empty()) {
    list_all(context);
    return 0;
  }
  const std::string& word = context.arguments.positional()[0];
  const std::string id = canonical(word);
  const ErrorInfo* info = find(id);
  const check::Rule* rule = check::find_rule(id);
  if (info == nullptr && rule == nullptr) {
    const std::string meant = cli::did_you_mean(id, all_ids());
    return fail(ErrorCode::cli_unknown_code, "there is no error code '" + word + "'", {},
                meant.empty() ? "list all codes: modelexport explain"
                              : "did you mean modelexport explain " + meant + "?");
  }
  if (context.json()) {
    json::Json document = json::Json::object();
    document["schema"] = "modelexport/explain/1";
    document["codes"] = json::Json::array({code_json(id)});
    context.print(document);
    return 0;
  }
  context.out.line(cli::styled(id, cli::Style::bold, context.terminal.color_out) + ": " +
                   std::string(title_of(id)));
  if (rule != nullptr) {
    context.out.write("\n" + report::rule_text(*rule));
  } else {
    context.out.line("\n" + cli::wrap(info->explanation, 96, 0));
  }
  context.out.line("\nExit code " + std::to_string(info != nullptr ? info->exit_code : 1) +
                   " (as a warning: unchanged).");
  return 0;
}

constexpr cli::Example kExamples[] = {
    {"modelexport explain ME-ARC-002", "What an error means and what to do"},
    {"modelexport explain", "All codes"},
};

}  // namespace

constexpr cli::Command kExplain{
    .name = "explain",
    .arguments = "[CODE]",
    .summary = "what an error code or rule means",
    .description =
        "Prints the long form of an error code such as ME-ARC-002 or of a rule of check such as "
        "ME-LEGACY-001; "
        "without a code, lists all of them.",
    .options = {},
    .option_aliases = {},
    .examples = kExamples,
    .max_arguments = 1,
    .run = run,
};

}  // namespace modelexport::commands
