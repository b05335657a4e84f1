# SPDX-License-Identifier: Apache-2.0
"""What a DDL statement does to whole tables, for those who rebuild tables from records. Nothing else of DDL is understood."""

import re

NAME = r"(?:`(?:[^`]|``)+`|[\w$\u0080-\uffff]+)"
TABLE = rf"{NAME}(?:\s*\.\s*{NAME})?"
COMMENT = re.compile(r"/\*(?![!M]).*?\*/", re.DOTALL)


def effects(database, text):
    """In order: ("moved", old, new), ("gone", name), ("altered", name); names are (database, table), a whole database
    (database, None)."""
    text = COMMENT.sub(" ", text).strip()

    def name(written):
        parts = [p[1:-1].replace("``", "`") if p[0] == "`" else p for p in re.findall(NAME, written)]
        return (database, *parts)[-2:]

    if found := re.match(r"RENAME\s+TABLES?\s+(.*)", text, re.I | re.S):
        return [("moved", name(old), name(new)) for old, new in re.findall(rf"({TABLE})\s+TO\s+({TABLE})", found[1], re.I)]
    if found := re.match(rf"ALTER\s+(?:ONLINE\s+|IGNORE\s+)*TABLE\s+(?:IF\s+EXISTS\s+)?({TABLE})\s+(.*)", text, re.I | re.S):
        to = re.search(rf"\bRENAME\s+(?!COLUMN|INDEX|KEY)(?:TO\s+|AS\s+|=\s*)?({TABLE})", found[2], re.I)
        return [("altered", name(found[1]))] + ([("moved", name(found[1]), name(to[1]))] if to else [])
    if found := re.match(r"DROP\s+TABLES?\s+(?:IF\s+EXISTS\s+)?(.*)", text, re.I | re.S):
        return [("gone", name(old)) for old in re.findall(TABLE, found[1])]
    if found := re.match(rf"(?:TRUNCATE\s+(?:TABLE\s+)?|CREATE\s+OR\s+REPLACE\s+TABLE\s+)({TABLE})", text, re.I):
        return [("gone", name(found[1]))]
    if found := re.match(rf"DROP\s+(?:DATABASE|SCHEMA)\s+(?:IF\s+EXISTS\s+)?({NAME})", text, re.I):
        return [("gone", (name(found[1])[-1], None))]
    return []
