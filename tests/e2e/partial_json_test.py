# SPDX-License-Identifier: Apache-2.0
"""binlog_row_value_options = PARTIAL_JSON: a record has the whole document, as if the option were off."""

import json
import os
import random
import re

import pytest

from tests.support import cells, records
from tests.support.fixtures import Source
from tests.support.oracle import Rebuilt

ROWS, UPDATES = 300, 300
KEYS = ["a", "b", "cc", "list", '"two words"', '"ключ"', r'"q\\"t"', '""', '"a.b[0]"', r'"line\\nend"']
CELLS = ["[0]", "[1]", "[2]", "[7]", "[last]", "[last-1]", "[last-9]"]
VALUES = ["1", "-70000", "18446744073709551615", "1.5e0", "1e308", "-0.0e0", "CAST(12.340 AS DECIMAL(9,3))", "TRUE", "NULL", "''",
          "CAST('null' AS JSON)", "'text'", "'日本😀 \\n \\\\ \"'", "x'00ff'", "CAST('2020-02-29 01:02:03.5' AS DATETIME(6))",
          "CAST('-12:00:00' AS TIME)", "JSON_ARRAY()", "JSON_OBJECT()", "JSON_ARRAY(1, 'x', JSON_ARRAY(2, 3))",
          "JSON_OBJECT('a', JSON_OBJECT('b', 1), 'list', JSON_ARRAY(1, 2))", "REPEAT('r', 200)"]
TABLE = ("CREATE TABLE @t (id INT PRIMARY KEY, g JSON AS (JSON_EXTRACT(j, '$.a')) VIRTUAL, v VARCHAR(40), j JSON, n INT AS (v + 1) STORED, "
         "k JSON, UNIQUE (v, id), INDEX many ((CAST(j->'$.many' AS UNSIGNED ARRAY))), INDEX one ((CAST(k->>'$.one' AS CHAR(30)))))")
STEP = re.compile(rb"([\x00-\x02])[\x02-\xfa]\$[.\[]")  # operation, length of the path, path


@pytest.fixture
def source(servers):
    made = Source(servers("mysql-9"))
    yield made
    made.drop()


class Updates:
    """Random documents and statements that change parts of them."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def path(self):
        pick = self.random
        steps = ["." + pick.choice(KEYS) if pick.random() < 0.6 else pick.choice(CELLS) for _ in range(pick.choice([1, 1, 2, 2, 3]))]
        return "'$" + "".join(steps) + "'"

    def document(self, depth=0):
        """As JSON; deep enough that paths often lead somewhere, padded so that a difference is shorter."""
        pick = self.random
        if depth == 3 or depth and pick.random() < 0.3:
            return pick.choice([0, 1, -1, 70000, 1.5, "s", "ü", None, True, [], {}])
        if pick.random() < 0.4:
            return [self.document(depth + 1) for _ in range(pick.randint(1, 5))]
        keys = pick.sample([json.loads(k.replace("\\\\", "\\")) if k[0] == '"' else k for k in KEYS], pick.randint(2, 8))
        return {k: self.document(depth + 1) for k in keys}

    def padded(self):
        pick = self.random
        size = pick.choice([0, 100, 300, 300, 1000, 65_300, 70_000]) if pick.random() < 0.15 else 300
        padding = {"pad": "p" * size, "many": [1, 2], "one": "x"}
        document = self.document()
        return document + [padding] if isinstance(document, list) else {**document, **padding}

    def change(self, column, depth=0):
        """An expression that changes parts of the column; some the server logs whole."""
        pick = self.random
        inner = column if depth == 2 or pick.random() < 0.75 else self.change(column, depth + 1)
        paths = [self.path() for _ in range(pick.choice([1, 1, 2, 3]))]
        name = pick.choices(["SET", "REPLACE", "REMOVE", "INSERT", "ARRAY_APPEND", "ARRAY_INSERT"], [8, 4, 8, 2, 1, 1])[0]
        if name == "REMOVE":
            return f"JSON_REMOVE({inner}, {', '.join(paths)})"
        if name == "ARRAY_INSERT":
            return f"JSON_ARRAY_INSERT({inner}, '$.list[1]', {pick.choice(VALUES)})"
        return f"JSON_{name}({inner}, {', '.join(f'{p}, {pick.choice(VALUES)}' for p in paths)})"

    def statement(self):
        """An UPDATE of @t that gives the same rows wherever it runs."""
        pick = self.random
        sets = [f"{c} = {self.change(c)}" for c in pick.choice(["j", "j", "k", "jk"])]
        if pick.random() < 0.3:
            sets.append(f"v = '{pick.randint(0, 999)}'")
        if pick.random() < 0.05:
            sets.append(pick.choice(["j = NULL", "k = '{\"a\": [1], \"list\": [], \"whole\": true}'", "k = k", "j = k"]))
        step = pick.choice([1, 7, 20, 20, 50])
        return f"UPDATE @t SET {', '.join(sets)} WHERE id % {step} = {pick.randrange(step)} ORDER BY id"


def test_records_of_partial_json_are_those_of_whole_documents(source, service):
    seed = int(os.environ.get("SEED", random.randrange(2**32)))
    print(f"SEED={seed}")
    updates = Updates(seed)
    task = service.track(source.server, source.db, name=f"partial-{source.db}")
    first = source.server.binlogs()[-1]
    tables = ("diffs", "whole")
    source.sql(*(TABLE.replace("@t", t) for t in tables))
    with source.connect() as partial, source.connect() as whole:
        cursors = [connection.cursor() for connection in (partial, whole)]
        cursors[0].execute("SET binlog_row_value_options = PARTIAL_JSON")

        def run(statement, *values):
            counts = {cursor.execute(statement.replace("@t", table), values or None) for cursor, table in zip(cursors, tables)}
            assert len(counts) == 1, statement

        for i in range(ROWS):
            documents = (None if updates.random.random() < 0.05 else json.dumps(updates.padded()) for _ in "jk")
            run("INSERT INTO @t (id, v, j, k) VALUES (%s, %s, %s, %s)", i, str(i), *documents)
        for n in range(UPDATES):
            if n in {UPDATES // 2, UPDATES * 3 // 4}:
                run(f"SET binlog_transaction_compression = {int(n == UPDATES // 2)}")
            run(updates.statement())
            if n % 5 == 0:
                run(f"UPDATE @t SET id = id + 1000 WHERE id % 40 = {n % 40} AND id < 1000")
    source.finish()
    got = records.read(task, records.about(source.fin()))

    images = {t: [(r.operation, cell_texts(r.before), cell_texts(r.after)) for r in got if r.object == f"{source.db}.{t}"] for t in tables}
    assert len(images["whole"]) > ROWS + UPDATES
    for ours, wanted in zip(images["diffs"], images["whole"]):
        assert ours == wanted
    assert len(images["diffs"]) == len(images["whole"])
    Rebuilt().apply(got).compare(source.server, *((source.db, t) for t in tables))

    log = b"".join(p.read_bytes() for p in source.server.binlogs() if p >= first)
    steps = [sum(m[1][0] == operation for m in STEP.finditer(log)) for operation in range(3)]
    print(f"{len(images['diffs'])} rows, {steps} steps")
    assert min(steps) > 30, f"the server logged too few differences to test anything: {steps}"


def cell_texts(image):
    return None if image is None else cells.image_cells(image)


PADDED = json.dumps({"a": 1, "pad": "p" * 300})


def one_difference(source, service, image):
    task = service.track(source.server, source.db, name=f"partial-{image.lower()}-{source.db}", options=["--partial-rows", "emit"])
    source.sql("SET binlog_row_value_options = PARTIAL_JSON", f"SET binlog_row_image = {image}",
               "CREATE TABLE t (id INT PRIMARY KEY, j JSON)", f"INSERT INTO t VALUES (1, '{PADDED}')",
               "UPDATE t SET j = JSON_SET(j, '$.a', 2)")
    return task


def test_a_difference_without_its_document_stops_the_task(source, service):
    shown = json.dumps(one_difference(source, service, "MINIMAL").wait("failed"))
    assert re.search(r"column j: .* the image before lacks the document", shown), shown


def test_noblob_images_have_the_document(source, service):
    task = one_difference(source, service, "NOBLOB")
    source.finish()
    got = records.read(task, records.about(source.fin()))
    Rebuilt().apply(got).compare(source.server, (source.db, "t"))
