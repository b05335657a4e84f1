// SPDX-License-Identifier: Apache-2.0
// A JSON document that an update changed, from the document before and what the server logged
// instead of the whole one (mysql-source spec 2.8, binlog_row_value_options = PARTIAL_JSON).
//
// The differences are steps, one after another, each made in what the steps before it have left:
//
//   operation 1   0 replace, 1 insert, 2 remove
//   path          length-encoded, text: `$.a[0]."two words"`
//   value         length-encoded, binary JSON; not for a removal
//
// Replace and remove: something is there. Insert: into an object a member that it lacks; into an
// array a cell before that which is there, or at the end. The root itself is never changed.
#pragma once

#include "base/buffer.h"
#include "base/result.h"

namespace millrace::cell {

// Appends the binary document that the differences make of `document`. Only the containers on the
// paths are opened and laid out anew; all else is copied as it lies. kTruncated or kCorrupt when
// the differences or the document are damaged, and when a step does not fit what is there;
// kTooLarge for a result over kMaxJsonDocument. Then `out` may hold part of a document.
Status apply_json_diffs(Bytes document, Bytes diffs, Buffer& out);

}  // namespace millrace::cell
