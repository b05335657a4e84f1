#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""make demo: a small shop on a throwaway MariaDB, tracked by millrace, its changes arriving in kcat.

Everything is on loopback, on free ports and in a temporary folder, and is gone at the end. On a terminal it runs until
Ctrl-C; otherwise until DEMO_CHANGES (200) changes have arrived, and fails when 120 s pass without one.
"""

import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from tests.servers import FetchError, Server  # noqa: E402
from tests.support import cells, millrace, records  # noqa: E402

QUIET_S_MAX = 120
CHANGES = int(os.environ.get("DEMO_CHANGES", "200"))
TERMINAL = sys.stdout.isatty()
COLORS = {"INSERT": 32, "UPDATE": 33, "DELETE": 31, "DDL": 35, "dim": 2, "bold": 1}
NAMES = "Ada Grace Linus Edgar Barbara Donald Margaret Ken Radia Dennis Frances Niklaus".split()
GOODS = [("tea, Darjeeling", "8.90"), ("coffee beans", "12.50"), ("mug, blue", "7.00"), ("kettle", "39.90"), ("honey", "5.20"),
         ("shortbread", "3.80"), ("teapot", "24.00"), ("oat milk", "2.10")]

SCHEMA = """
CREATE TABLE customers (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(40) NOT NULL, since DATE NOT NULL);
CREATE TABLE goods (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(40) NOT NULL, price DECIMAL(8,2) NOT NULL, stock INT UNSIGNED NOT NULL);
CREATE TABLE orders (id INT AUTO_INCREMENT PRIMARY KEY, customer_id INT NOT NULL, status ENUM('new','paid','sent') NOT NULL, total DECIMAL(8,2) NOT NULL);
CREATE TABLE baskets (order_id INT NOT NULL, goods_id INT NOT NULL, quantity INT NOT NULL, PRIMARY KEY (order_id, goods_id))
"""


def paint(text, color):
    return f"\x1b[{COLORS[color]}m{text}\x1b[0m" if TERMINAL else text


class Shop(threading.Thread):
    """Customers order, pay, change their minds; after a while the shop adds a column."""

    ALTER_AFTER = 25  # orders
    PAUSE_S = 0.18

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server, self.random = server, random.Random(4)
        self.open, self.orders, self.has_gift = [], 0, False
        self.committed = {}  # order id -> when its last commit was asked for
        self.failed = None
        self.going = True

    def run(self):
        try:
            with self.server.connect("shop", autocommit=False) as connection, connection.cursor() as cursor:
                while self.going:
                    self.step(cursor, connection)
                    time.sleep(self.random.uniform(0.3, 1.7) * self.PAUSE_S)
        except Exception as error:  # shown by the main thread
            self.failed = error

    def step(self, cursor, connection):
        kind = self.random.random()
        if not self.open or kind < 0.45:
            order = self.new_order(cursor)
        elif kind < 0.85:
            order = self.random.choice(self.open)
            cursor.execute("UPDATE orders SET status = IF(status = 'new', 'paid', 'sent') WHERE id = %s", (order,))
            if self.random.random() < 0.5:
                self.open.remove(order)
        else:
            order = self.open.pop(self.random.randrange(len(self.open)))
            cursor.execute("DELETE FROM baskets WHERE order_id = %s", (order,))
            cursor.execute("DELETE FROM orders WHERE id = %s", (order,))
        self.committed[order] = time.monotonic()
        connection.commit()
        if self.orders == self.ALTER_AFTER and not self.has_gift:
            cursor.execute("ALTER TABLE orders ADD COLUMN gift_note VARCHAR(60) NULL AFTER status")
            self.has_gift = True

    def new_order(self, cursor):
        if self.random.random() < 0.3:
            cursor.execute("INSERT INTO customers (name, since) VALUES (%s, CURRENT_DATE)", (self.random.choice(NAMES),))
        chosen = self.random.sample(range(len(GOODS)), self.random.randint(1, 2))
        total = sum(float(GOODS[g][1]) for g in chosen)
        if self.has_gift and self.random.random() < 0.6:
            cursor.execute("INSERT INTO orders (customer_id, status, gift_note, total) VALUES (%s, 'new', 'Happy birthday!', %s)",
                           (self.random.randint(1, 5), total))
        else:
            cursor.execute("INSERT INTO orders (customer_id, status, total) VALUES (%s, 'new', %s)", (self.random.randint(1, 5), total))
        order = cursor.lastrowid
        for goods in chosen:
            cursor.execute("INSERT INTO baskets VALUES (%s, %s, 1)", (order, goods + 1))
            cursor.execute("UPDATE goods SET stock = stock - 1 WHERE id = %s", (goods + 1,))
        self.open.append(order)
        self.orders += 1
        return order


class Message:
    """What records.Record asks of a message, from kcat's output."""

    def __init__(self, offset, time_ms, value):
        self._offset, self._time, self._value = offset, time_ms, value

    def offset(self):
        return self._offset

    def timestamp(self):
        return 1, self._time

    def value(self):
        return self._value

    def key(self):
        return None

    headers = key


def kcat_words(task):
    """The client that shows the changes; the words are what anyone would type."""
    return ["kcat", "-b", task.service.kafka, "-X", "security.protocol=SASL_PLAINTEXT", "-X", "sasl.mechanism=PLAIN", "-X",
            f"sasl.username={task.user}", "-X", f"sasl.password={millrace.GROUP_PASSWORD}", "-C", "-t", task.topic, "-p", "0", "-o",
            "beginning", "-q", "-u", "-f", "%o %T %S\\n%s"]


def incoming(kcat, decode):
    """Records as kcat prints them: offset, time and length on a line, then the value."""
    while True:
        head = kcat.stdout.readline()
        if not head:
            return
        offset, time_ms, size = map(int, head.split())
        value = kcat.stdout.read(size)
        yield records.Record(Message(offset, time_ms, value), decode(value))


def readable(cell):
    if cell is None:
        return "NULL"
    if ":" in cell and re.match(r"[a-z0-9]+:[0-9A-F]*$", cell):
        return "'" + bytes.fromhex(cell.partition(":")[2]).decode(errors="replace") + "'"
    return cell


def describe(record):
    """One line that a person can read."""
    head = f"{record.offset:>6}  {paint(f'{record.operation:6}', record.operation)}  "
    if record.operation == "DDL":
        return head + paint(" ".join(record.statement.split()), "bold")
    before = record.before and cells.image_cells(record.before)
    after = record.after and cells.image_cells(record.after)
    if before and after:
        key = next(iter(after))
        text = f"{key}={readable(after[key])}  " + ", ".join(
            f"{n} {readable(before[n])} -> {readable(after[n])}" for n in after if before[n] != after[n])
    else:
        text = ", ".join(f"{n}={readable(c)}" for n, c in (after or before).items())
    return f"{head}{record.table[1]:10} {text}"


class Screen:
    """Changes scroll by; the last line of a terminal is the state of things."""

    def __init__(self, address):
        self.address, self.changes, self.delays, self.recent = address, 0, [], []
        self.shown = 0.0

    def line(self, text):
        sys.stdout.write(("\r\x1b[K" if TERMINAL else "") + text + "\n")
        self.status()

    def arrived(self, delay):
        now = time.monotonic()
        self.changes += 1
        self.recent = [t for t in self.recent if now - t < 5] + [now]
        if delay is not None:
            self.delays = self.delays[-49:] + [delay]

    def text(self):
        # The middle of the last fifty: one slow sync says little.
        delay = f"{sorted(self.delays)[len(self.delays) // 2] * 1000:.1f} ms" if self.delays else "-"
        return f"{self.changes} changes, {len(self.recent) / 5:.0f}/s, commit to client {delay}  |  console {self.address}"

    def status(self):
        if TERMINAL:
            sys.stdout.write("\r\x1b[K" + paint(self.text(), "dim"))
            sys.stdout.flush()
        elif time.monotonic() - self.shown > 5:
            self.shown = time.monotonic()
            print(f"------  {self.text()}", flush=True)


def prepare(server):
    server.sql("CREATE DATABASE shop DEFAULT CHARACTER SET utf8mb4", "USE shop", *SCHEMA.strip().split(";\n"),
               "INSERT INTO customers (name, since) VALUES " + ",".join(f"('{n}', '2024-01-0{i + 1}')" for i, n in enumerate(NAMES[:5])),
               "INSERT INTO goods (name, price, stock) VALUES " + ",".join(f"('{n}', {p}, 100000)" for n, p in GOODS))


def show(service, server, screen_after):
    """Starts task, group and client, then shows what arrives. Returns the exit status."""
    task = service.track(server, "shop", name="shop")
    print(f"source    {server.name} {server.version} on 127.0.0.1:{server.port}, database shop")
    address = re.search(r"console: (\S+)", service.log_text()).group(1)  # signs in, once
    print(f"millrace  Kafka {service.kafka}, topic {task.topic}, group {task.group_id}; console {address}")
    words = kcat_words(task)
    print("client    " + " ".join(w if re.match(r"^[\w./:=-]+$", w) else f"'{w}'" for w in words) + "\n")
    kcat = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    shop = Shop(server)
    shop.start()
    screen = screen_after(service.http + "/")
    last = [time.monotonic()]
    threading.Thread(target=watch, args=(kcat, shop, last), daemon=True).start()
    try:
        for record in incoming(kcat, records.Decoder(service)):
            if records.is_heartbeat(record) or record.operation in {"BEGIN", "COMMIT"}:
                screen.status()
                continue
            last[0] = time.monotonic()
            delay = None
            if record.object == "shop.orders":
                row = cells.image_cells(record.after or record.before)
                committed = shop.committed.get(int(row["id"]))
                delay = time.monotonic() - committed if committed else None
            screen.arrived(delay)
            screen.line(describe(record))
            if not TERMINAL and screen.changes >= CHANGES:
                print(f"------  {screen.text()}\ndemo: {screen.changes} changes have arrived")
                return 0
        why = shop.failed or kcat.stderr.read().decode(errors="replace").strip()[-500:] or f"task {task.state()}"
        print(f"\ndemo: no change for {QUIET_S_MAX} s: {why}" if time.monotonic() - last[0] >= QUIET_S_MAX else f"\ndemo: kcat ended: {why}",
              file=sys.stderr)
        return 1
    finally:
        shop.going = False
        kcat.kill()
        kcat.wait()


def watch(kcat, shop, last):
    """Ends the client, and by that the demo, when nothing comes any more."""
    while kcat.poll() is None:
        time.sleep(1)
        if time.monotonic() - last[0] >= QUIET_S_MAX or shop.failed:
            kcat.kill()


def main():
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    print("demo: a throwaway MariaDB with a small shop in it, and millrace following it", flush=True)
    try:
        with Server("mariadb-10.11") as server, millrace.Service() as service:
            prepare(server)
            return show(service, server, Screen)
    except KeyboardInterrupt:
        print("\ndemo: stopped; server, service and data are gone" if TERMINAL else "\ndemo: stopped")
        return 0
    except (FetchError, AssertionError, RuntimeError, OSError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
