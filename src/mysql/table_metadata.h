// SPDX-License-Identifier: Apache-2.0
// The optional metadata at the end of a TABLE_MAP (mysql-source spec 2.6). Part of
// table_map_event.cc's work, in a file of its own.
#pragma once

#include "base/bytes.h"
#include "mysql/table_map_event.h"

namespace millrace::mysql {

// Fills the optional members of `event`, whose cells are there. A list that does not fit is named
// in `event.dropped`; an item that the event's end cuts is ignored, as is one of an unknown type.
void read_table_metadata(Bytes items, Flavour flavour, TableMapEvent& event);

}  // namespace millrace::mysql
