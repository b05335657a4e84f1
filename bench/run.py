#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""make bench: measures what docs/performance.md says, beside what one would pick instead, in one run on one machine.

BENCH_SCALE   1 for the whole binlogs of 700 and 570 MB; 0.2 by default, which takes under five minutes
BENCH_RUNS    how often each is run (3); the table has medians
BENCH_ONLY    files, live, latency or memory: measures that alone and leaves the page as it is

Two binlogs are written by MySQL 9 with sysbench once and kept in the cache folder: A, single-row changes in small
transactions, and B, bulk inserts.
"""

import json
import os
import pathlib
import platform
import re
import shutil
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import confluent_kafka  # noqa: E402

from tests.servers import Server, cache  # noqa: E402
from tests.support import millrace, records  # noqa: E402

SCALE = float(os.environ.get("BENCH_SCALE", "0.2"))
RUNS = int(os.environ.get("BENCH_RUNS", "3"))
ONLY = os.environ.get("BENCH_ONLY", "")
PAGE = ROOT / "docs/performance.md"
BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"
TABLE_ROWS, EVENTS = int(1_500_000 * SCALE), int(385_199 * SCALE)
OPTIONS = ["--sync-binlog=0", "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=2G", "--innodb-redo-log-capacity=1G",
           "--innodb-doublewrite=OFF", "--max-binlog-size=1G", "--performance-schema=OFF", "--binlog-row-metadata=FULL"]


def say(text):
    print(f"bench: {text}", flush=True)


# The binlogs


def recorded():
    """The two binlog files by name."""
    folder = cache.cache_root() / "bench" / f"scale-{SCALE:g}"
    with cache.locked(f"bench-{SCALE:g}"):
        if not (folder / "files.json").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            write_binlogs(folder)
    return {name: folder / file for name, file in json.loads((folder / "files.json").read_text(encoding="utf-8")).items()}


def write_binlogs(folder):
    with Server("mysql-9", options=OPTIONS, small=False) as server:
        server.sql("CREATE DATABASE sbtest")
        server.reset_log()
        say(f"writing binlog B: 2 tables of {TABLE_ROWS:,} rows")
        sysbench(server, "prepare")
        server.flush_log()
        say(f"writing binlog A: {EVENTS:,} transactions")
        sysbench(server, "--time=0", f"--events={EVENTS}", "run")
        server.flush_log()
        files = [p.name for p in server.binlogs()]
        # B begins the first file, A the one after the flush; each fits in a file of 1 GB.
        for file in files[:2]:
            shutil.copy(server.data / file, folder / file)
        (folder / "files.json").write_text(json.dumps({"B": files[0], "A": files[1]}), encoding="utf-8")


def sysbench(server, *words):
    cache.run(["sysbench", "oltp_write_only", "--db-driver=mysql", "--mysql-host=127.0.0.1", f"--mysql-port={server.port}",
               "--mysql-user=root", "--mysql-db=sbtest", "--tables=2", f"--table-size={TABLE_ROWS}", "--threads=2", *words], "sysbench")


# Measuring


class Cost:
    """Wall time, CPU time and peak memory of one run of a program."""

    def __init__(self, argv, **kwargs):
        begin = time.monotonic()
        with tempfile.TemporaryFile() as out:
            process = subprocess.Popen([str(a) for a in argv], stdin=subprocess.DEVNULL, stdout=kwargs.get("stdout", out), stderr=out)
            _, status, usage = os.wait4(process.pid, 0)
            self.seconds = time.monotonic() - begin
            process.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            self.text = out.read().decode(errors="replace")
        if process.returncode != 0:
            sys.exit(f"bench: {argv[0]} exited with {process.returncode}: {self.text[-1000:]}")
        self.cpu = usage.ru_utime + usage.ru_stime
        self.rss = usage.ru_maxrss * 1024


def median_of(measure):
    """The run with the middle wall time of RUNS."""
    runs = sorted((measure() for _ in range(RUNS)), key=lambda cost: cost.seconds)
    return runs[len(runs) // 2]


class Seconds:
    def __init__(self, seconds):
        self.seconds = seconds


def count_rows(path):
    """Row changes in a file, by the program itself; other tests hold that count against JSON."""
    out = Cost([millrace.binary(), "binlog", "--format", "none", path]).text
    found = re.search(r"([\d,]+) row", out)
    if not found:
        sys.exit(f"bench: `millrace binlog --format none` says nothing of rows: {out[:500]}")
    return int(found[1].replace(",", ""))


def raw_dump(server, file, size):
    """Asks for a dump and throws it away: nothing that follows a binlog can be faster."""
    connection = server.connect()
    with connection.cursor() as cursor:
        cursor.execute("SET @source_binlog_checksum='CRC32', @master_binlog_checksum='CRC32'")
    sock = connection._sock
    command = struct.pack("<BIHI", 0x12, 4, 1, 424242) + file.encode()
    begin = time.monotonic()
    sock.sendall(struct.pack("<I", len(command)) + command)
    buffer, got, last = bytearray(1 << 20), 0, begin
    sock.settimeout(0.3)
    try:
        while got < size * 4:
            count = sock.recv_into(buffer)
            if not count:
                break
            got, last = got + count, time.monotonic()
    except (TimeoutError, socket.timeout):
        pass
    connection._force_close()
    if got < size:
        sys.exit(f"bench: the dump of {file} had {got} bytes of {size}")
    return Seconds(last - begin)


def write_and_sync(folder, size):
    """dd of that many bytes with a sync at the end."""
    target = folder / "dd"
    cost = Cost(["dd", "if=/dev/zero", f"of={target}", "bs=1M", f"count={max(1, size >> 20)}", "conv=fsync"])
    target.unlink()
    return cost


class Live:
    """Paused tasks and a workload that has run since: each task's start is one measurement of the way to the log."""

    def __init__(self, name, work, options):
        self.server = Server("mysql-9", options=OPTIONS, small=False).start()
        self.server.sql("CREATE DATABASE sbtest")
        if name == "A":
            sysbench(self.server, "prepare")
        self.tasks = []
        for number, words in enumerate(options):
            service = millrace.Service(data=work / f"live-{number}").start()
            task = service.track(self.server, "sbtest", name="live", options=words)
            task.pause()
            task.wait("paused")
            self.tasks.append(task)
        self.server.flush_log()
        self.file = self.server.position()[0]
        sysbench(self.server, *(["--time=0", f"--events={EVENTS}", "run"] if name == "A" else ["prepare"]))
        self.server.flush_log()
        self.path = self.server.data / self.file
        self.size = self.path.stat().st_size

    def dump(self):
        return raw_dump(self.server, self.file, self.size)

    def run(self, number):
        """From `task start` to the moment the last record of the workload is visible."""
        task = self.tasks[number]
        reader = records.consumer(task)
        place = confluent_kafka.TopicPartition(task.topic, 0)
        high = reader.get_watermark_offsets(place, timeout=10)[1]
        begin = time.monotonic()
        task.start()
        moved = quiet = begin
        while time.monotonic() - quiet < 3:
            now_high = reader.get_watermark_offsets(place, timeout=10)[1]
            now = time.monotonic()
            if now_high - high > 1:  # a heartbeat is one record, the smallest transaction three
                moved = quiet = now
            high = now_high
            if task.service.process.poll() is not None or now - begin > 600:
                sys.exit(f"bench: the live run broke off: {task.service.log_text()[-1000:]}")
            time.sleep(0.01)
        reader.close()
        result = Seconds(moved - begin)
        result.records, result.bytes, result.rss = high, log_bytes(task.service), peak_memory(task.service)
        return result

    def close(self):
        for task in self.tasks:
            task.service.close()
            shutil.rmtree(task.service.data, ignore_errors=True)
        self.server.close()


def log_bytes(service):
    """The size of what consumers are served."""
    return sum(p.stat().st_size for p in service.data.glob("tasks/*/dts-avro/*.log"))


def peak_memory(service):
    text = pathlib.Path(f"/proc/{service.process.pid}/status").read_text(encoding="ascii")
    return int(re.search(r"VmHWM:\s+(\d+)", text)[1]) * 1024


def latency():
    """Milliseconds from a commit's answer to the record in a waiting librdkafka consumer, one transaction at a time."""
    with Server("mysql-9") as server, millrace.Service() as service:
        server.sql("CREATE DATABASE d", "CREATE TABLE d.t (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(100))")
        task = service.track(server, "d", name="latency")
        reader = records.consumer(task, **{"fetch.wait.max.ms": 500})
        reader.assign([confluent_kafka.TopicPartition(task.topic, 0, confluent_kafka.OFFSET_END)])
        reader.poll(1.0)
        found = []
        with server.connect("d") as connection, connection.cursor() as cursor:
            for number in range(600):
                cursor.execute(f"INSERT INTO t (v) VALUES ('marker-{number}-')")
                begin = time.perf_counter()
                wanted = f"marker-{number}-".encode()
                while True:
                    message = reader.poll(5.0)
                    if message is None or message.error():
                        sys.exit("bench: no record within 5 s of a commit")
                    if wanted in message.value():
                        break
                if number >= 100:  # the first are warm-up
                    found.append((time.perf_counter() - begin) * 1000)
                time.sleep(0.005)
        reader.close()
        return sorted(found)


def fan_out(task):
    """Records and bytes a second that one librdkafka consumer gets of a log that is there already."""
    reader = records.consumer(task, **{"fetch.message.max.bytes": 8 << 20, "check.crcs": False, "queued.max.messages.kbytes": 262144})
    high = reader.get_watermark_offsets(confluent_kafka.TopicPartition(task.topic, 0), timeout=10)[1]
    reader.assign([confluent_kafka.TopicPartition(task.topic, 0, confluent_kafka.OFFSET_BEGINNING)])
    got, begin = 0, time.monotonic()
    while got < high:
        got += len(reader.consume(20000, 1.0))
    seconds = time.monotonic() - begin
    reader.close()
    return got / seconds, log_bytes(task.service) / seconds


def memory():
    """Peak resident memory: 1,000 tables, one large transaction, many consumers."""
    consumers, megabytes = (100, 1000) if SCALE >= 1 else (20, int(1000 * SCALE))
    with Server("mysql-9", options=["--max-allowed-packet=64M"], small=False) as server, millrace.Service() as service:
        server.sql("CREATE DATABASE d", *(f"CREATE TABLE d.t{n} (id INT AUTO_INCREMENT PRIMARY KEY, v MEDIUMTEXT)" for n in range(1000)))
        task = service.track(server, "d", name="memory")
        readers = []
        for _ in range(consumers):
            reader = records.consumer(task)
            reader.assign([confluent_kafka.TopicPartition(task.topic, 0, confluent_kafka.OFFSET_BEGINNING)])
            readers.append(reader)
        with server.connect("d", autocommit=False) as connection, connection.cursor() as cursor:
            for number in range(megabytes):
                cursor.execute(f"INSERT INTO t{number % 1000} (v) VALUES (REPEAT('x', 1000000))")
            connection.commit()
        server.sql("CREATE TABLE d.fin (n INT)")
        place = confluent_kafka.TopicPartition(task.topic, 0)
        deadline = time.monotonic() + 300
        while readers[0].get_watermark_offsets(place, timeout=10)[1] < megabytes + 2:
            if time.monotonic() > deadline:
                sys.exit(f"bench: the large transaction did not arrive: {task.show()}")
            time.sleep(0.05)
        for reader in readers:
            reader.consume(3, 10)
        peak = peak_memory(service)
        for reader in readers:
            reader.close()
        return peak, consumers, megabytes


# The page


def machine():
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    total = int(re.search(r"MemTotal:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text(encoding="ascii"))[1]) / 2**20
    return f"{os.cpu_count()} cores ({model[1] if model else platform.machine()}), {total:.0f} GiB, Linux {platform.release().split('-')[0]}"


def mb(number):
    return f"{number / 1e6:,.0f} MB"


def measure_files(rows):
    """A and B from a file to encoded batches, and the server's own tool on the same file."""
    tool = Server("mysql-9").tool("mysqlbinlog")
    for name, path in recorded().items():
        size, count = path.stat().st_size, count_rows(path)
        say(f"decode {name}: {count:,} rows, {mb(size)}")
        ours = median_of(lambda path=path: Cost([millrace.binary(), "binlog", "--format", "none", path]))
        verbose = median_of(lambda path=path: Cost([*tool, "-v", "--base64-output=DECODE-ROWS", path], stdout=subprocess.DEVNULL))
        rows.append([f"decode and encode file {name}", f"{count / ours.seconds:,.0f} rows/s, {mb(size / ours.seconds)}/s, "
                     f"{ours.cpu / count * 1e6:.2f} CPU s a million rows, {mb(ours.rss)} resident",
                     "`mysqlbinlog -v`", f"{count / verbose.seconds:,.0f} rows/s", f"{verbose.seconds / ours.seconds:.1f}x as fast"])


def measure_live(rows, name, work):
    """A workload from a server's binlog to durable, visible records."""
    say(f"live {name}: writing it")
    options = [["--schema-scope", "selected"]] * RUNS
    run = Live(name, work, options + ([["--schema-scope", "selected", "--compression", "lz4"]] if name == "A" else []))
    try:
        count = count_rows(run.path)
        say(f"live {name}: {count:,} rows, {mb(run.size)}")
        dump = median_of(run.dump)
        results = sorted((run.run(number) for number in range(RUNS)), key=lambda r: r.seconds)
        mine = results[RUNS // 2]
        disk = median_of(lambda: write_and_sync(work, mine.bytes))
        floor = max(dump.seconds, disk.seconds)
        rows.append([f"live {name} to durable and visible", f"{count / mine.seconds:,.0f} rows/s, {mine.seconds:.2f} s, "
                     f"{mb(mine.bytes)} of log, {mb(mine.rss)} resident", "reading the dump; writing and syncing the same bytes",
                     f"{dump.seconds:.2f} s; {disk.seconds:.2f} s", f"{mine.seconds / floor:.2f}x the larger"])
        if name == "A":
            packed = run.run(RUNS)
            rows.append(["live A, lz4", f"{count / packed.seconds:,.0f} rows/s, {packed.seconds:.2f} s, {mb(packed.bytes)} of log", "", "", ""])
            per_second, bytes_per_second = fan_out(run.tasks[0])
            rows.append(["old records to one librdkafka consumer", f"{per_second:,.0f} records/s, {mb(bytes_per_second)}/s", "", "", ""])
    finally:
        run.close()


def measure(rows):
    parts = {"files": lambda: measure_files(rows), "live A": lambda: measure_live(rows, "A", work),
             "live B": lambda: measure_live(rows, "B", work), "latency": lambda: measure_latency(rows), "memory": lambda: measure_memory(rows)}
    work = pathlib.Path(tempfile.mkdtemp(prefix="mr-bench-"))
    try:
        for name, part in parts.items():
            if ONLY in name:
                part()
    finally:
        shutil.rmtree(work, ignore_errors=True)


def measure_latency(rows):
    say("commit to consumer")
    times = latency()
    rows.append(["commit to delivery, waiting consumer", f"p50 {statistics.median(times):.2f} ms, p99 {times[int(len(times) * 0.99)]:.2f} ms, "
                 "sync included", "aim", "2 ms; 5 ms", ""])


def measure_memory(rows):
    say("memory")
    peak, consumers, megabytes = memory()
    rows.append(["peak resident memory", f"{mb(peak)}: 1,000 tables, a transaction of {megabytes} MB, {consumers} consumers", "aim", "100 MB", ""])


def write_page(rows, seconds):
    command = f"BENCH_SCALE={SCALE:g} BENCH_RUNS={RUNS} make bench"
    lines = [BEGIN, "", f"Measured with `{command}` in {seconds:.0f} s on {machine()}; MySQL of Debian sid, median of {RUNS}.", "",
             "| what | millrace | beside it | that | ratio |", "| --- | --- | --- | --- | --- |"]
    lines += ["| " + " | ".join(row) + " |" for row in rows] + ["", END]
    text = PAGE.read_text(encoding="utf-8") if PAGE.exists() else f"# Performance\n\n{BEGIN}\n{END}\n"
    if BEGIN not in text:
        text += f"\n{BEGIN}\n{END}\n"
    head, _, rest = text.partition(BEGIN)
    PAGE.write_text(head + "\n".join(lines) + rest.partition(END)[2], encoding="utf-8")


def main():
    begin, rows = time.monotonic(), []
    measure(rows)
    for row in rows:
        print("  ".join(part for part in row if part))
    if not ONLY:
        write_page(rows, time.monotonic() - begin)
        say(f"{PAGE.relative_to(ROOT)} is written, {time.monotonic() - begin:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
