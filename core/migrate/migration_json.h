// A migration as JSON: the elements of `migrate --json` `files`, for the command line and the page.
#pragma once

#include "json/json.h"
#include "migrate/migrate.h"

namespace modelexport::migrate {

/// {path, from:{form,…}, steps:[{rule,action}], to:{path}, unchanged, notes:[{rule,severity,message,hint}],
/// hierarchy, loader, repairable, reason, errors}; `to` is null while nothing is written.
json::Json migration_json(const Migration& migration, const std::string& path, const std::string& to);

/// "attribute", "attribute (120 nodes), winml (16 nodes)"
std::string form_text(const Migration& migration);

}  // namespace modelexport::migrate
