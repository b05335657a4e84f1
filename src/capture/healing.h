// SPDX-License-Identifier: Apache-2.0
// Rows whose table has no definition that is certain and fits: the definition that the source has
// now is theirs if no DDL touched the table since (design section 6, "A DDL that cannot be read").
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/result.h"
#include "capture/assembler.h"
#include "change/position.h"
#include "mysql/connection.h"
#include "mysql/event_stream.h"
#include "schema/catalog.h"
#include "schema/history.h"

namespace millrace::capture {

struct HealingOptions {
  mysql::ConnectOptions source;
  change::ServerIdentity server;  // that `stop` is a place of
  uint32_t server_id = 0;         // that the second dump registers with; nobody else's
  int64_t now_ms = 0;
  // The second dump, while it is read; null when it ends. So that another thread may cut it.
  std::function<void(mysql::EventStream*)> reading;
};

// For the table of a kMisfit, and for all that `known` has in doubt there and that no DDL touched
// since either. kMismatch when one did, naming it, or when what the source has does not fit; errors
// of the connection and the dump as they are.
Result<std::vector<schema::Healed>> heal(const HealingOptions& options, const Stop& stop,
                                         const schema::Catalog& known);

// The same with a definition that a person gave: nothing is asked of the source. kMismatch when it
// does not fit the rows, or is not among those given.
Result<std::vector<schema::Healed>> heal_with(const schema::Catalog& given, const Stop& stop,
                                              int64_t now_ms);

}  // namespace millrace::capture
