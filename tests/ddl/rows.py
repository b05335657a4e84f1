# SPDX-License-Identifier: Apache-2.0
"""The rows of mysql-source spec 4.2, 4.4, 4.5 and 4.6, each with how a statement that is about it looks, so that what a
run covered can be counted. A row with several lives has a line for each."""

import re

NAME = r"(?:`(?:[^`]|``)*`|\"[^\"]*\"|[\w$.]+|\s*\.\s*)+"
TABLE = rf"create\s+(?:or replace )?table\s+(?:if not exists )?{NAME}"
ALTER = r"alter (?:ignore |online |offline )*table "

MARIADB = ("mariadb-10.11", "mariadb-11.8")
MYSQL9 = ("mysql-9",)
NEW = (*MARIADB, *MYSQL9)
ALL = (*NEW, "mysql-5.6")

# (row, what it is about, pattern, the servers that have it)
ROWS = [
    ("4.2.1a", "CREATE TABLE", rf"^{TABLE}\s*\((?!\s*(like|select)\b)", ALL),
    ("4.2.1b", "CREATE TABLE ... LIKE", rf"^{TABLE}\s*\(?\s*like\b", ALL),
    ("4.2.1c", "CREATE TABLE ... SELECT", rf"^{TABLE}\b.*\bselect\b", ALL),
    ("4.2.1d", "CREATE TABLE IF NOT EXISTS", r"^create table if not exists", ALL),
    ("4.2.2", "CREATE OR REPLACE TABLE", r"^create or replace table", MARIADB),
    ("4.2.3a", "CREATE TEMPORARY", r"^create (or replace )?temporary", ALL),
    ("4.2.3b", "DROP TEMPORARY", r"^drop temporary", ALL),
    ("4.2.4", "ALTER TABLE", rf"^{ALTER}", ALL),
    ("4.2.5a", "DROP TABLE", r"^drop table (?!if)", ALL),
    ("4.2.5b", "DROP TABLE a, b", r"^drop table .*,", ALL),
    ("4.2.5c", "DROP TABLE IF EXISTS", r"^drop tables? if exists", ALL),
    ("4.2.6a", "RENAME TABLE", r"^rename table", ALL),
    ("4.2.6b", "RENAME TABLE, several", r"^rename table.*,.*,", ALL),
    ("4.2.6c", "RENAME TABLE IF EXISTS, WAIT", r"^rename table (if exists .*|.* (wait \d+|nowait) .*)", MARIADB),
    ("4.2.7", "TRUNCATE", r"^truncate", ALL),
    ("4.2.8a", "CREATE DATABASE", r"^create (or replace )?(database|schema)", ALL),
    ("4.2.8b", "ALTER DATABASE", r"^alter (database|schema)", ALL),
    ("4.2.8c", "ALTER DATABASE without a name", r"^alter (database|schema) (default )?(character|charset|collate)", ALL),
    ("4.2.8d", "DROP DATABASE", r"^drop (database|schema)", ALL),
    ("4.2.9a", "CREATE INDEX", r"^create (or replace )?(unique |fulltext |spatial )?index", ALL),
    ("4.2.9b", "DROP INDEX", r"^drop index", ALL),
    ("4.2.10a", "CREATE VIEW", r"^create .*\bview\b", ALL),
    ("4.2.10b", "ALTER VIEW", r"^alter .*\bview\b", ALL),
    ("4.2.10c", "DROP VIEW", r"^drop view", ALL),
    ("4.2.10d", "RENAME TABLE of a view", r"^rename table .*\bv\d", ALL),
    ("4.2.11a", "ANALYZE, OPTIMIZE, REPAIR, CHECK", r"^(analyze|optimize|repair|check) ", ALL),
    ("4.2.11b", "ALTER TABLE ... FORCE", rf"^{ALTER}.*\bforce\b", ALL),
    ("4.2.12", "SEQUENCE", r"^(create|alter|drop|rename) .*(sequence|\bq\d)", MARIADB),
    ("4.2.13", "another server collation", r"^create database server_default\d", ALL),
    ("4.2.14a", "users, GRANT", r"^(create user|alter user|drop user|grant|revoke|set password|rename user)", ALL),
    ("4.2.14b", "SERVER, TABLESPACE, INSTANCE", r"^(create|alter|drop) (server|tablespace|instance|undo)", ALL),
    ("4.2.15", "INSTALL", r"^(un)?install ", NEW),

    ("4.4.1a", "BOOL", r"\bbool(ean)?\b", ALL),
    ("4.4.1b", "INT1 .. INT8, MIDDLEINT, INTEGER", r"\b(int[12348]|middleint|integer)\b", ALL),
    ("4.4.1c", "DEC, FIXED, NUMERIC", r"\b(dec|fixed|numeric)\b", ALL),
    ("4.4.1d", "DOUBLE PRECISION, FLOAT8", r"\b(double precision|float8)\b", ALL),
    ("4.4.1e", "FLOAT4", r"\bfloat4\b", ALL),
    ("4.4.1f", "REAL", r"\breal\b", ALL),
    ("4.4.1g", "FLOAT(p)", r"\bfloat\s?\(\d+\)", ALL),
    ("4.4.1h", "CHAR VARYING, CHARACTER", r"\b(char varying|character(?! set)|varcharacter)\b", ALL),
    ("4.4.1i", "NCHAR, NATIONAL", r"\b(nchar|national|nvarchar)\b", ALL),
    ("4.4.1j", "LONG, LONG VARCHAR, LONG VARBINARY", r"\blong\b", ALL),
    ("4.4.1k", "TEXT(n), BLOB(n)", r"\b(text|blob)\s?\(\d+\)", ALL),
    ("4.4.1l", "SERIAL", r"\bserial\b", ALL),
    ("4.4.1m", "BIT", r"\bbit\b(?! ?\()", ALL),
    ("4.4.1n", "DECIMAL", r"\bdecimal\b(?! ?\()", ALL),
    ("4.4.1o", "CHAR, BINARY without length", r" (char|binary)\b(?! ?\(|act| varying| set)", ALL),
    ("4.4.1p", "VECTOR", r"\bvector\b", ("mysql-9", "mariadb-11.8")),
    ("4.4.1q", "GEOMCOLLECTION, GEOMETRYCOLLECTION", r"\bgeom(etry)?collection\b", ALL),
    ("4.4.1r", "YEAR", r"\byear\b", ALL),
    ("4.4.2a", "display width", r"\b(int|bigint|smallint|mediumint)\s?\(\d+\)", ALL),
    ("4.4.2b", "TINYINT(1)", r"\btinyint\s?\(1\)", ALL),
    ("4.4.3", "too long for its type", r"\b(varchar|char|binary|varbinary)\s?\((25[6-9]|[3-9]\d\d|\d{5,})\)", ALL),
    ("4.4.4a", "NOT NULL", r"\bnot null\b", ALL),
    ("4.4.4b", "TIMESTAMP", r"\btimestamp\b", ALL),
    ("4.4.5a", "CHARACTER SET of a column", r"\b(char|varchar|text|enum\s?\([^)]*\))(\s?\(\d+\))? (character set|charset)", ALL),
    ("4.4.5b", "COLLATE of a column", r"\b(char|varchar|text)(\s?\(\d+\))? collate", ALL),
    ("4.4.5c", "BINARY as an attribute", r"\b(char|varchar|text)(\s?\(\d+\))? binary", ALL),
    ("4.4.5d", "ASCII", r"\)? ascii\b", ALL),
    ("4.4.5e", "UNICODE", r"\)? unicode\b", ALL),
    ("4.4.5f", "BYTE", r"\)? byte\b", ALL),
    ("4.4.5g", "CHARACTER SET binary", r"(character set|charset) '?binary\b", ALL),
    ("4.4.5h", "utf8", r"(character set|charset|collate)[ =]+'?utf8(_\w+)?\b", ALL),
    ("4.4.5i", "utf8mb4 without a collation", r"(character set|charset)[ =]+'?utf8mb4'?(?!\w| collate)", ALL),
    ("4.4.5j", "defaults of the table", rf"^{TABLE}.*\)\s*(default )?(character set|charset|collate)", ALL),
    ("4.4.6a", "inline keys", r"\w (primary key|unique|key)(?! ?\w* ?\w* ?\()", ALL),
    ("4.4.6b", "prefixes in keys", r"(key|index|unique)\b[^(]*\([^()]*\(\d+\)", ALL),
    ("4.4.6c", "DESC in keys", r"(key|index|unique)\b[^(]*\([^)]*desc\b", ALL),
    ("4.4.6d", "functional keys", r"(key|index|unique)\b[^(]*\([^)]*\(\(|(key|index|unique)\b[^(]*\(\(", MYSQL9),
    ("4.4.6e", "CONSTRAINT of a key", r"constraint .*(unique|primary)", ALL),
    ("4.4.6f", "unnamed keys", r"unique\s*\(", ALL),
    ("4.4.7", "generated invisible primary key", r"^create table if not exists gipk|^create table gipk", MYSQL9),
    ("4.4.8a", "generated columns", r"\bas \(", NEW),
    ("4.4.8b", "CHECK", r"\bcheck \(", ALL),
    ("4.4.8c", "COMMENT", r"\bcomment\b", ALL),
    ("4.4.8d", "DEFAULT (expression)", r"default \(", NEW),
    ("4.4.8e", "ON UPDATE", r"on update (current_timestamp|now|localtime)", ALL),
    ("4.4.8f", "COLUMN_FORMAT, STORAGE", r"column_format|storage (disk|memory)", ("mysql-9", "mysql-5.6")),
    ("4.4.8g", "REFERENCES", r"\breferences\b", ALL),
    ("4.4.8h", "SRID", r"\bsrid\b", MYSQL9),
    ("4.4.8i", "INVISIBLE", r"\binvisible\b", NEW),
    ("4.4.9", "partitions", r"\bpartition by\b", ALL),

    ("4.5.1a", "LIKE in parentheses", rf"^{TABLE}\s*\(\s*like", ALL),
    ("4.5.1b", "LIKE of another database's", r"like e\.", ALL),
    ("4.5.1c", "LIKE of a temporary table", r"like tmp", ALL),
    ("4.5.2a", "SELECT with columns of its own", rf"^{TABLE}\s*\(.*\)\s*.*\bselect\b", ALL),
    ("4.5.2b", "SELECT alone", rf"^{TABLE}\s+(as )?select\b", ALL),

    ("4.6.1a", "ADD COLUMN", rf"^{ALTER}.*\badd (column )?(?!unique|index|key|constraint|primary|check|foreign|fulltext)", ALL),
    ("4.6.1b", "ADD ... FIRST, AFTER", rf"^{ALTER}.*\badd .*(first|after)", ALL),
    ("4.6.1c", "ADD (...)", rf"^{ALTER}.*\badd (column )?\(", ALL),
    ("4.6.1d", "ADD IF NOT EXISTS", rf"^{ALTER}.*\badd (column )?if not exists", MARIADB),
    ("4.6.2a", "DROP COLUMN", rf"^{ALTER}.*\bdrop (column |`|\"|\w+(,|$))", ALL),
    ("4.6.2b", "DROP IF EXISTS", rf"^{ALTER}.*\bdrop (column )?if exists", MARIADB),
    ("4.6.3", "CHANGE", rf"^{ALTER}.*\bchange ", ALL),
    ("4.6.4", "MODIFY", rf"^{ALTER}.*\bmodify ", ALL),
    ("4.6.5a", "ALTER c SET DEFAULT, DROP DEFAULT", rf"^{ALTER}.*\balter .*(set|drop) default", ALL),
    ("4.6.5b", "ALTER c SET INVISIBLE", rf"^{ALTER}.*\balter .*set (in)?visible", MYSQL9),
    ("4.6.6", "RENAME COLUMN", rf"^{ALTER}.*\brename column ", NEW),
    ("4.6.7a", "RENAME TO", rf"^{ALTER}.*\brename (to |as |=)?(?!column|index|key)", ALL),
    ("4.6.7b", "RENAME INDEX", rf"^{ALTER}.*\brename (index|key) ", NEW),
    ("4.6.8a", "ADD PRIMARY KEY", rf"^{ALTER}.*\badd (constraint \S+ )?primary key", ALL),
    ("4.6.8b", "DROP PRIMARY KEY", rf"^{ALTER}.*\bdrop primary key", ALL),
    ("4.6.8c", "ADD UNIQUE", rf"^{ALTER}.*\badd (constraint \S+ )?unique", ALL),
    ("4.6.8d", "ADD INDEX, FULLTEXT, SPATIAL", rf"^{ALTER}.*\badd (index|key|fulltext|spatial)", ALL),
    ("4.6.8e", "DROP INDEX", rf"^{ALTER}.*\bdrop (index|key)", ALL),
    ("4.6.8f", "ADD, DROP FOREIGN KEY", rf"^{ALTER}.*\b(add (constraint \S+ )?|drop )foreign key", ALL),
    ("4.6.8g", "ADD, DROP CHECK", rf"^{ALTER}.*\b(add (constraint \S+ )?check|drop (check|constraint))", NEW),
    ("4.6.9a", "CONVERT TO CHARACTER SET", rf"^{ALTER}.*\bconvert to (character set|charset)", ALL),
    ("4.6.9b", "CONVERT TO CHARACTER SET DEFAULT", rf"^{ALTER}.*\bconvert to (character set|charset) default", ALL),
    ("4.6.10", "DEFAULT CHARACTER SET", rf"^{ALTER}(?!.*convert).*\b(default (character set|charset)|collate[ =])", ALL),
    ("4.6.11", "ORDER BY", rf"^{ALTER}.*\border by", ALL),
    ("4.6.12a", "ENGINE, ROW_FORMAT, AUTO_INCREMENT ...", rf"^{ALTER}.*\b(engine|row_format|auto_increment ?=|stats_|key_block)", ALL),
    ("4.6.12b", "ALGORITHM, LOCK", rf"^{ALTER}.*\b(algorithm|lock)\b", ALL),
    ("4.6.12c", "ENABLE, DISABLE KEYS", rf"^{ALTER}.*\b(en|dis)able keys", ALL),
    ("4.6.13a", "ADD PARTITION", rf"^{ALTER}.*\badd partition", ALL),
    ("4.6.13b", "DROP, TRUNCATE PARTITION", rf"^{ALTER}.*\b(drop|truncate) partition", ALL),
    ("4.6.13c", "REORGANIZE, COALESCE, REBUILD, ANALYZE ...", rf"^{ALTER}.*\b(reorganize|coalesce|rebuild|analyze|check|optimize|repair) partition", ALL),
    ("4.6.13d", "REMOVE PARTITIONING, PARTITION BY", rf"^{ALTER}.*\b(remove partitioning|partition by)", ALL),
    ("4.6.14", "EXCHANGE PARTITION", rf"^{ALTER}.*\bexchange partition", ALL),
    ("4.6.15", "DISCARD, IMPORT TABLESPACE", rf"^{ALTER}.*\b(discard|import) tablespace", ALL),
    ("4.6.16a", "SYSTEM VERSIONING", r"system versioning", MARIADB),
    ("4.6.16b", "PERIOD", r"\bperiod for", MARIADB),
]
COMPILED = [(row, re.compile(pattern, re.IGNORECASE | re.DOTALL)) for row, _, pattern, _ in ROWS]
LEADING = re.compile(r"^(\s+|--\s.*?\n|#.*?\n|/\*[^!M].*?\*/)*", re.DOTALL)
SPACES = re.compile(r"(\s|--\s[^\n]*\n|#[^\n]*\n|/\*[^!M]*?\*/)+")


def rows_of(text):
    """The rows that a statement is about."""
    text = SPACES.sub(" ", LEADING.sub("", text))
    return [row for row, pattern in COMPILED if pattern.search(text)]


def of(server):
    """The rows that a server has."""
    return [(row, what) for row, what, _, servers in ROWS if server in servers]
