# SPDX-License-Identifier: Apache-2.0
"""A topic's records, read with librdkafka and decoded with Apache Avro's own library: nothing of ours takes part.

Every record that is read is held against the rules that hold for any record (`check_record`), every stretch of records
against those for streams (`check_stream`).
"""

import io
import json
import time

import avro.io
import avro.schema
import confluent_kafka

from .cells import NOT_THERE
from .millrace import GROUP_PASSWORD, WAIT_S_MAX

# Which value record each number of a field may have (the strictest client casts by it).
PAIRS = {
    0: "Decimal", 246: "Decimal", 1: "Integer", 2: "Integer", 3: "Integer", 8: "Integer", 9: "Integer", 16: "Integer",
    4: "Float", 5: "Float", 7: "Timestamp", 10: "DateTime", 11: "DateTime", 12: "DateTime", 13: "DateTime", 14: "DateTime",
    15: "Character", 253: "Character", 254: "Character", 245: "TextObject", 247: "TextObject", 248: "TextObject",
    249: "BinaryObject", 250: "BinaryObject", 251: "BinaryObject", 252: "BinaryObject", 255: "BinaryGeometry",
}
BYTES_MIN = 49  # clients throw away what is shorter
DML = {"INSERT", "UPDATE", "DELETE"}


class TaggedReader(avro.io.DatumReader):
    """Avro's reader, which also says which branch of a union a record was: in its key `$`."""

    def read_union(self, writers_schema, readers_schema, decoder):
        branch = writers_schema.schemas[decoder.read_long()]
        value = self.read_data(branch, branch, decoder)
        if isinstance(value, dict) and branch.type == "record":
            value["$"] = branch.name
        return value


class Decoder:
    """Values of one format, by the schema that the service itself offers."""

    def __init__(self, service):
        status, body = service.get("/api/v1/formats/dts-avro")
        assert status == 200, f"/api/v1/formats/dts-avro answered {status}: {body[:200]}"
        union = avro.schema.parse(json.dumps(json.loads(body)))
        self.schema = union.schemas[-1] if union.type in {"union", "error_union"} else union
        assert self.schema.name == "Record"
        self.reader = TaggedReader(self.schema, self.schema)

    def __call__(self, value):
        stream = io.BytesIO(value)
        record = self.reader.read(avro.io.BinaryDecoder(stream))
        assert stream.tell() == len(value), f"{len(value) - stream.tell()} bytes after the record"
        return record


class Record:
    """One record: what Kafka says of it, and its decoded value."""

    def __init__(self, message, value):
        self.offset, self.bytes, self.key, self.headers = message.offset(), message.value(), message.key(), message.headers()
        self.timestamp = message.timestamp()[1]
        self.value = value
        self.operation = value["operation"]
        self.object = value["objectName"]
        self.tags = value["tags"]

    @property
    def table(self):
        """database.table as in the server, dots in names restored."""
        return tuple(part.replace("\\u002E", ".") for part in self.object.split("."))

    @property
    def statement(self):
        return self.value["afterImages"]

    def names(self):
        return [field["name"] for field in self.value["fields"]]

    def image(self, which):
        """Column name to (data type number, item) of `before` or `after`, or None."""
        images = self.value[which + "Images"]
        if images is None:
            return None
        return {f["name"]: (f["dataTypeNumber"], item) for f, item in zip(self.value["fields"], images)}

    @property
    def before(self):
        return self.image("before")

    @property
    def after(self):
        return self.image("after")

    def __repr__(self):
        return f"<{self.offset} {self.operation} {self.object or ''} {self.statement if self.operation == 'DDL' else ''}>"


def is_heartbeat(record):
    return record.operation == "HEARTBEAT"


def check_record(record):
    value = record.value
    assert len(record.bytes) >= BYTES_MIN, f"{record}: {len(record.bytes)} bytes are thrown away by clients"
    assert record.key is None and not record.headers, f"{record}: has a key or headers"
    assert value["version"] == 0 and value["source"]["sourceType"] == "MySQL" and value["processTimestamps"] is None
    assert value["bornTimestamp"] == value["sourceTimestamp"]
    assert record.timestamp // 1000 == value["sourceTimestamp"], f"{record}: Kafka time {record.timestamp} is another"
    assert record.tags["readerThroughoutTime"] == str(value["sourceTimestamp"] * 1000)
    assert "<->" not in value["sourcePosition"]
    if record.operation in DML:
        assert record.object and len(record.object.split(".")) == 2, record
        assert (value["beforeImages"] is not None) == (record.operation in {"UPDATE", "DELETE"})
        assert (value["afterImages"] is not None) == (record.operation in {"UPDATE", "INSERT"})
        assert 0 < int(record.tags["metaVersion"]) < 2**32
        for images in (value["beforeImages"], value["afterImages"]):
            assert images is None or len(images) == len(value["fields"]), f"{record}: images and fields differ in length"
            for field, item in zip(value["fields"], images or ()):
                if item is not None and item != NOT_THERE:
                    name = item["$"] if isinstance(item, dict) else item
                    assert PAIRS.get(field["dataTypeNumber"]) == name, f"{record}: {field} holds a {name}"
        keys = json.loads(record.tags.get("pk_uk_info", "{}"))
        assert all(set(columns) <= set(record.names()) for columns in keys.values())
    else:
        assert value["fields"] is None and value["beforeImages"] is None, record
        if record.operation == "DDL":
            assert isinstance(value["afterImages"], str) and (record.object is None or "." not in record.object), record
        else:
            assert record.operation in {"BEGIN", "COMMIT", "HEARTBEAT"}, record
            assert record.object is None and value["afterImages"] is None, record


def check_stream(records, from_start=True):
    """Order, ids and transactions of a stretch of a topic that begins between transactions."""
    last_id, last_offset, inside = None if not from_start else 0, -1, False
    for record in records:
        check_record(record)
        assert record.offset > last_offset, f"{record} comes after offset {last_offset}"
        last_offset = record.offset
        now = record.value["id"]
        if is_heartbeat(record):
            assert not inside, f"{record}: a heartbeat inside a transaction"
            assert last_id is None or now == last_id, f"{record}: id {now} after {last_id}"
            continue
        assert last_id is None or now == last_id + 1, f"{record}: id {now} after {last_id}"
        last_id = now
        if record.operation == "BEGIN":
            assert not inside, f"{record}: BEGIN inside a transaction"
            inside = True
        elif record.operation == "COMMIT":
            assert inside, f"{record}: COMMIT without BEGIN"
            inside = False
        else:
            assert inside == (record.operation in DML), f"{record}: is {'' if inside else 'not '}inside a transaction"
    assert not inside, "the stream ends inside a transaction"


def consumer(task, **settings):
    """A librdkafka consumer with the login of the task's group."""
    return confluent_kafka.Consumer({
        "bootstrap.servers": task.service.kafka, "security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN",
        "sasl.username": task.user, "sasl.password": GROUP_PASSWORD, "group.id": task.group_id, "check.crcs": True,
        "enable.auto.commit": False, "auto.offset.reset": "error", "fetch.wait.max.ms": 50, "broker.address.family": "v4",
        **settings,
    })


def read(task, until, start=0, seconds=WAIT_S_MAX, heartbeats=False, decoder=None):
    """Records from an offset up to and with the first that `until(record)` takes, then to that transaction's end.

    `until` may be a number of records (heartbeats apart). The stretch is checked as a stream.
    """
    decode = decoder or Decoder(task.service)
    reader = consumer(task)
    reader.assign([confluent_kafka.TopicPartition(task.topic, 0, confluent_kafka.OFFSET_BEGINNING if start == 0 else start)])
    records, seen, hit, done = [], 0, False, False
    deadline = time.monotonic() + seconds
    try:
        while not done:
            if time.monotonic() > deadline:
                tail = ", ".join(map(repr, [r for r in records if not is_heartbeat(r)][-8:]))
                raise AssertionError(f"topic {task.topic}: not there after {seconds} s; {seen} records so far, the last: {tail}; "
                                     f"task: {json.dumps(task.show())[:1500]}")
            for message in reader.consume(500, 0.2):
                if message.error():
                    raise AssertionError(f"topic {task.topic}: {message.error()}")
                record = Record(message, decode(message.value()))
                records.append(record)
                if is_heartbeat(record):
                    continue
                seen += 1
                hit = hit or (seen >= until if isinstance(until, int) else until(record))
                done = hit and record.operation in {"COMMIT", "DDL"}
                if done:
                    break
    finally:
        reader.close()
    check_stream(records, from_start=start == 0)
    return records if heartbeats else [r for r in records if not is_heartbeat(r)]


def about(*names):
    """For read's `until`: the first record about database.table."""
    return lambda record: record.object in names


def bodies(records):
    """What must be the same however often a task was interrupted: value and timestamp of all but heartbeats."""
    return [(r.bytes, r.timestamp) for r in records if not is_heartbeat(r)]
