#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes src/base/charset_tables.cc: collations and one-byte character sets as real servers have them.

/usr/bin/python3 -m tests.tools.charset_tables > src/base/charset_tables.cc && clang-format-14 -i src/base/charset_tables.cc

Run it again when a server brings a new collation; what a server no longer has stays known from the older ones.
"""

import ctypes
import sys

from tests.servers import Server

MYSQL = ("mysql-5.6", "mysql-9")
MARIADB = ("mariadb-10.11", "mariadb-11.8")
# What glibc maps otherwise than the servers do, besides one-byte sets: asked of mysql-9.
ICONV = {"big5": "BIG5", "sjis": "SJIS", "ujis": "EUC-JP-MS", "gb18030": "GB18030"}
GB18030_FOUR = ["82359037", "82359038", "82359039", "82359130", "82359131", "82359132", "82359133", "82359134"] + [
    f"8431{x:04x}" for x in (0x8236, 0x8237, 0x8238, 0x8239, 0x8330, 0x8331, 0x8332, 0x8333, 0x8334, 0x8335)]


def canonical(name):
    return "utf8mb3" + name[4:] if name == "utf8" or name.startswith("utf8_") else name


def collations(server):
    if server.kind.family == "mariadb":
        rows = server.sql("SELECT ID, FULL_COLLATION_NAME, CHARACTER_SET_NAME"
                          " FROM information_schema.COLLATION_CHARACTER_SET_APPLICABILITY")
    else:
        rows = server.sql("SELECT ID, COLLATION_NAME, CHARACTER_SET_NAME FROM information_schema.COLLATIONS")
    return {int(i): (canonical(n), canonical(c)) for i, n, c in rows if int(i) < 2048}


def one_byte(server):
    names = [r[0] for r in server.sql("SELECT CHARACTER_SET_NAME FROM information_schema.CHARACTER_SETS"
                                      " WHERE MAXLEN = 1 AND CHARACTER_SET_NAME <> 'binary' ORDER BY 1")]
    tables = {}
    for name in names:
        cells = ", ".join(f"HEX(CONVERT(_{name} 0x{b:02x} USING utf32))" for b in range(256))
        row = server.sql("SELECT " + cells)[0]
        tables[name] = [0xFFFD if int(c, 16) == 0x3F and b != 0x3F else int(c, 16) for b, c in enumerate(row)]
    return tables


def overrides(server, name):
    """Codes whose character at the server is not glibc's: (code, character)."""
    codec = ICONV[name]
    codes = [f"{a:02x}{b:02x}" for a in range(0x81, 0xFF) for b in range(0x40, 0xFF) if b != 0x7F]
    if name == "ujis":
        codes += [f"8f{a:02x}{b:02x}" for a in range(0xA1, 0xFF) for b in range(0xA1, 0xFF)]
    if name == "gb18030":
        codes += GB18030_FOUR
    found = []
    for begin in range(0, len(codes), 500):
        part = codes[begin : begin + 500]
        row = server.sql("SELECT " + ", ".join(f"HEX(CONVERT(CONVERT(0x{c} USING {name}) USING utf32))" for c in part))[0]
        for code, cell in zip(part, row):
            if cell and len(cell) == 8 and cell != "0000003F" and int(cell, 16) != glibc(codec, code):
                found.append((int(code, 16), int(cell, 16)))
    return sorted(found)


def glibc(codec, code):
    libc = ctypes.CDLL(None)
    libc.iconv_open.restype = ctypes.c_void_p
    libc.iconv.restype = ctypes.c_size_t
    libc.iconv.argtypes = [ctypes.c_void_p] * 5
    descriptor = glibc.open.setdefault(codec, libc.iconv_open(b"UTF-32BE", codec.encode()))
    raw = bytes.fromhex(code)
    source, target = ctypes.create_string_buffer(raw, len(raw)), ctypes.create_string_buffer(16)
    at, to = ctypes.c_void_p(ctypes.addressof(source)), ctypes.c_void_p(ctypes.addressof(target))
    left, room = ctypes.c_size_t(len(raw)), ctypes.c_size_t(16)
    libc.iconv(descriptor, None, None, None, None)
    libc.iconv(descriptor, ctypes.byref(at), ctypes.byref(left), ctypes.byref(to), ctypes.byref(room))
    return int.from_bytes(target.raw[:4], "big") if left.value == 0 and room.value == 12 else None


glibc.open = {}


def main():
    mysql, mariadb, tables, changed = {}, {}, {}, {}
    for name in MYSQL + MARIADB:
        with Server(name) as server:
            (mysql if name in MYSQL else mariadb).update(collations(server))
            if name == "mysql-9":
                tables = one_byte(server)
                changed = {charset: overrides(server, charset) for charset in ICONV}
    out = sys.stdout
    out.write("// SPDX-License-Identifier: Apache-2.0\n// Written by tests/tools/charset_tables.py from the answers of real servers.\n"
              '#include "base/charset_tables.h"\n\nnamespace millrace {\n\n')
    out.write("const CollationRow kCollations[] = {\n")
    for number in sorted({**mariadb, **mysql}):
        name, charset = mysql.get(number) or mariadb[number]
        out.write(f'{{{number}, "{name}", "{charset}"}},\n')
    out.write("};\nconst size_t kCollationCount = std::size(kCollations);\n\nconst CollationRow kMariaDbNames[] = {\n")
    for number in sorted(mariadb):
        if number in mysql and mysql[number] != mariadb[number]:
            out.write(f'{{{number}, "{mariadb[number][0]}", "{mariadb[number][1]}"}},\n')
    out.write("};\nconst size_t kMariaDbNameCount = std::size(kMariaDbNames);\n\n")
    for name, table in sorted(tables.items()):
        cells = ", ".join(f"0x{c:04X}" for c in table[128:])
        out.write(f"static const char16_t k_{name}[128] = {{{cells}}};\n")
    out.write("\nconst OneByteTable kOneByteTables[] = {\n")
    for name in sorted(tables):
        out.write(f'{{"{name}", k_{name}}},\n')
    out.write("};\nconst size_t kOneByteTableCount = std::size(kOneByteTables);\n\n")
    low = [(b, c) for b, c in enumerate(tables["swe7"][:128]) if b != c]
    assert all(t[:128] == list(range(128)) for n, t in tables.items() if n != "swe7")
    out.write("const Override kSwe7Low[] = {" + ", ".join(f"{{0x{b:X}, 0x{c:X}}}" for b, c in low) + "};\n"
              "const size_t kSwe7LowCount = std::size(kSwe7Low);\n\n")
    for name, pairs in changed.items():
        out.write(f"static const Override k_{name}[] = {{" + ", ".join(f"{{0x{b:X}, 0x{c:X}}}" for b, c in pairs) + "};\n")
    out.write("\nconst OverrideTable kOverrides[] = {\n")
    for name in changed:
        out.write(f'{{"{name}", k_{name}, std::size(k_{name})}},\n')
    out.write("};\nconst size_t kOverrideCount = std::size(kOverrides);\n\n}  // namespace millrace\n")


if __name__ == "__main__":
    main()
