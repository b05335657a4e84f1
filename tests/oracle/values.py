# SPDX-License-Identifier: Apache-2.0
"""A literal for any column, such as a session without any sql_mode takes: what does not fit is cut by the server."""

import json
import re
import uuid

LETTERS = ("abcXYZ 019", "àéîõüßÿ€", "漢字かな交じり文", "русский", "😀𝄞", "\t\n'\"\\%_", "한국어")
INTEGERS = {"tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32, "bigint": 64}
SHAPES = {
    "point": ["POINT(1 2)", "POINT(-0.5 1e10)"],
    "linestring": ["LINESTRING(0 0, 1 1, 2 -3)"],
    "polygon": ["POLYGON((0 0, 0 3, 3 3, 3 0, 0 0), (1 1, 1 2, 2 2, 2 1, 1 1))"],
    "geometrycollection": ["GEOMETRYCOLLECTION(POINT(1 1), LINESTRING(1 2, 3 4))"],
}
SHAPES["geomcollection"] = SHAPES["geometrycollection"]
SHAPES["geometry"] = [text for texts in list(SHAPES.values()) for text in texts] + ["MULTIPOINT(1 1, 2 2)"]


def literal(rng, server, column):
    """column: (name, DATA_TYPE, COLUMN_TYPE, whether NULL is allowed)."""
    _, kind, declared, nullable = column
    if nullable and rng.random() < 0.12:
        return "NULL"
    mariadb = server.startswith("mariadb")
    if kind in INTEGERS:
        return integer(rng, INTEGERS[kind], "unsigned" in declared)
    if kind in SHAPES:
        return f"ST_GeomFromText('{rng.choice(SHAPES[kind])}')"
    if kind == "vector":
        numbers = [round(rng.uniform(-9, 9), 3) for _ in range(3)]
        return f"{'VEC_FromText' if mariadb else 'STRING_TO_VECTOR'}('{numbers}')"
    if kind == "json" or kind == "longtext" and mariadb:  # MariaDB's JSON is one with a check
        return text_literal(json.dumps(document(rng, 3), ensure_ascii=False))
    if kind in ("enum", "set"):
        return str(rng.randint(0, 4) if kind == "enum" else rng.getrandbits(rng.choice([2, 3, 63])))
    if kind == "bit":
        return f"b'{rng.getrandbits(int(re.search('[0-9]+', declared)[0])):b}'"
    if kind in ("char", "varchar") or kind.endswith("text"):
        return text_literal(text(rng))
    if kind in ("binary", "varbinary") or kind.endswith("blob"):
        return f"X'{binary(rng).hex()}'"
    return PLAIN[kind](rng)


def integer(rng, bits, unsigned):
    low, high = (0, 2**bits - 1) if unsigned else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    return str(rng.choice([low, high, 0, 1, rng.randint(-3, 3), rng.randint(low, high)]))


def text(rng):
    size = rng.choice([0, 1, 3, 10, 10, 30, 300])
    return "".join(rng.choice(rng.choice(LETTERS)) for _ in range(rng.randint(0, size))) + rng.choice(["", "", " "])


def text_literal(value):
    return f"_utf8mb4 X'{value.encode().hex()}'" if value else "''"


def binary(rng):
    return rng.randbytes(rng.choice([0, 1, 4, 16, 20, 300])) + rng.choice([b"", b"\0", b"\0\0 "])


def document(rng, depth):
    kind = rng.random()
    if depth and kind < 0.3:
        return {text(rng)[:20]: document(rng, depth - 1) for _ in range(rng.randint(0, 4))}
    if depth and kind < 0.5:
        return [document(rng, depth - 1) for _ in range(rng.randint(0, 4))]
    return rng.choice([None, True, False, 0, -1, 2**31, 2**63 - 1, 2**64 - 1, 1.5, -2.25e100, "", text(rng), rng.randint(-70000, 70000)])


def number(rng):
    return f"{rng.choice(['', '-'])}{rng.getrandbits(rng.choice([1, 10, 60, 200]))}.{rng.getrandbits(rng.choice([1, 30, 90]))}"


def real(rng):
    return rng.choice(["0", "-0.0", "1.5", "3.4e38", "-1e-40", repr(rng.uniform(-1e6, 1e6)), repr(rng.gauss(0, 1) * 10.0 ** rng.randint(-300, 300))])


def date(rng):
    return rng.choice(["0000-00-00", "2024-00-00", "1000-01-01", "9999-12-31", f"{rng.randint(1970, 2037)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"])


def clock(rng, hours=23):
    return f"{rng.randint(0, hours):02}:{rng.randint(0, 59):02}:{rng.randint(0, 59):02}.{rng.randint(0, 999999):06}"


PLAIN = {
    "decimal": number, "float": real, "double": real,
    "date": lambda rng: f"'{date(rng)}'",
    "datetime": lambda rng: f"'{date(rng)} {clock(rng)}'",
    "timestamp": lambda rng: rng.choice(["'0000-00-00 00:00:00'", "'1970-01-01 00:00:01'", f"'{rng.randint(1971, 2037)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02} {clock(rng)}'"]),
    "time": lambda rng: rng.choice(["'838:59:59'", "'-838:59:59'", "'00:00:00'", f"'{rng.choice(['', '-'])}{clock(rng, 837)}'"]),
    "year": lambda rng: rng.choice(["0", "1901", "2155", "2024"]),
    "uuid": lambda rng: f"'{uuid.UUID(int=rng.choice([0, 2**128 - 1, rng.getrandbits(128), rng.getrandbits(64) << 64]))}'",
    "inet6": lambda rng: rng.choice(["'::'", "'2001:db8::ff00:42:8329'", "'::ffff:192.0.2.1'", "'fe80::'"]),
    "inet4": lambda rng: rng.choice(["'0.0.0.0'", "'255.255.255.0'", "'192.0.2.33'"]),
}
