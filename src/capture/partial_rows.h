// SPDX-License-Identifier: Apache-2.0
// Rows of a PARTIAL_UPDATE_ROWS event (mysql-source spec 2.8) as those of an ordinary update, so
// that nobody behind this knows of them.
#pragma once

#include "base/buffer.h"
#include "base/result.h"
#include "change/row.h"
#include "mysql/rows_event.h"

namespace millrace::capture {

// Appends the event's rows with the whole document in the place of each difference. Which columns
// the images hold stays as it is in the event. A difference whose document the image before does
// not hold is kUnsupported: what it makes cannot be known. Other errors: damage.
Status write_whole_rows(const mysql::RowsEvent& event, const change::RowShape& shape, Buffer& out);

}  // namespace millrace::capture
