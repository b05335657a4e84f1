# SPDX-License-Identifier: Apache-2.0
"""Random definitions of columns: every type by every name, with attributes that suit it."""

CHARSETS = ["latin1", "utf8mb4", "utf8", "utf8mb3", "ucs2", "utf16", "utf32", "cp1251", "gbk", "sjis", "ascii", "binary", "latin2",
            "big5", "euckr", "ujis", "koi8r", "'latin1'", "greek", "hebrew", "tis620"]
COLLATIONS = ["latin1_bin", "latin1_german1_ci", "utf8mb4_bin", "utf8mb4_unicode_ci", "utf8_general_ci", "utf8_bin", "ucs2_bin",
              "utf16_unicode_ci", "cp1251_bin", "gbk_bin", "latin2_bin", "ascii_bin", "utf8mb4_unicode_520_ci"]
MORE_COLLATIONS = {"mysql-9": ["utf8mb4_0900_as_cs", "utf8mb4_ja_0900_as_cs", "utf8mb4_0900_bin", "gb18030_bin"],
                   "mariadb-10.11": ["uca1400_ai_ci", "uca1400_as_cs", "utf8mb4_nopad_bin", "latin1_nopad_bin"],
                   "mariadb-11.8": ["uca1400_ai_ci", "uca1400_as_ci", "utf8mb4_uca1400_nopad_ai_ci", "utf8mb4_nopad_bin"], "mysql-5.6": []}

# (what it is, its words, the servers that have it). {n} is a length, {f} a fraction, {d} digits, {l} labels.
TYPES = [
    *(("int", t, ()) for t in (
        "TINYINT", "SMALLINT", "MEDIUMINT", "INT", "BIGINT", "INTEGER", "INT1", "INT2", "INT3", "INT4", "INT8", "MIDDLEINT", "BOOL", "BOOLEAN",
        "TINYINT(1)", "INT(11)", "BIGINT(20) UNSIGNED", "SMALLINT(3) ZEROFILL", "INT UNSIGNED", "MEDIUMINT SIGNED", "TINYINT UNSIGNED ZEROFILL",
        "INTEGER UNSIGNED")),
    *(("real", t, ()) for t in (
        "FLOAT", "DOUBLE", "DOUBLE PRECISION", "REAL", "FLOAT4", "FLOAT8", "FLOAT(24)", "FLOAT(25)", "FLOAT(53)", "FLOAT(7,3)", "DOUBLE(10,2) UNSIGNED",
        "REAL(8,3)", "FLOAT UNSIGNED", "DOUBLE ZEROFILL")),
    *(("dec", t, ()) for t in ("DECIMAL", "DECIMAL(5)", "DECIMAL({d})", "DEC({d})", "NUMERIC", "NUMERIC({d})", "FIXED({d}) UNSIGNED", "DECIMAL(65,30)",
                               "DEC", "FIXED", "DECIMAL(0)")),
    *(("bit", t, ()) for t in ("BIT", "BIT(1)", "BIT(9)", "BIT(64)")),
    ("date", "DATE", ()), ("time", "TIME", ()), ("time", "TIME({f})", ()), ("datetime", "DATETIME", ()), ("datetime", "DATETIME({f})", ()),
    ("timestamp", "TIMESTAMP", ()), ("timestamp", "TIMESTAMP({f})", ()), ("timestamp", "TIMESTAMP NULL", ()), ("year", "YEAR", ()), ("year", "YEAR(4)", ()),
    *(("char", t, ()) for t in ("CHAR", "CHAR({n})", "CHARACTER({n})", "VARCHAR({n})", "CHAR VARYING({n})", "CHARACTER VARYING({n})",
                                "VARCHARACTER({n})", "VARCHAR(0)", "CHAR(0)", "VARCHAR(255)", "VARCHAR(256)", "VARCHAR(300)")),
    *(("nchar", t, ()) for t in ("NCHAR", "NCHAR({n})", "NATIONAL CHAR({n})", "NATIONAL CHARACTER({n})", "NVARCHAR({n})", "NATIONAL VARCHAR({n})",
                                 "NCHAR VARCHAR({n})", "NATIONAL CHAR VARYING({n})", "NCHAR VARYING({n})")),
    *(("long", t, ()) for t in ("CHAR(300)", "VARCHAR(70000)", "VARCHAR(20000)", "BINARY(256)", "VARBINARY(70000)", "VARCHAR(17000000)")),
    *(("text", t, ()) for t in ("TINYTEXT", "TEXT", "MEDIUMTEXT", "LONGTEXT", "TEXT(10)", "TEXT({n})", "TEXT(64)", "TEXT(300)", "TEXT(17000)", "TEXT(70000)",
                                "TEXT(17000000)", "LONG", "LONG VARCHAR", "LONG CHAR VARYING", "LONG CHARACTER VARYING", "TEXT(0)")),
    *(("binary", t, ()) for t in ("BINARY", "BINARY({n})", "VARBINARY({n})", "VARBINARY(0)", "CHAR({n}) BYTE", "VARCHAR({n}) BYTE", "TEXT BYTE", "CHAR BYTE",
                                  "BINARY(255)")),
    *(("blob", t, ()) for t in ("TINYBLOB", "BLOB", "MEDIUMBLOB", "LONGBLOB", "BLOB(10)", "BLOB(256)", "BLOB(70000)", "LONG VARBINARY")),
    ("enum", "ENUM({l})", ()), ("enum", "ENUM({l})", ()), ("set", "SET({l})", ()), ("set", "SET({l})", ()),
    *(("geo", t, ()) for t in ("GEOMETRY", "POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON", "GEOMETRYCOLLECTION")),
    ("geo", "GEOMCOLLECTION", ("mysql-9",)),
    ("json", "JSON", ("new",)), ("json", "JSON", ("new",)),
    ("vector", "VECTOR", ("mysql-9",)), ("vector", "VECTOR({n})", ("mysql-9", "mariadb-11.8")), ("vector", "VECTOR(3)", ("mysql-9", "mariadb-11.8")),
    ("other", "UUID", ("mariadb",)), ("other", "INET6", ("mariadb",)), ("other", "INET4", ("mariadb",)),
    ("char", "VARCHAR({n}) COMPRESSED", ("mariadb",)), ("text", "TEXT COMPRESSED", ("mariadb",)), ("blob", "BLOB COMPRESSED", ("mariadb",)),
]
# In MariaDB's Oracle mode.
ORACLE_TYPES = [("dec", "NUMBER"), ("dec", "NUMBER(5)"), ("dec", "NUMBER(9,2)"), ("char", "VARCHAR2(10)"), ("binary", "RAW(9)"), ("text", "CLOB"),
                ("char", "VARCHAR(10)"), ("datetime", "DATE"), ("blob", "BLOB")]
DEFAULTS = {
    "int": ["1", "0", "-1", "'1'", "TRUE"], "real": ["1.5", "0", "1e3", "-.5"], "dec": ["1", "0.5", "'1.0'"], "bit": ["b'1'", "0", "1", "0x01"],
    "date": ["'2020-01-02'"], "time": ["'01:02:03'"], "datetime": ["'2020-01-02 03:04:05'", "CURRENT_TIMESTAMP", "NOW()"],
    "timestamp": ["CURRENT_TIMESTAMP", "'2020-01-02 03:04:05'", "CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP", "LOCALTIME"], "year": ["2020", "'1999'"],
    "char": ["'a'", "''", "'it''s'", "'a' 'b'", "N'x'", "_latin1'a'", "x'61'"], "nchar": ["'a'", "''"], "binary": ["'a'", "x'61'", "0x6162"],
}
EXPRESSIONS = {"int": "(1 + 2)", "char": "(concat('a', ',', ')'))", "json": "(json_object('a', 1))", "date": "(curdate())", "text": "('abc')",
               "blob": "(x'61')", "dec": "(1.5 * 2)", "datetime": "(now())", "real": "(rand())"}
LABELS = ["a", "b", "c,d", "it's", "e)f", "(g", "h\\i", "tr ", "x y", '"q"', "`t`", "", "-- n", "/*m*/", "ABC", "ö", "日"]


class Columns:
    """Draws definitions: what follows a column's name."""

    def __init__(self, scene):
        self.scene = scene

    def type(self, wanted=None):
        """(what it is, words)"""
        scene = self.scene
        if scene.family == "mariadb" and "ORACLE" in scene.mode and wanted is None and scene.chance(0.3):
            return scene.draw("oracle type", ORACLE_TYPES)
        types = [t[:2] for t in TYPES if scene.has(t[2]) and (wanted is None or t[0] in wanted)]
        what, words = scene.draw("type", types)
        places = scene.rng.randint(1, 20)
        words = (words.replace("{n}", str(scene.rng.choice([1, 2, 5, 10, 30, 63, 64])))
                 .replace("{d}", f"{places},{scene.rng.randint(0, places)}").replace("{f}", str(scene.rng.randint(0, 6)))
                 .replace("{l}", self.labels()))
        return what, words

    def labels(self):
        scene = self.scene
        chosen = scene.rng.sample(LABELS[: 14 if scene.chance(0.5) else len(LABELS)], scene.rng.randint(1, 4))
        return self.literals([label for label in chosen if not ("," in label and scene.chance(0.5))] or ["z"])

    def literals(self, labels):
        out = []
        for label in labels:
            draw = self.scene.rng.random()
            if draw < 0.05 and label.isascii() and label:
                out.append("x'%s'" % label.encode().hex())
            elif draw < 0.08 and label.isascii() and label:
                out.append("0x" + label.encode().hex())
            elif draw < 0.12 and label.isascii():
                out.append("_latin1" + self.scene.string(label))
            elif draw < 0.15 and not self.scene.ansi:
                out.append("N'%s'" % label.replace("'", "''") if "\\" not in label else "'n'")
            elif draw < 0.2:
                out.append("'p' " + self.scene.string(label))
            else:
                out.append(self.scene.string(label))
        return ", ".join(out) if self.scene.chance(0.7) else ",".join(out)

    def charset(self):
        """A clause of a column of text, or none."""
        scene = self.scene
        if scene.chance(0.4):
            return ""
        how = scene.draw("charset how", ["cs", "cs", "co", "cs co", "binary", "cs binary", "ascii", "unicode", "ascii binary", "cs default", "binary cs"])
        collation = scene.draw("collation", COLLATIONS + MORE_COLLATIONS[scene.server])
        charset = scene.draw("charset", CHARSETS)
        word = scene.draw("charset word", ["CHARACTER SET", "CHARSET"])
        return " " + {
            "cs": f"{word} {charset}", "co": f"COLLATE {collation}", "cs co": f"{word} {collation.split('_')[0]} COLLATE {collation}",
            "binary": "BINARY", "cs binary": f"{word} {charset} BINARY", "ascii": "ASCII", "unicode": "UNICODE", "ascii binary": "ASCII BINARY",
            "cs default": f"{word} DEFAULT" if scene.family == "mariadb" else f"COLLATE {collation}", "binary cs": f"BINARY {word} {charset}",
        }[how]

    def definition(self, wanted=None, bare=False):
        """`bare`: no keys, and nothing that only works once in a table."""
        scene = self.scene
        if not bare and wanted is None and scene.chance(0.02):
            return scene.draw("serial", ["SERIAL", "BIGINT SERIAL DEFAULT VALUE", "INT SERIAL DEFAULT VALUE", "SERIAL PRIMARY KEY", "SERIAL COMMENT 'x'"])
        what, words = self.type(wanted)
        parts = [words]
        if what in ("char", "text", "enum", "set") and "BYTE" not in words and "COMPRESSED" not in words:
            # Labels that their charset does not have become question marks.
            parts[0] += self.charset() if what not in ("enum", "set") or words.isascii() else " CHARACTER SET utf8mb4"
        elif what == "nchar" and scene.chance(0.2):
            parts[0] += scene.draw("national", [" COLLATE utf8_bin", " BINARY"])
        if scene.new and what not in ("geo", "vector", "other", "nchar", "set", "enum", "long") and scene.chance(0.07):
            return parts[0] + self.generated(what)
        attributes = self.attributes(what, words, bare)
        scene.rng.shuffle(attributes)
        parts += attributes
        text = " ".join(parts)
        return text if scene.family != "mariadb" or scene.chance(0.97) else text + scene.draw("executable", [" /*M! NULL */", " /*M!100301 NULL */", " /*!100100 NULL */",
                                                                                                              " /*!50701 NOT NULL */", " /*M!999999 x */"])

    def generated(self, what):
        scene = self.scene
        expression = EXPRESSIONS.get(what, "(NULL)").replace("rand()", "1.5").replace("now()", "'2020-01-01'").replace("curdate()", "'2020-01-01'")
        words = scene.draw("generated", [" AS ", " GENERATED ALWAYS AS "]) + expression + scene.draw("kept", ["", " VIRTUAL", " STORED"])
        if scene.family == "mysql" and scene.chance(0.3):
            words += " NOT NULL"
        return words + (" COMMENT 'g, h'" if scene.chance(0.2) else "") + (" INVISIBLE" if scene.chance(0.1) else "")

    def attributes(self, what, words, bare):
        scene = self.scene
        out = []
        if " NULL" not in words:
            draw = scene.rng.random()
            if draw < 0.3:
                out.append("NOT NULL")
            elif draw < 0.4:
                out.append("NULL")
            elif draw < 0.43:
                out.append("/*! NOT NULL */")
        if what in DEFAULTS and scene.chance(0.2):
            out.append("DEFAULT " + scene.rng.choice(DEFAULTS[what]))
        elif what in EXPRESSIONS and scene.new and scene.chance(0.1):
            out.append("DEFAULT " + EXPRESSIONS[what])
        elif "NOT NULL" not in out and scene.chance(0.07):
            out.append("DEFAULT NULL")
        if what == "timestamp" and "(" not in words and scene.chance(0.2):
            out.append("ON UPDATE " + scene.draw("on update", ["CURRENT_TIMESTAMP", "NOW()", "CURRENT_TIMESTAMP()"]))
        if scene.chance(0.12):
            out.append("COMMENT " + scene.string(scene.draw("comment", ["x", "a, b", "it's", ") not null", "c\\", "日本", "-- x", ""])))
        if scene.family == "mysql" and scene.chance(0.08):
            out.append(scene.draw("format", ["COLUMN_FORMAT FIXED", "COLUMN_FORMAT DYNAMIC", "COLUMN_FORMAT DEFAULT", "STORAGE DISK", "STORAGE MEMORY"]))
        if scene.new and not bare and scene.chance(0.06):
            out.append("INVISIBLE" if scene.family == "mysql" or "NOT NULL" not in out else "INVISIBLE DEFAULT 1")
        if scene.server == "mysql-9" and what == "geo":
            out.append(scene.draw("srid", ["SRID 0", "SRID 4326", "", ""]))
        if scene.server == "mysql-9" and scene.chance(0.04):
            out.append(scene.draw("vendor", ["ENGINE_ATTRIBUTE '{}'", "SECONDARY_ENGINE_ATTRIBUTE '{\"a\": 1}'", "VISIBLE", "NOT SECONDARY"]))
        if not bare and what in ("int", "date", "dec", "year", "datetime", "binary", "char") and scene.chance(0.06):
            out.append(scene.draw("inline key", ["UNIQUE", "UNIQUE KEY", "PRIMARY KEY", "KEY", "UNIQUE PRIMARY KEY"]))
        if what in ("int", "dec", "real") and scene.chance(0.05):
            out.append("CHECK (1 > 0)" if scene.chance(0.7) else "CONSTRAINT CHECK (1 in (1, 2))")
        if what == "int" and scene.chance(0.04):
            out.append(scene.draw("references", ["REFERENCES ref (id)", "REFERENCES ref (id) ON DELETE CASCADE ON UPDATE SET NULL", "REFERENCES ref (id) MATCH FULL"]))
        if what == "text" and words == "LONGTEXT" and scene.family == "mariadb" and scene.chance(0.3):
            out.append("CHECK (json_valid(`x`))")
        return [o for o in out if o]
