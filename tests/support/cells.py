# SPDX-License-Identifier: Apache-2.0
"""What one cell means, written the same way from both sides: a DTS value record, and the server's own SELECT.

A cell is None or a text. Numbers are decimal text, strings `charset:hex of the stored bytes`, binary and geometry hex,
times as the server prints them with six fraction digits, FLOAT and DOUBLE Python's repr.
"""

import dataclasses
import datetime
import re
import struct

INTEGERS = {"tinyint", "smallint", "mediumint", "int", "bigint", "bit", "year"}
TEXTS = {"char", "varchar", "tinytext", "text", "mediumtext", "longtext"}
BINARIES = {"binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob", "vector"}
GEOMETRIES = {"geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon",
              "geometrycollection", "geomcollection"}
NUMBERS = {"tinyint": 1, "smallint": 2, "mediumint": 9, "int": 3, "bigint": 8, "bit": 16, "year": 13, "decimal": 246,
           "float": 4, "double": 5, "date": 10, "time": 11, "datetime": 12, "timestamp": 7, "char": 254, "varchar": 253,
           "tinytext": 15, "text": 15, "mediumtext": 15, "longtext": 15, "enum": 247, "set": 248, "json": 245,
           "uuid": 254, "inet4": 254, "inet6": 254, **{t: 252 for t in BINARIES}, **{t: 255 for t in GEOMETRIES}}
INTEGER_BYTES = {1: 1, 2: 2, 9: 3, 3: 4, 8: 8}


@dataclasses.dataclass
class Column:
    name: str
    type: str  # DATA_TYPE of information_schema
    charset: str


def shortest_float(text):
    """The double that is nearest to the shortest decimal of a 4-byte float."""
    wanted = struct.pack("<f", float(text))
    for digits in range(1, 10):
        short = float(f"{float(text):.{digits}g}")
        try:
            if struct.pack("<f", short) == wanted:
                return short
        except OverflowError:
            continue
    raise AssertionError(f"{text} is no float")


# The server's side


def columns_of(server, database, table):
    rows = server.sql(
        "SELECT COLUMN_NAME, DATA_TYPE, CHARACTER_SET_NAME FROM information_schema.COLUMNS "
        f"WHERE TABLE_SCHEMA='{database}' AND TABLE_NAME='{table}' ORDER BY ORDINAL_POSITION"
    )
    return [Column(name, kind.lower(), "utf8" if charset in {"utf8mb3", "utf8"} else charset) for name, kind, charset in rows]


def generated_columns_of(server, database, table):
    return [row[0] for row in server.sql(
        "SELECT COLUMN_NAME FROM information_schema.COLUMNS WHERE EXTRA LIKE '%GENERATED%' AND EXTRA NOT LIKE 'DEFAULT_GENERATED%' "
        f"AND TABLE_SCHEMA='{database}' AND TABLE_NAME='{table}'")]


def expression(column):
    """What to select so that nothing is lost on the way to us."""
    name = "`" + column.name.replace("`", "``") + "`"
    kind = column.type
    if kind in {"bit", "year"}:
        return f"{name}+0"
    if kind in {"float", "double"}:
        return f"({name}*1e0)"  # adding 0 would lose the sign of -0.0
    if kind in TEXTS | BINARIES | GEOMETRIES:
        return f"HEX({name})"
    if kind in {"date", "time", "datetime", "timestamp", "decimal", "enum", "set", "json"}:
        return f"CAST({name} AS CHAR)"
    return name


def from_server(column, value):
    if value is None:
        return None
    if isinstance(value, bytes):
        value = value.decode()
    kind = column.type
    if kind == "float":
        return repr(shortest_float(value))
    if kind == "double":
        return repr(float(value))
    if kind in {"time", "datetime", "timestamp"}:
        whole, _, fraction = str(value).partition(".")
        return f"{whole}.{fraction:0<6}"
    if kind == "decimal":
        return re.sub(r"^(-?)0+(?=\d)", r"\1", value)  # ZEROFILL pads for the eye only
    if kind in TEXTS:
        return f"{column.charset}:{value}"
    if kind in GEOMETRIES:
        return value[8:]  # the SRID is the server's, WKB follows
    return str(value)


def rows_of(server, database, table):
    """Every row as {column: cell}."""
    columns = columns_of(server, database, table)
    wanted = ", ".join(expression(c) for c in columns)
    rows = server.sql("SET time_zone='+00:00'", "SET sql_mode=''", f"SELECT {wanted} FROM `{database}`.`{table}`")
    return [{c.name: from_server(c, v) for c, v in zip(columns, row)} for row in rows]


# The record's side


def six(number):
    assert 0 <= number <= 999999, f"fraction {number}"
    return f"{number:06}"


def from_date_time(number, item):
    part = {k: item[k] for k in ("year", "month", "day", "hour", "minute", "second", "millis")}
    if number == 13:
        assert all(v is None for k, v in part.items() if k != "year"), item
        return str(part["year"])
    date = None if part["year"] is None else "{year:04}-{month:02}-{day:02}".format(**part)
    if number == 10:
        assert part["hour"] is None and part["millis"] is None, item
        return date
    if number == 11:
        assert date is None, item
        values = [part["hour"], part["minute"], part["second"], part["millis"]]
        negative = any(v < 0 for v in values)
        assert not (negative and any(v > 0 for v in values)), f"a time of two signs: {item}"
        hour, minute, second, micros = map(abs, values)
        return f"{'-' if negative else ''}{hour:02}:{minute:02}:{second:02}.{six(micros)}"
    return f"{date} {part['hour']:02}:{part['minute']:02}:{part['second']:02}.{six(part['millis'])}"


def from_record(number, item):
    """A cell from one item of an image and its field's number."""
    if item is None:
        return None
    assert isinstance(item, dict), f"{item}: a column that is not in the image"
    kind, value = item["$"], item.get("value")
    if kind == "Integer":
        assert item["precision"] in {INTEGER_BYTES.get(number, item["precision"])}, item
        return str(int(value)) if str(int(value)) == value else f"not plain: {value}"
    if kind == "Character":
        assert item["charset"], "an empty charset"
        return f"{item['charset']}:{value.hex().upper()}"
    if kind == "Decimal":
        digits = value.lstrip("-").replace(".", "").lstrip("0") or "0"
        fraction = len(value.partition(".")[2])
        assert item["scale"] == fraction and item["precision"] == max(len(digits), 1), item
        return value
    if kind == "Float":
        return repr(value)
    if kind == "Timestamp":
        if item["timestamp"] == 0 and item["millis"] == 0:
            return "0000-00-00 00:00:00.000000"
        moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=item["timestamp"])
        return f"{moment:%Y-%m-%d %H:%M:%S}.{six(item['millis'])}"
    if kind == "DateTime":
        return from_date_time(number, item)
    if kind == "TextObject":
        assert item["type"] == {245: "JSON", 247: "ENUM", 248: "SET"}[number], item
        return value
    if kind == "BinaryObject":
        assert item["type"] in {"BLOB", "BINARY"}, item
        return value.hex().upper()
    assert kind == "BinaryGeometry" and item["type"] == "WKB", item
    return value.hex().upper()


NOT_THERE = "NONE"  # the branch of the union for a column that the image lacks


def image_cells(image):
    """Without the columns that the image lacks."""
    return {name: from_record(number, item) for name, (number, item) in image.items() if item != NOT_THERE}


def normal(column, cell, server=""):
    """Where both sides may rightly differ in writing."""
    if cell is None:
        return None
    if cell == "-0.0" and column.type in {"float", "double"} and server.startswith("mariadb"):
        return "0.0"  # it keeps the sign and does not show it
    if column.type in {"uuid", "inet4", "inet6"} and cell.startswith("ascii:"):
        return bytes.fromhex(cell[6:]).decode("ascii")
    return cell
