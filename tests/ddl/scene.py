# SPDX-License-Identifier: Apache-2.0
"""Where a random statement is made: the server, its session, the tables that are there, and what was drawn before."""

import collections


class Scene:
    """Draws. `d` is the session's database, `e` another one."""

    def __init__(self, rng, server, tables):
        self.rng = rng
        self.server = server
        self.family = server.split("-")[0]
        self.tables = tables  # a function: what there is now, {(database, table): definition}
        self.mode, self.names = "", "utf8mb4"
        self.latest, self.temporary = "", False  # the last statement if it was taken; whether tmp1 is there
        self.uses = collections.Counter()
        self.number = 0

    @property
    def new(self):
        """Whether the server knows what came after MySQL 5.7: generated columns, RENAME COLUMN ..."""
        return self.server != "mysql-5.6"

    @property
    def ansi(self):
        return "ANSI" in self.mode or any(m in self.mode for m in ("ORACLE", "MSSQL", "DB2", "POSTGRESQL", "MAXDB"))

    def has(self, only):
        """Whether a thing is for this server: no names is all, a name is of a server or a family, "new" all but 5.6."""
        return not only or self.server in only or self.family in only or ("new" in only and self.new)

    def chance(self, share):
        return self.rng.random() < share

    def draw(self, what, choices):
        """One of the choices: those that were drawn least come first."""
        counts = [self.uses[what, c] for c in choices]
        weights = [1 / (1 + n - min(counts)) ** 2 for n in counts]
        chosen = self.rng.choices(choices, weights)[0]
        self.uses[what, chosen] += 1
        return chosen

    def fresh(self, prefix):
        self.number += 1
        return f"{prefix}{self.number}"

    # -- names -------------------------------------------------------------------------------------

    def quoted(self, name):
        if self.ansi and self.chance(0.5):
            return '"' + name.replace('"', '""') + '"'
        return "`" + name.replace("`", "``") + "`"

    def written(self, name):
        """A name that is there, quoted if it must be or by chance."""
        plain = name.isascii() and name.replace("_", "").isalnum() and not name.isdigit() and name.lower() not in RESERVED
        if plain and self.chance(0.7):
            return name.upper() if self.chance(0.05) else name
        return self.quoted(name)

    def new_column(self):
        base = self.fresh("c")
        odd = self.draw("name", ["", "", "", "", "", "", "x y", "a`b", "x.y", "order", "日本", "ünï", "9", "$", 'q"t', "first", "after"])
        return base if not odd else odd if odd.islower() and odd.isascii() and odd.isalpha() and self.chance(0.5) else base + odd

    def table_names(self, database="d", kind=0, prefix=None):
        return [n for (d, n), t in self.tables().items()
                if d == database and t["kind"] == kind and (prefix is None or (n.startswith(prefix) and n[len(prefix):].isdigit()))]

    def some_table(self, prefix=None, database="d"):
        names = self.table_names(database, prefix=prefix)
        return self.rng.choice(names) if names else None

    def definition(self, table, database="d"):
        return self.tables()[database, table]

    def columns(self, table, database="d"):
        """Names; without the hidden ones of system versioning."""
        return [c["name"] for c in self.definition(table, database)["columns"] if c["name"] not in ("row_start", "row_end")]

    def keyable(self, columns):
        """MySQL sorts keys on VIRTUAL columns after others, and the tracker does not keep which are STORED."""
        return [c for c in columns if c["name"] not in ("row_start", "row_end") and not (c["generated"] and self.server == "mysql-9")]

    # -- text --------------------------------------------------------------------------------------

    def index_type(self):
        """MariaDB remembers in ways that it shows nowhere where it had made a hash of an InnoDB key, so no new ones here."""
        return self.draw("index type", ["", "", "", "", " USING BTREE", " USING HASH" if self.family == "mysql" else " USING RTREE"])

    @property
    def lossy(self):
        """What the server writes in the log itself, for CREATE ... SELECT and the like, is not all there in this session."""
        if self.names not in ("utf8", "utf8mb4") or "NO_BACKSLASH" in self.mode:
            return True
        return self.ansi and self.mode not in ("ANSI_QUOTES", "ANSI_QUOTES,NO_BACKSLASH_ESCAPES") or any(
            m in self.mode for m in ("MYSQL", "FIELD_OPTIONS", "TABLE_OPTIONS"))

    def string(self, text):
        """A literal."""
        if not self.ansi and self.chance(0.1) and '"' not in text:
            return '"' + (text if "NO_BACKSLASH" in self.mode else text.replace("\\", "\\\\")) + '"'
        return "'" + (text if "NO_BACKSLASH" in self.mode else text.replace("\\", "\\\\")).replace("'", "''") + "'"

    def decorated(self, text):
        """Other whitespace and comments between words, where no quotes are."""
        if not self.chance(0.15) or "\\" in text:
            return text
        out, quote = [], ""
        for c in text:
            if quote:
                quote = "" if c == quote else quote
            elif c in "'\"`":
                quote = c
            elif c == " " and self.chance(0.1):
                c = self.draw("space", ["\n", "\t", "  ", " /* c, ( ' */ ", " -- it's\n", " # x ( `\n", " /**/ ", "\r\n", " /*!40000 */ ",
                                        " /*!99999 nonsense ( */ ", "\n--\t\n", " /*! */ "])
            out.append(c)
        return "".join(out)


RESERVED = {"order", "key", "primary", "index", "check", "select", "first", "after"}
