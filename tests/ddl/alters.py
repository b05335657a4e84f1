# SPDX-License-Identifier: Apache-2.0
"""Random actions of ALTER TABLE, for a table that is there. Each gives the action's text, or None where it cannot."""

from .columns import CHARSETS, COLLATIONS

ACTIONS = []


def action(*only):
    """Marks an action. `only`: the servers that have it."""
    def mark(function):
        ACTIONS.append((function, only))
        return function
    return mark


WIDE = ("ucs2", "utf16", "utf32")


class Target:
    """The table at hand: its columns as the tracker has them, and where drawn names are not used twice in one statement."""

    def __init__(self, scene, columns, name, database="d"):
        self.scene, self.make = scene, columns
        self.name, self.database = name, database
        self.table = scene.definition(name, database)
        self.left = scene.columns(name, database)

    def column(self):
        """One that no other action of the statement is about."""
        name = self.scene.rng.choice(self.left)
        if len(self.left) > 1:
            self.left.remove(name)
        return name

    def any(self):
        return self.scene.rng.choice(self.scene.columns(self.name, self.database))

    def keys(self):
        return [k["name"] for k in self.table["keys"]]

    def place(self):
        scene = self.scene
        draw = scene.rng.random()
        return "" if draw < 0.5 else " FIRST" if draw < 0.7 else " AFTER " + scene.written(scene.rng.choice(self.left))

    def parts(self, most=3):
        """Columns of a key, some with a prefix or an order."""
        scene = self.scene
        found = []
        columns = scene.keyable(self.table["columns"])
        if not columns:
            return ""
        for c in scene.rng.sample(columns, min(len(columns), scene.rng.randint(1, most))):
            text = scene.written(c["name"])
            if c["type"] == 252 or (c["type"] in (15, 254) and c["octets"] > 4 and scene.chance(0.4)):
                text += "(%d)" % scene.rng.choice([1, 2, 3, 4, 5, 10])
            found.append(text + scene.draw("part order", ["", "", "", " ASC", " DESC"]))
        if scene.server == "mysql-9" and scene.chance(0.06):
            found.append("((nullif({0}, {0})))".format(scene.quoted(columns[0]["name"])))
        return ", ".join(found)

    def index_type(self):
        return self.scene.index_type()

    def charset(self):
        """One to convert to. The servers damage labels of ENUM and SET where their bytes change, so those stay within ASCII."""
        labelled = any(c["labels"] for c in self.table["columns"])
        foreign = any(not label.isascii() for c in self.table["columns"] for label in c["labels"])
        charsets = [c for c in CHARSETS if not (labelled and c in WIDE)]
        if foreign or any(c["labels"] and c["charset"] in WIDE for c in self.table["columns"]):
            return None
        return self.scene.draw("convert", charsets)


@action()
def add_column(t):
    s = t.scene
    word = s.draw("add", ["ADD ", "ADD COLUMN "]) + ("IF NOT EXISTS " if s.family == "mariadb" and s.chance(0.2) else "")
    name = t.any() if "EXISTS" in word and s.chance(0.3) else s.new_column()
    return f"{word}{s.written(name)} {t.make.definition()}{t.place()}"


@action()
def add_columns(t):
    s = t.scene
    parts = [f"{s.written(s.new_column())} {t.make.definition(bare=True)}" for _ in range(s.rng.randint(1, 3))]
    if s.chance(0.3):
        parts.append(f"UNIQUE ({t.parts()})")
    return s.draw("add list", ["ADD (", "ADD COLUMN ("]) + ", ".join(parts) + ")"


@action()
def drop_column(t):
    s = t.scene
    word = s.draw("drop", ["DROP ", "DROP COLUMN "]) + (s.draw("drop if", ["IF EXISTS ", "IF EXISTS nope_", ""]) if s.family == "mariadb" and s.chance(0.3) else "")
    return word + ("" if word.endswith("nope_") else s.written(t.column())) + (s.draw("restrict", [" RESTRICT", " CASCADE", ""]) if s.family == "mariadb" else "")


@action()
def change_column(t):
    s = t.scene
    old = t.column()
    new = old if s.chance(0.3) else old.swapcase() if s.chance(0.2) else s.new_column()
    return f"CHANGE {s.draw('change', ['', 'COLUMN '])}{s.written(old)} {s.written(new)} {t.make.definition()}{t.place()}"


@action()
def modify_column(t):
    s = t.scene
    name = t.column()
    exists = s.draw("modify", ["", "COLUMN ", "", "IF EXISTS "]) if s.family == "mariadb" else s.draw("modify", ["", "COLUMN "])
    return f"MODIFY {exists}{s.written(name)} {t.make.definition()}{t.place()}"


@action()
def alter_default(t):
    s = t.scene
    return f"ALTER {s.draw('alter', ['', 'COLUMN '])}{s.written(t.column())} " + s.draw("default", ["SET DEFAULT 1", "DROP DEFAULT", "SET DEFAULT '1'", "SET DEFAULT NULL"])


@action("mysql-9")
def alter_visible(t):
    return f"ALTER COLUMN {t.scene.written(t.column())} " + t.scene.draw("visible", ["SET INVISIBLE", "SET VISIBLE"])


@action("new")
def rename_column(t):
    s = t.scene
    if len(t.left) > 2 and s.chance(0.3):
        a, b = t.column(), t.column()
        return f"RENAME COLUMN {s.written(a)} TO {s.written(b)}, RENAME COLUMN {s.written(b)} TO {s.written(a)}"
    old = t.column()
    return f"RENAME COLUMN {s.written(old)} TO {s.written(old.swapcase() if s.chance(0.1) else s.new_column())}"


@action()
def rename_table(t):
    return "RENAME " + t.scene.draw("rename", ["TO ", "", "AS "]) + t.scene.draw("rename db", ["", "", "", "d.", "e."]) + t.scene.fresh("t")


@action("new")
def rename_index(t):
    keys = [k for k in t.keys() if k != "PRIMARY"]
    if not keys:
        return None
    s = t.scene
    return f"RENAME {s.draw('index word', ['INDEX', 'KEY'])} {s.written(s.rng.choice(keys))} TO {s.fresh('k')}"


@action()
def add_primary(t):
    s = t.scene
    return ("DROP PRIMARY KEY, " if "PRIMARY" in t.keys() else "") + "ADD " + s.draw("constraint pk", ["", "", "CONSTRAINT p1 "]) + f"PRIMARY KEY ({t.parts(2)})"


@action()
def drop_primary(t):
    return "DROP PRIMARY KEY" if "PRIMARY" in t.keys() else None


@action()
def add_unique(t):
    s = t.scene
    head = s.draw("unique", ["ADD UNIQUE ", "ADD UNIQUE KEY ", "ADD UNIQUE INDEX ", "ADD CONSTRAINT {k} UNIQUE ", "ADD CONSTRAINT UNIQUE ",
                             "ADD CONSTRAINT {k} UNIQUE KEY {n} "]).replace("{k}", s.fresh("k"))
    named = s.fresh("k") if s.chance(0.4) or "{n}" in head else ""
    return f"{head.replace('{n} ', '')}{named}{t.index_type()} ({t.parts()})" + s.draw("index option", ["", "", "", " COMMENT 'k, l'", " KEY_BLOCK_SIZE=8"])


@action()
def add_index(t):
    s = t.scene
    word = s.draw("index", ["INDEX", "KEY", "FULLTEXT", "FULLTEXT INDEX", "SPATIAL INDEX", "INDEX", "KEY"])
    if word.startswith("FULLTEXT"):
        texts = [c["name"] for c in t.table["columns"] if c["type"] in (15, 252, 254) and c["charset"] not in ("binary", "", *WIDE, "utf16le")]
        return f"ADD {word} {s.fresh('k')} ({s.written(s.rng.choice(texts))})" if texts else None
    if word.startswith("SPATIAL"):
        shapes = [c["name"] for c in t.table["columns"] if c["type"] == 255 and not c["nullable"]]
        return f"ADD {word} {s.fresh('k')} ({s.written(s.rng.choice(shapes))})" if shapes else None
    # Named: the tracker does not keep plain indexes, whose names an unnamed unique key has to avoid.
    return f"ADD {word} {s.fresh('k')} ({t.parts()})"


@action()
def drop_index(t):
    keys = [k for k in t.keys() if k != "PRIMARY"]
    s = t.scene
    if not keys:
        return None
    exists = "IF EXISTS " if s.family == "mariadb" and s.chance(0.2) else ""
    word = s.draw("drop key", ["INDEX", "KEY", "CONSTRAINT"] if s.new else ["INDEX", "KEY"])
    return f"DROP {word} {exists}{s.written(s.rng.choice(keys))}"


@action()
def foreign_key(t):
    s = t.scene
    numbers = [c["name"] for c in t.table["columns"] if c["type"] == 3 and not c["unsigned"] and not c["generated"]]
    if not numbers:
        return None
    name = s.fresh("fk")
    text = f"ADD CONSTRAINT {name} FOREIGN KEY ({s.written(s.rng.choice(numbers))}) REFERENCES d.ref (id)"
    return text + s.draw("fk", ["", " ON DELETE CASCADE", " ON DELETE SET NULL ON UPDATE CASCADE", " ON UPDATE RESTRICT"])


@action()
def unnamed_foreign_key(t):
    text = foreign_key(t)
    return text and "ADD FOREIGN KEY" + text.partition("FOREIGN KEY")[2]


@action("new")
def check(t):
    s = t.scene
    return s.draw("check", ["ADD CHECK (1 > 0)", "ADD CONSTRAINT {k} CHECK (1 <> 2)"]).replace("{k}", s.fresh("k"))


@action()
def convert(t):
    s = t.scene
    charset = t.charset()
    if charset is None:
        return None
    if s.chance(0.3):
        collation = s.draw("convert to", [c for c in COLLATIONS if not c.startswith(WIDE)])
        return f"CONVERT TO CHARACTER SET {collation.split('_')[0]} COLLATE {collation}"
    return "CONVERT TO " + s.draw("convert word", ["CHARACTER SET ", "CHARSET "]) + charset


@action()
def convert_default(t):
    return "CONVERT TO CHARACTER SET DEFAULT" if t.charset() else None


@action()
def default_charset(t):
    s = t.scene
    return s.draw("default charset", ["DEFAULT CHARACTER SET ", "CHARSET = ", "DEFAULT CHARSET ", "CHARACTER SET "]) + s.draw("table charset", CHARSETS)


@action()
def default_collate(t):
    return t.scene.draw("default collate", ["COLLATE ", "DEFAULT COLLATE = "]) + t.scene.draw("table collation", COLLATIONS)


@action()
def order_by(t):
    s = t.scene
    return "ORDER BY " + ", ".join(s.written(t.any()) + s.draw("order", ["", " DESC", " ASC"]) for _ in range(s.rng.randint(1, 2)))


@action()
def option(t):
    s = t.scene
    return s.draw("table option", ["ENGINE=InnoDB", "ROW_FORMAT=DYNAMIC", "COMMENT 'x, y'", "COMMENT='it''s' AUTO_INCREMENT = 5", "AUTO_INCREMENT=100",
                                   "STATS_PERSISTENT=1", "STATS_AUTO_RECALC DEFAULT", "KEY_BLOCK_SIZE=8", "ROW_FORMAT COMPACT COMMENT ''", "FORCE", "ENGINE = MyISAM",
                                   "MAX_ROWS=10 MIN_ROWS = 1", "DISABLE KEYS", "ENABLE KEYS", "ENGINE InnoDB COMMENT 'add z int'", "PACK_KEYS=1, CHECKSUM=1"])


@action()
def algorithm(t):
    return t.scene.draw("algorithm", ["ALGORITHM=COPY", "ALGORITHM = DEFAULT", "LOCK=SHARED", "LOCK DEFAULT", "ALGORITHM COPY, LOCK=SHARED", "FORCE, LOCK=DEFAULT"])
