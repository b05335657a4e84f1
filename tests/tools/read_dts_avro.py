#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Decodes dts-avro records with Debian's python3-avro, an Avro library that is not ours.

Usage: read_dts_avro.py SCHEMA FILE. FILE holds records, each after its length (4 bytes, big-endian).
Prints a line a record in a form that says everything and leaves no choice; avro_library_test.cc
makes the same lines from our own reader and compares.
"""
import io
import struct
import sys

import avro.io
import avro.schema


def of_text(text):
    return "-" if text is None else text.encode("utf-8").hex() or "."


def of_item(item):
    if item is None:
        return "null"
    if isinstance(item, str):
        return "empty:" + item
    if "year" in item:
        names = ("year", "month", "day", "hour", "minute", "second", "millis")
        return "datetime:" + ",".join("-" if item[n] is None else str(item[n]) for n in names)
    if "timestamp" in item:
        return f"timestamp:{item['timestamp']},{item['millis']}"
    if "charset" in item:
        return f"text:{item['charset']}:{item['value'].hex()}"
    value = item["value"]
    if "type" in item:
        raw = value if isinstance(value, bytes) else value.encode("utf-8")
        return f"object:{item['type']}:{raw.hex()}"
    if isinstance(value, float):
        return f"float:{struct.pack('>d', value).hex()},{item['precision']},{item['scale']}"
    if "scale" in item:
        return f"decimal:{value},{item['precision']},{item['scale']}"
    return f"integer:{value},{item['precision']}"


def of_image(image):
    if image is None or isinstance(image, str):
        return of_text(image)
    return "[" + " ".join(of_item(item) for item in image) + "]"


def of_record(record):
    fields = record["fields"]
    return "|".join((
        str(record["version"]), str(record["id"]), str(record["sourceTimestamp"]),
        record["sourcePosition"], record["safeSourcePosition"], record["sourceTxid"],
        record["source"]["sourceType"], record["source"]["version"], record["operation"],
        of_text(record["objectName"]), str(record["processTimestamps"]),
        " ".join(f"{key}={of_text(value)}" for key, value in sorted(record["tags"].items())),
        "-" if fields is None
        else "[" + " ".join(f"{of_text(f['name'])}:{f['dataTypeNumber']}" for f in fields) + "]",
        of_image(record["beforeImages"]), of_image(record["afterImages"]),
        str(record["bornTimestamp"])))


def main():
    with open(sys.argv[1], encoding="utf-8") as schema_file:
        schema = avro.schema.parse(schema_file.read()).schemas[-1]
    reader = avro.io.DatumReader(schema)
    with open(sys.argv[2], "rb") as records:
        while head := records.read(4):
            body = io.BytesIO(records.read(struct.unpack(">I", head)[0]))
            print(of_record(reader.read(avro.io.BinaryDecoder(body))))
            if body.read(1):
                sys.exit("bytes are left after a record")


main()
