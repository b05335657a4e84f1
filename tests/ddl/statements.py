# SPDX-License-Identifier: Apache-2.0
"""Random DDL: mostly such that a server takes it, on what is there. Each production makes one statement, or None where it
cannot; those that were accepted least come first."""

import collections

from .alters import ACTIONS, Target
from .columns import CHARSETS, COLLATIONS, Columns
from .rows import rows_of

PRODUCTIONS = []
CANDIDATES = 10


def production(*only):
    """Marks a production. `only`: the servers that have it."""
    def mark(function):
        PRODUCTIONS.append((function, only))
        return function
    return mark


class Statements:
    def __init__(self, scene):
        self.scene = scene
        self.make = Columns(scene)
        self.productions = [f for f, only in PRODUCTIONS if scene.has(only)]
        self.actions = [f for f, only in ACTIONS if scene.has(only)]
        self.productions += [alter_with(f) for f in self.actions]
        self.asked, self.accepted = collections.Counter(), collections.Counter()
        self.last = None

    def next(self, wanted):
        """Of some drawn statements the one that is about most of the wanted rows. Remembered until answer() says what became of it."""
        if self.scene.latest.startswith("CREATE TEMPORARY TABLE tmp1") and not self.scene.lossy and self.scene.chance(0.7):
            self.last = create_like_temporary
            return create_like_temporary(self)
        # Two statements of it are needed, or three, so that its first is drawn for the sake of the last.
        if "4.5.1c" in wanted and not self.scene.lossy and self.scene.chance(0.08):
            self.last = create_like_temporary
            self.asked[self.last] += 1
            return create_like_temporary(self)
        drawn = []
        for _ in range(CANDIDATES if wanted else 1):
            text = self.draw()
            drawn.append((len(wanted.intersection(rows_of(text))) if wanted else 0, len(drawn), text, self.last))
        _, _, text, self.last = max(drawn, key=lambda d: (d[0], -d[1]))
        self.asked[self.last] += 1
        return text

    def draw(self):
        for _ in range(200):
            weights = [(1 + self.asked[f] / 8) / (1 + self.accepted[f]) ** 2 if self.asked[f] < 12 + 8 * self.accepted[f] else 0.001
                       for f in self.productions]
            self.last = self.scene.rng.choices(self.productions, weights)[0]
            text = self.last(self)
            if text is not None:
                return self.scene.decorated(text)
            self.asked[self.last] += 0.02
        self.last = create
        return create(self)

    def answer(self, text, taken):
        self.accepted[self.last] += taken
        self.scene.latest = text if taken else ""
        if taken and "tmp1" in text and "TEMPORARY" in text:
            self.scene.temporary = text.startswith("CREATE")

    # -- parts -------------------------------------------------------------------------------------

    def table(self, database="d"):
        return self.scene.some_table("t", database)

    def body(self, least=1, most=6):
        """Columns and keys in parentheses."""
        s = self.scene
        names = [s.new_column() for _ in range(s.rng.randint(least, most))]
        items = []
        kinds = []
        for name in names:
            wanted = ("int", "dec", "date", "year", "char") if s.chance(0.4) else None
            text = self.make.definition(wanted, bare=bool(items) and s.chance(0.7))
            if s.server != "mysql-9" or " AS (" not in text:  # see Scene.keyable()
                kinds.append((name, text))
            items.append(f"{s.written(name)} {text}")
        if s.chance(0.35) and not any("PRIMARY" in i or "SERIAL" in i or " KEY" in i for i in items):
            items.insert(s.rng.randrange(len(items) + 1), s.draw("id", ["id INT AUTO_INCREMENT PRIMARY KEY", "id BIGINT UNSIGNED NOT NULL, PRIMARY KEY (id)",
                                                                         "id INT(11) NOT NULL AUTO_INCREMENT, PRIMARY KEY USING BTREE (id)",
                                                                         "id INT, CONSTRAINT pk PRIMARY KEY (id)", "id SERIAL"]))
        for _ in range(s.rng.choice([0, 0, 0, 1, 1, 2, 3]) if kinds else 0):
            items.append(self.key(kinds))
        return "(" + ", ".join(items) + ")"

    def key(self, columns):
        s = self.scene
        parts = []
        for name, text in s.rng.sample(columns, min(len(columns), s.rng.randint(1, 3))):
            word = text.upper().split("(")[0].split(" ")[0]
            long = "TEXT" in word or "BLOB" in word or word in ("LONG", "CLOB")
            prefix = "(%d)" % s.rng.choice([1, 3, 5, 10]) if long or ("CHAR" in word and s.chance(0.3)) else ""
            parts.append(s.written(name) + prefix + s.draw("key order", ["", "", "", " ASC", " DESC"]))
        if s.server == "mysql-9" and s.chance(0.1):
            parts.insert(s.rng.randrange(len(parts) + 1), "((nullif({0}, {0})))".format(s.quoted(columns[0][0])))
        head = s.draw("key", ["UNIQUE ", "UNIQUE KEY ", "UNIQUE {k}", "KEY {k}", "INDEX {k}", "UNIQUE INDEX {k}", "CONSTRAINT {k} UNIQUE ", "CONSTRAINT UNIQUE ",
                              "CONSTRAINT {k} UNIQUE KEY {k}", "PRIMARY KEY ", "CONSTRAINT PRIMARY KEY "])
        while "{k}" in head:
            head = head.replace("{k}", s.fresh("k") + " ", 1)
        return head + s.index_type().lstrip() + " (" + ", ".join(parts) + ")"

    def options(self):
        s = self.scene
        if s.chance(0.4):
            return ""
        charset, collation = s.draw("table charset", CHARSETS), s.draw("table collation", COLLATIONS)
        return s.draw("options", [
            f" CHARACTER SET {charset}", f" DEFAULT CHARSET={charset}", f" COLLATE {collation}", f" DEFAULT COLLATE = {collation} COMMENT 'a, b'",
            f" CHARSET {collation.split('_')[0]} COLLATE {collation}", " ENGINE=InnoDB", f" ENGINE InnoDB, CHARSET = {charset}", " ENGINE=MyISAM", " ENGINE=MEMORY",
            " ROW_FORMAT=DYNAMIC COMMENT='x)'", f" AUTO_INCREMENT 7 DEFAULT CHARACTER SET {charset} STATS_PERSISTENT=1", " COMMENT = 'charset latin1'",
            " /*!50100 ENGINE=InnoDB */ /*!40101 CHARSET=latin1 */"])

    def existing(self, columns=True):
        """A Target on a table that is there."""
        name = self.table()
        return Target(self.scene, self.make, name) if name else None


def alter_with(first):
    """An ALTER TABLE whose first action is this one."""
    def alter(statements):
        s = statements.scene
        target = statements.existing()
        if target is None:
            return create(statements)
        actions = [first(target)]
        if actions[0] is None:
            return None
        for _ in range(s.rng.choice([0, 0, 1, 2])):
            other = s.rng.choice(statements.actions)(target)
            if other is not None and not other.startswith(("CONVERT", "RENAME TO", "RENAME AS")):
                actions.append(other)
        if not actions[0].startswith(("ORDER", "ALGORITHM", "LOCK")):
            s.rng.shuffle(actions)
        head = s.draw("alter head", ["ALTER TABLE ", "ALTER TABLE ", "ALTER TABLE d.", "alter table "])
        if s.family == "mariadb":
            head = head.replace("ALTER TABLE", s.draw("alter words", ["ALTER TABLE", "ALTER TABLE", "ALTER IGNORE TABLE", "ALTER TABLE IF EXISTS", "ALTER ONLINE TABLE",
                                                                      "SET STATEMENT max_statement_time=100 FOR ALTER TABLE"]))
        wait = s.draw("wait", ["", "", "", "WAIT 5 ", "NOWAIT "]) if s.family == "mariadb" else ""
        return f"{head}{s.written(target.name)} {wait}{', '.join(actions)}"
    alter.__name__ = first.__name__
    return alter


# -- CREATE TABLE -----------------------------------------------------------------------------------


@production()
def create(self):
    s = self.scene
    head = s.draw("create", ["CREATE TABLE ", "CREATE TABLE ", "CREATE TABLE IF NOT EXISTS ", "CREATE TABLE d.", "create table "])
    return f"{head}{s.written(s.fresh('t'))} {self.body()}{self.options()}"


@production()
def create_elsewhere(self):
    return f"CREATE TABLE e.{self.scene.fresh('x')} {self.body()}{self.options()}"


@production()
def create_again(self):
    name = self.table()
    return name and f"CREATE TABLE IF NOT EXISTS {name} {self.body()}"


@production("mariadb")
def create_or_replace(self):
    s = self.scene
    name = self.table() if s.chance(0.7) else s.fresh("t")
    return name and f"CREATE OR REPLACE TABLE {s.written(name)} " + (self.body() + self.options() if s.chance(0.8) else "LIKE ref")


@production()
def create_like(self):
    s = self.scene
    name = self.table()
    return name and s.draw("like", ["CREATE TABLE {n} LIKE {t}", "CREATE TABLE {n} (LIKE {t})", "CREATE TABLE IF NOT EXISTS {n} LIKE d.{t}", "CREATE TABLE e.{x} LIKE {t}"]).format(
        n=s.fresh("t"), x=s.fresh("x"), t=s.written(name))


@production()
def create_like_parenthesised(self):
    name = self.table()
    return name and f"CREATE TABLE {self.scene.fresh('t')} ( LIKE {self.scene.written(name)} )"


@production()
def create_like_elsewhere(self):
    name = self.scene.some_table("x", "e")
    return f"CREATE TABLE {self.scene.fresh('t')} LIKE e.{name}" if name else create_elsewhere(self)


@production()
def create_like_temporary(self):
    if self.scene.lossy:
        return None
    # The log leaves out a charset that the database has when the temporary table is made, so nothing comes between.
    if self.scene.latest.startswith("CREATE TEMPORARY TABLE tmp1"):
        return f"CREATE TABLE {self.scene.fresh('t')} LIKE tmp1"
    return "DROP TEMPORARY TABLE tmp1" if self.scene.temporary else f"CREATE TEMPORARY TABLE tmp1 {self.body()}"


@production()
def create_select(self):
    if self.scene.lossy:
        return None
    s = self.scene
    name = self.table()
    if not name:
        return None
    columns = ", ".join(s.written(c) for c in s.rng.sample(s.columns(name), min(len(s.columns(name)), 3)))
    what = s.draw("select", ["*", columns, columns, "*, 1 AS one, 'x' AS txt, 1.5 AS frac, NOW() AS at", f"{columns}, NULL AS nothing, CONCAT('a', 1) AS cat"])
    return f"CREATE TABLE {s.fresh('t')}{s.draw('select as', [' ', ' AS '])}SELECT {what} FROM {s.written(name)}"


@production()
def create_select_with_columns(self):
    if self.scene.lossy:
        return None
    s = self.scene
    name = self.table()
    if not name:
        return None
    what = s.draw("select more", ["1 AS k, 'b' AS w", "2 AS k", "1 AS other, x'61' AS bin, 'ä' AS txt"])
    return f"CREATE TABLE {s.fresh('t')} (k {self.make.definition(('int', 'dec', 'char'), True)}, PRIMARY KEY (k)){self.options()} {s.draw('ignore', ['', 'AS ', 'IGNORE '])}SELECT {what}"


@production()
def create_select_values(self):
    if self.scene.lossy:
        return None
    return f"CREATE TABLE {self.scene.fresh('t')} SELECT 1 AS a, 'b' AS b, 2.50 AS c, 1e3 AS d, CURRENT_DATE AS e, CAST(1 AS UNSIGNED) AS f, _latin1'x' AS g, x'00' AS h"


@production("mysql-9")
def create_without_key(self):
    """sql_generate_invisible_primary_key adds one."""
    s = self.scene
    return f"CREATE TABLE gipk{s.fresh('')} (a {self.make.definition(('int', 'char', 'enum'), True)}, b INT)"


@production()
def create_too_long(self):
    s = self.scene
    return f"CREATE TABLE {s.fresh('t')} (a {self.make.definition(('long',), True)}, b INT){self.options()}"


@production()
def create_with_check(self):
    s = self.scene
    return f"CREATE TABLE {s.fresh('t')} (a INT CHECK (a > 0), b INT, CHECK (b <> 1), CONSTRAINT {s.fresh('k')} CHECK (a > b), c {self.make.definition(None, True)})"


@production()
def create_with_on_update(self):
    s = self.scene
    clock = s.draw("clock", ["CURRENT_TIMESTAMP", "CURRENT_TIMESTAMP()", "NOW()", "LOCALTIME", "localtime()"])
    column = s.draw("on update of", ["TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP", "TIMESTAMP NULL", "DATETIME", "DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP"])
    return f"CREATE TABLE {s.fresh('t')} (a {self.make.definition(None, True)}, u {column} ON UPDATE {clock}, b INT)"


@production()
def create_temporary(self):
    s = self.scene
    name = s.draw("temporary", ["tmp1", "tmp1", "tmp2"])
    if s.chance(0.1) and s.server == "mysql-9" and not s.lossy:  # MariaDB logs their RENAME as one of the real table
        name = self.table() or name
    return f"CREATE TEMPORARY TABLE {s.draw('tmp if', ['', 'IF NOT EXISTS '])}{name} {self.body()}{self.options() if name != 'tmp1' else ''}"


@production()
def drop_temporary(self):
    return self.scene.draw("drop tmp", ["DROP TEMPORARY TABLE tmp1", "DROP TEMPORARY TABLE IF EXISTS tmp1, tmp2", "DROP TEMPORARY TABLE IF EXISTS tmp2"])


@production()
def foreign_keys(self):
    s = self.scene
    return (f"CREATE TABLE {s.fresh('t')} (id INT PRIMARY KEY, r INT, s INT, FOREIGN KEY (r) REFERENCES ref (id), CONSTRAINT {s.fresh('fk')} FOREIGN KEY {s.fresh('k')} (s)"
            f" REFERENCES ref (id) ON DELETE SET NULL, UNIQUE (r), x {self.make.definition(None, True)})")


@production("mariadb")
def create_versioned(self):
    s = self.scene
    return s.draw("versioned", [
        "CREATE TABLE {n} (a INT, b {d}) WITH SYSTEM VERSIONING", "CREATE TABLE {n} (a INT PRIMARY KEY, b VARCHAR(9) WITHOUT SYSTEM VERSIONING) WITH SYSTEM VERSIONING",
        "CREATE TABLE {n} (a INT, s TIMESTAMP(6) GENERATED ALWAYS AS ROW START, e TIMESTAMP(6) GENERATED ALWAYS AS ROW END, PERIOD FOR SYSTEM_TIME (s, e)) WITH SYSTEM VERSIONING",
        "CREATE TABLE {n} (a INT WITH SYSTEM VERSIONING, b INT)", "ALTER TABLE {t} ADD SYSTEM VERSIONING", "ALTER TABLE {t} DROP SYSTEM VERSIONING",
        "ALTER TABLE {t} ADD SYSTEM VERSIONING, ADD zz{z} INT FIRST",
    ]).format(n=s.fresh("t"), t=self.table() or "ref", d=self.make.definition(("int", "char"), True), z=s.fresh(""))


@production("mariadb")
def create_period(self):
    s = self.scene
    return s.draw("period", [
        "CREATE TABLE {n} (id INT, s DATE, e DATE, PERIOD FOR p (s, e))", "CREATE TABLE {n} (id INT, s DATETIME, e DATETIME, PERIOD FOR p (s, e), UNIQUE (id, p WITHOUT OVERLAPS))",
        "CREATE TABLE {n} (id INT, s DATE NULL, e DATE, x {d}, PERIOD FOR app (s, e), PRIMARY KEY (id, app WITHOUT OVERLAPS))",
    ]).format(n=s.fresh("per"), d=self.make.definition(("int", "char"), True))


# -- tables as a whole ------------------------------------------------------------------------------


@production()
def drop(self):
    s = self.scene
    names = s.table_names("d", prefix="t")
    if len(names) < 4:
        return create(self)
    names = s.rng.sample(names, s.rng.choice([1, 1, 2]))
    if s.chance(0.15):
        names.append("nope")
    return s.draw("drop table", ["DROP TABLE ", "DROP TABLE ", "DROP TABLES "]) + ", ".join(s.written(n) for n in names) + s.draw("cascade", ["", "", " CASCADE", " RESTRICT"])


@production()
def drop_several(self):
    names = self.scene.table_names("d", prefix="t")
    return f"DROP TABLE {', '.join(self.scene.rng.sample(names, 2))}" if len(names) > 5 else create(self)


@production()
def drop_if_exists(self):
    names = self.scene.table_names("e", prefix="x")
    return "DROP TABLE IF EXISTS " + ", ".join(["nope", *(f"e.{n}" for n in names[:1])])


@production()
def rename(self):
    s = self.scene
    name = self.table()
    to = s.draw("rename to", ["t", "t", "e.x", "d.t"])
    return name and f"RENAME TABLE {s.written(name)} TO {to}{s.fresh('')}"


@production()
def rename_back(self):
    name = self.scene.some_table("x", "e")
    return f"RENAME TABLE e.{name} TO {self.scene.fresh('t')}" if name else create_elsewhere(self)


@production()
def swap(self):
    names = self.scene.table_names("d", prefix="t")
    if len(names) < 2:
        return None
    a, b = self.scene.rng.sample(names, 2)
    return f"RENAME TABLE {a} TO swap_, {b} TO {a}, swap_ TO {b}"


@production("mariadb")
def rename_with_words(self):
    s = self.scene
    name = self.table()
    return name and s.draw("rename words", ["RENAME TABLE IF EXISTS nope TO nope2, {t} TO {n}", "RENAME TABLE {t} WAIT 5 TO {n}", "RENAME TABLE {t} NOWAIT TO {n}",
                                            "RENAME TABLES IF EXISTS {t} TO {n}"]).format(t=name, n=s.fresh("t"))


@production()
def truncate(self):
    name = self.table()
    return name and self.scene.draw("truncate", ["TRUNCATE ", "TRUNCATE TABLE ", "truncate table d."]) + name


@production()
def maintain(self):
    return self.scene.draw("maintain", ["ANALYZE TABLE ", "OPTIMIZE TABLE ", "REPAIR TABLE ", "CHECK TABLE ", "OPTIMIZE NO_WRITE_TO_BINLOG TABLE "]) + (self.table() or "ref")


@production()
def lock(self):
    return self.scene.draw("lock", ["UNLOCK TABLES", "FLUSH TABLES"])


@production()
def tablespace(self):
    s = self.scene
    name = s.some_table("ts")
    if not name:
        return f"CREATE TABLE {s.fresh('ts')} (a INT PRIMARY KEY, b {self.make.definition(('int', 'char'), True)}) ENGINE=InnoDB"
    return s.draw("tablespace", [f"ALTER TABLE {name} DISCARD TABLESPACE", f"ALTER TABLE {name} DISCARD TABLESPACE", f"ALTER TABLE {name} IMPORT TABLESPACE", f"DROP TABLE {name}"])


# -- databases --------------------------------------------------------------------------------------


@production()
def create_database(self):
    s = self.scene
    charset, collation = s.draw("db charset", CHARSETS), s.draw("db collation", COLLATIONS)
    return s.draw("database", ["CREATE DATABASE ", "CREATE SCHEMA ", "CREATE DATABASE IF NOT EXISTS "]) + s.draw("database name", ["e", s.fresh("f")]) + s.draw(
        "database options", ["", f" CHARACTER SET {charset}", f" DEFAULT CHARSET = {charset}", f" COLLATE {collation}", f" CHARSET {collation.split('_')[0]} COLLATE {collation}"])


@production()
def alter_database(self):
    s = self.scene
    return f"ALTER {s.draw('schema', ['DATABASE', 'SCHEMA'])} {s.draw('which', ['d', 'e', '`d`'])} " + s.draw("alter database", [
        f"CHARACTER SET {s.draw('db charset', CHARSETS)}", f"DEFAULT COLLATE {s.draw('db collation', COLLATIONS)}", f"CHARSET = {s.draw('db charset', CHARSETS)}",
        "CHARACTER SET DEFAULT" if s.server != "mysql-9" else "CHARACTER SET latin1"])


@production()
def alter_database_unnamed(self):
    s = self.scene
    return "ALTER DATABASE " + s.draw("alter unnamed", [f"CHARACTER SET {s.draw('db charset', CHARSETS)}", f"DEFAULT CHARACTER SET = {s.draw('db charset', CHARSETS)}",
                                                        f"COLLATE {s.draw('db collation', COLLATIONS)}", f"CHARSET {s.draw('db charset', CHARSETS)}"])


@production()
def drop_database(self):
    s = self.scene
    others = sorted({d for d, _ in s.tables() if d not in ("d",)} | {"e"})
    return s.draw("drop database", ["DROP DATABASE IF EXISTS ", "DROP SCHEMA IF EXISTS ", "DROP DATABASE "]) + s.rng.choice(others)


@production()
def server_default(self):
    """In a session with another collation_server: see sessions.py."""
    return f"CREATE DATABASE server_default{self.scene.fresh('')}"


@production("mariadb")
def replace_database(self):
    return f"CREATE OR REPLACE DATABASE e CHARACTER SET {self.scene.draw('db charset', CHARSETS)}"


# -- indexes, views, sequences ----------------------------------------------------------------------


@production()
def create_index(self):
    s = self.scene
    t = self.existing()
    if t is None:
        return None
    head = s.draw("create index", ["CREATE UNIQUE INDEX ", "CREATE INDEX ", "CREATE UNIQUE INDEX "])
    if s.family == "mariadb":
        head += s.draw("index if", ["", "", "IF NOT EXISTS "])
        head = head.replace("CREATE", s.draw("index replace", ["CREATE", "CREATE", "CREATE OR REPLACE"])) if "IF" not in head else head
    return f"{head}{s.fresh('k')}{t.index_type()} ON {s.written(t.name)} ({t.parts()})" + s.draw("index tail", ["", "", " COMMENT 'x'", " ALGORITHM=INPLACE", " LOCK=NONE"])


@production()
def drop_index(self):
    s = self.scene
    with_keys = [(n, k["name"]) for (d, n), t in s.tables().items() if d == "d" and t["kind"] == 0 for k in t["keys"] if k["name"] != "PRIMARY"]
    if not with_keys:
        return create_index(self)
    table, key = s.rng.choice(with_keys)
    return f"DROP INDEX {'IF EXISTS ' if s.family == 'mariadb' and s.chance(0.2) else ''}{s.written(key)} ON {s.written(table)}" + s.draw("drop index", ["", "", " LOCK=DEFAULT", " ALGORITHM COPY"])


@production()
def create_view(self):
    s = self.scene
    return s.draw("view", ["CREATE VIEW {v} AS SELECT * FROM ref", "CREATE OR REPLACE VIEW {v} AS SELECT 1 AS one", "CREATE ALGORITHM=MERGE DEFINER=CURRENT_USER SQL SECURITY INVOKER VIEW {v} (x) AS SELECT id FROM ref",
                           "CREATE OR REPLACE ALGORITHM = TEMPTABLE VIEW d.{v} AS SELECT 'create table z (a int)' AS x"]).format(v=s.fresh("v"))


def view_production(name, *choices):
    """A production on a view that is there."""
    def make(self):
        views = self.scene.table_names("d", kind=1)
        return self.scene.draw(name, choices).format(v=self.scene.rng.choice(views), n=self.scene.fresh("v")) if views else create_view(self)
    make.__name__ = name
    PRODUCTIONS.append((make, ()))


view_production("alter_view", "ALTER VIEW {v} AS SELECT 2 AS two", "ALTER ALGORITHM=UNDEFINED VIEW {v} AS SELECT 1 AS one", "ALTER VIEW {v} AS SELECT id FROM ref")
view_production("drop_view", "DROP VIEW {v}", "DROP VIEW IF EXISTS {v}, nope", "DROP VIEW {v} CASCADE")
view_production("rename_view", "RENAME TABLE {v} TO {n}")


@production("mariadb")
def sequence(self):
    s = self.scene
    there = s.table_names("d", kind=2)
    if not there or s.chance(0.3):
        return s.draw("sequence", ["CREATE SEQUENCE {q}", "CREATE OR REPLACE SEQUENCE {q} START WITH 5 INCREMENT BY 2 NOCACHE", "CREATE SEQUENCE IF NOT EXISTS {q} MAXVALUE 100"]).format(q=s.fresh("q"))
    return s.draw("change sequence", ["ALTER SEQUENCE {q} RESTART 10", "DROP SEQUENCE {q}", "DROP SEQUENCE IF EXISTS {q}, nope", "RENAME TABLE {q} TO {n}", "ALTER SEQUENCE IF EXISTS {q} INCREMENT 3",
                                      "ALTER TABLE {q} RENAME {n}", "DROP TABLE {q}"]).format(q=s.rng.choice(there), n=s.fresh("q"))


# -- partitions -------------------------------------------------------------------------------------


@production()
def create_partitioned(self):
    s = self.scene
    extra = self.make.definition(("int", "char", "datetime"), True)
    return s.draw("partitioned", [
        "CREATE TABLE {p} (id INT NOT NULL, d {d}) PARTITION BY HASH (id) PARTITIONS 3", "CREATE TABLE {p} (id INT, d {d}) PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN (20))",
        "CREATE TABLE {p} (id INT, d DATE, x {d}, PRIMARY KEY (id, d)) ENGINE=InnoDB PARTITION BY RANGE (YEAR(d)) SUBPARTITION BY HASH (id) SUBPARTITIONS 2 (PARTITION p0 VALUES LESS THAN (2000) COMMENT = 'x', PARTITION p1 VALUES LESS THAN MAXVALUE)",
        "CREATE TABLE {p} (id INT, b CHAR(3), d {d}) PARTITION BY LIST COLUMNS (b) (PARTITION p0 VALUES IN ('a', 'b)'), PARTITION p1 VALUES IN ('c'))",
        "CREATE TABLE {p} (id INT PRIMARY KEY, d {d}) /*!50100 PARTITION BY KEY (id) PARTITIONS 2 */"]).format(p=s.fresh("p"), d=extra)


@production()
def create_ranges(self):
    s = self.scene
    return f"CREATE TABLE {s.fresh('range')} (id INT, d {self.make.definition(('int', 'char'), True)}) PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN (20))"


def ranges_production(name, *choices):
    """A production on a table of create_ranges(); p0 and p1 are there, or the server says no."""
    def make(self):
        table = self.scene.some_table("range")
        return self.scene.draw(name, choices).format(t=table, n=self.scene.fresh("part"), x=self.scene.fresh("c")) if table else create_ranges(self)
    make.__name__ = name
    PRODUCTIONS.append((make, ()))


ranges_production("add_partition", "ALTER TABLE {t} ADD PARTITION (PARTITION {n} VALUES LESS THAN (100))", "ALTER TABLE {t} ADD PARTITION (PARTITION {n} VALUES LESS THAN MAXVALUE)",
                  "ALTER TABLE {t} ADD PARTITION (PARTITION {n} VALUES LESS THAN (1000), PARTITION {n}b VALUES LESS THAN (2000))")
ranges_production("drop_partition", "ALTER TABLE {t} DROP PARTITION p1", "ALTER TABLE {t} DROP PARTITION p0")
ranges_production("truncate_partition", "ALTER TABLE {t} TRUNCATE PARTITION p0", "ALTER TABLE {t} TRUNCATE PARTITION ALL")
ranges_production("reorganize", "ALTER TABLE {t} REORGANIZE PARTITION p0 INTO (PARTITION {n} VALUES LESS THAN (5), PARTITION p0 VALUES LESS THAN (10))", "ALTER TABLE {t} REBUILD PARTITION ALL",
                  "ALTER TABLE {t} ANALYZE PARTITION ALL", "ALTER TABLE {t} OPTIMIZE PARTITION p0", "ALTER TABLE {t} CHECK PARTITION ALL", "ALTER TABLE {t} REPAIR PARTITION ALL")
ranges_production("remove_partitioning", "ALTER TABLE {t} REMOVE PARTITIONING", "ALTER TABLE {t} PARTITION BY HASH (id) PARTITIONS 2", "ALTER TABLE {t} ADD {x} INT, PARTITION BY KEY (id) PARTITIONS 3",
                  "ALTER TABLE {t} ADD {x} INT FIRST REMOVE PARTITIONING")


@production()
def coalesce(self):
    name = self.scene.some_table("p")
    return name and f"ALTER TABLE {name} " + self.scene.draw("coalesce", ["COALESCE PARTITION 1", "ADD PARTITION PARTITIONS 2", "REORGANIZE PARTITION"])


@production()
def exchange(self):
    s = self.scene
    text = f"ALTER TABLE range0 EXCHANGE PARTITION {s.draw('exchange', ['p0', 'p1'])} WITH TABLE twin0"
    return text + (s.draw("validation", ["", " WITHOUT VALIDATION", " WITH VALIDATION"]) if s.new else "")


@production("mariadb")
def convert_partition(self):
    s = self.scene
    ranges = s.some_table("range")
    return ranges and s.draw("convert partition", [f"ALTER TABLE {ranges} CONVERT PARTITION p0 TO TABLE {s.fresh('t')}", f"ALTER TABLE {ranges} CONVERT TABLE {'twin0'} TO PARTITION {s.fresh('part')} VALUES LESS THAN (90)"])


# -- what changes no table --------------------------------------------------------------------------


@production()
def account(self):
    s = self.scene
    return s.draw("account", ["CREATE USER {u}@localhost IDENTIFIED BY 'drop table ref'", "GRANT SELECT ON d.* TO {w}@localhost", "REVOKE ALL ON d.* FROM {w}@localhost", "DROP USER {w}@localhost",
                              "GRANT CREATE ON e.ref TO {w}@localhost", "RENAME USER {w}@localhost TO {u}@localhost", "CREATE USER w@localhost"]).format(u=s.fresh("u"), w="w")


@production()
def other_objects(self):
    s = self.scene
    choices = ["CREATE SERVER {s} FOREIGN DATA WRAPPER mysql OPTIONS (USER 'u', HOST 'h', DATABASE 'd', PASSWORD 'x')", "DROP SERVER IF EXISTS {t}", "ALTER SERVER srv OPTIONS (USER 'v')",
               "CREATE SERVER srv FOREIGN DATA WRAPPER mysql OPTIONS (USER 'u', HOST 'h', DATABASE 'd')", "DROP SERVER srv"]
    if s.server == "mysql-9":
        choices += ["CREATE TABLESPACE {s} ADD DATAFILE '{s}.ibd'", "ALTER INSTANCE ROTATE INNODB MASTER KEY", "CREATE UNDO TABLESPACE {s} ADD DATAFILE '{s}.ibu'"]
    return s.draw("objects", choices).format(s=s.fresh("srv"), t="srv")


@production("new")
def install(self):
    s = self.scene
    if s.family == "mariadb":
        return s.draw("install", ["INSTALL SONAME 'auth_ed25519'", "UNINSTALL SONAME 'auth_ed25519'", "INSTALL PLUGIN IF NOT EXISTS blackhole SONAME 'ha_blackhole'", "UNINSTALL PLUGIN IF EXISTS blackhole"])
    return s.draw("install", ["INSTALL PLUGIN rewrite_example SONAME 'rewrite_example.so'", "INSTALL PLUGIN mysql_no_login SONAME 'mysql_no_login.so'", "UNINSTALL PLUGIN mysql_no_login",
                              "INSTALL COMPONENT 'file://component_query_attributes'", "UNINSTALL COMPONENT 'file://component_query_attributes'"])


@production()
def routine(self):
    s = self.scene
    return s.draw("routine", ["CREATE PROCEDURE {r}() SELECT 1", "CREATE FUNCTION {r}() RETURNS INT DETERMINISTIC RETURN 1", "CREATE PROCEDURE {r}() BEGIN DROP TABLE ref; ALTER TABLE ref ADD x INT; END",
                              "CREATE TRIGGER {r} BEFORE INSERT ON ref FOR EACH ROW SET @a = 1", "CREATE EVENT {r} ON SCHEDULE AT '2037-01-01' DO DROP TABLE ref", "DROP PROCEDURE IF EXISTS r1"]).format(r=s.fresh("r"))
