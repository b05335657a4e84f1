// SPDX-License-Identifier: Apache-2.0
// The words with which statements begin before it is clear what they make. Both readers, of what a
// statement is (statement.h) and of what it says (reader.h), go through here.
#pragma once

#include "schema/ddl/token_reader.h"

namespace millrace::schema::ddl {

// MariaDB: SET STATEMENT a = b, c = d FOR ...: leaves the cursor at what follows, if that stands
// here.
void skip_set_statement(TokenReader& in);

// What may stand between CREATE (or ALTER) and the word that says what is made: OR REPLACE,
// TEMPORARY, ALGORITHM = x, DEFINER = u, SQL SECURITY x, AGGREGATE.
struct CreateHead {
  bool or_replace = false;
  bool temporary = false;
  bool index = false;  // an index follows: UNIQUE, FULLTEXT, SPATIAL, VECTOR or INDEX stands here
};
CreateHead read_create_head(TokenReader& in);

}  // namespace millrace::schema::ddl
