// Check reports for people and for logs: text, JUnit, GitHub annotations.
#include "report/check_report.h"

namespace modelexport::report {
namespace {

using check::Finding;

std::string plural(std::uint64_t count, std::string_view what) {
  return std::to_string(count) + " " + std::string(what) + (count == 1 ? "" : "s");
}

/// Control characters of a file's texts never reach a terminal.
std::string printable(std::string_view text) {
  constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (u >= 0x20 && u != 0x7F) {
      out.push_back(c);
    } else {
      out += {'\\', 'x', digits[u >> 4], digits[u & 15]};
    }
  }
  return out;
}

std::string place_text(const Finding& finding) {
  std::string out;
  const auto add = [&](const std::string& part) { out += (out.empty() ? "" : ", ") + part; };
  if (!finding.where.field.empty()) add(printable(finding.where.field));
  if (finding.where.offset) add("byte " + std::to_string(*finding.where.offset));
  if (!finding.node.empty()) add("node " + printable(finding.node));
  if (!finding.module.empty()) add("module " + printable(finding.module));
  return out;
}

std::string readers_text(const Finding& finding) {
  std::string out;
  for (const std::string_view reader : check::names(finding.refused_by))
    out += (out.empty() ? "" : ", ") + std::string(reader);
  return out;
}

std::string message_text(const Finding& finding) {
  std::string out = printable(finding.message);
  if (finding.more > 0) out += " (and " + std::to_string(finding.more) + " more)";
  return out;
}

std::string severity_text(const Finding& finding, bool color) {
  const std::string text =
      std::string(to_string(finding.severity)) + "[" + std::string(finding.rule->id) + "]";
  if (!color) return text;
  const char* code = finding.severity == Severity::error     ? "\x1b[1;31m"
                     : finding.severity == Severity::warning ? "\x1b[1;33m"
                                                             : "\x1b[1;36m";
  return code + text + "\x1b[0m";
}

std::string finding_text(const Finding& finding, bool color) {
  std::string out = "  " + severity_text(finding, color) + ": " + message_text(finding) + "\n";
  if (const std::string place = place_text(finding); !place.empty()) out += "    --> " + place + "\n";
  if (const std::string readers = readers_text(finding); !readers.empty())
    out += "    = refused by: " + readers + "\n";
  if (!finding.hint.empty()) out += "    = hint: " + finding.hint + "\n";
  return out;
}

std::string summary_text(std::span<const check::Report> files) {
  const CheckTotals totals = check_totals(files);
  std::string out = plural(files.size(), "file") + ": " + plural(totals.errors, "error") + ", " +
                    plural(totals.warnings, "warning") + ", " + plural(totals.infos, "info");
  if (totals.fixable > 0) out += "; " + std::to_string(totals.fixable) + " fixable with --fix";
  return out + "\n";
}

}  // namespace

std::string check_text(std::span<const check::Report> files, bool infos, bool color, bool quiet) {
  std::string out;
  for (const check::Report& file : files) {
    if (file.failed) {
      out += printable(file.path) + ": unreadable: " + printable(file.failed->message) + "\n";
      continue;
    }
    std::string listed;
    for (const Finding& finding : file.findings)
      if (infos || finding.severity != Severity::info) listed += finding_text(finding, color);
    if (quiet && listed.empty()) continue;
    out += printable(file.path) + (listed.empty() ? ": ok\n" : "\n" + listed);
  }
  return quiet && out.empty() ? out : out + summary_text(files);
}

namespace {

std::string xml(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out.push_back(c);
    }
  }
  // Bytes that are no UTF-8 would make the document invalid.
  const std::string valid = json::dump(json::Json(out));
  return json::parse(valid, {})->get<std::string>();
}

std::string testcase(const check::Report& file) {
  std::string out = "  <testcase classname=\"modelexport.check\" name=\"" + xml(file.path) + "\"";
  std::string body;
  if (file.failed) body += "    <error message=\"" + xml(file.failed->message) + "\"/>\n";
  for (const Finding& finding : file.findings) {
    if (finding.severity != Severity::error) continue;
    body += "    <failure type=\"" + std::string(finding.rule->id) + "\" message=\"" +
            xml(message_text(finding)) + "\">" + xml(place_text(finding)) + "</failure>\n";
  }
  std::string notes;
  for (const Finding& finding : file.findings)
    if (finding.severity == Severity::warning)
      notes += std::string(finding.rule->id) + ": " + xml(message_text(finding)) + " (" +
               xml(place_text(finding)) + ")\n";
  if (!notes.empty()) body += "    <system-out>" + notes + "</system-out>\n";
  return out + (body.empty() ? "/>\n" : ">\n" + body + "  </testcase>\n");
}

std::string github_text(std::string_view text, bool property) {
  std::string out;
  for (const char c : printable(text)) {
    if (c == '%') {
      out += "%25";
    } else if (property && c == ':') {
      out += "%3A";
    } else if (property && c == ',') {
      out += "%2C";
    } else {
      out.push_back(c);
    }
  }
  return out;
}

}  // namespace

std::string check_junit(std::span<const check::Report> files) {
  std::uint64_t failures = 0;
  std::uint64_t errors = 0;
  std::string cases;
  for (const check::Report& file : files) {
    failures += file.count(Severity::error) > 0 ? 1 : 0;
    errors += file.failed ? 1 : 0;
    cases += testcase(file);
  }
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite name=\"modelexport check\" "
         "tests=\"" +
         std::to_string(files.size()) + "\" failures=\"" + std::to_string(failures) + "\" errors=\"" +
         std::to_string(errors) + "\">\n" + cases + "</testsuite>\n</testsuites>\n";
}

std::string check_github(std::span<const check::Report> files) {
  std::string out;
  const auto line = [&](std::string_view level, const std::string& path, std::string_view title,
                        const std::string& message) {
    out += "::" + std::string(level) + " file=" + github_text(path, true) +
           ",title=" + github_text(title, true) + "::" + github_text(message, false) + "\n";
  };
  for (const check::Report& file : files) {
    if (file.failed) line("error", file.path, error_info(file.failed->code).id, file.failed->message);
    for (const Finding& finding : file.findings) {
      const std::string place = place_text(finding);
      line(finding.severity == Severity::info ? "notice" : to_string(finding.severity), file.path,
           finding.rule->id, message_text(finding) + (place.empty() ? "" : " (" + place + ")"));
    }
  }
  return out;
}

}  // namespace modelexport::report
