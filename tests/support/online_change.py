# SPDX-License-Identifier: Apache-2.0
"""Online schema changes of a table t as the tools do them, by hand, under a load that writes to it."""

import contextlib
import random
import threading
import time

import pymysql

from .background import Background

TABLE = "CREATE TABLE {t} (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(20), n INT, touched INT NOT NULL DEFAULT 0)"
CLAUSES = "ADD COLUMN extra VARCHAR(30) DEFAULT 'new' AFTER v, MODIFY n BIGINT NOT NULL DEFAULT 0"
COPIED = "id, v, touched"  # n is about to change and stays NULL where it was
GONE = {1146, 1205, 1213, 1412, 1317, 1028}  # no such table, lock wait, deadlock, definition changed, interrupted
LOCK_WAIT = 1205
WAIT_S_MAX = 30


class Writer(Background):
    """Inserts, updates and deletes on one table until the end of the `with`, whatever happens to the table meanwhile."""

    def __init__(self, source, table="t", seed=1):
        super().__init__()
        self.source, self.table, self.random = source, table, random.Random(seed)

    def __enter__(self):
        super().__enter__()
        self.more(20)
        return self

    def work(self, _):
        with contextlib.closing(self.source.connect()) as connection, connection.cursor() as cursor:
            while self.going.is_set():
                try:
                    self._write(cursor)
                    self.done += 1
                except pymysql.MySQLError as error:
                    if error.args[0] not in GONE:
                        raise
                    time.sleep(0.001)

    def _write(self, cursor):
        pick, t = self.random, f"`{self.table}`"
        kind = pick.random()
        if kind < 0.6:
            cursor.execute(f"INSERT INTO {t} (v, n) VALUES ('{'v' * pick.randint(0, 19)}', {pick.randint(0, 9)}), ('w', 1)")
        elif kind < 0.8:
            cursor.execute(f"UPDATE {t} SET v = 'changed', n = 3 WHERE id % 7 = {pick.randint(0, 6)} ORDER BY id LIMIT 5")
        else:
            cursor.execute(f"DELETE FROM {t} WHERE id % 5 = {pick.randint(0, 4)} ORDER BY id LIMIT 2")


class Change:
    """One change of `table`; `shadow` is the name that the tool gives its new table."""

    def __init__(self, source, table="t", shadow="_t_new", trigger="pt_osc_{db}_t", clauses=CLAUSES):
        self.source, self.table, self.shadow, self.clauses = source, table, shadow, clauses
        self.trigger = trigger.format(db=source.db)

    def name(self, table):
        return f"`{self.source.db}`.`{table}`"

    def sql(self, *statements):
        return self.source.sql(*statements)

    def copy_by_text(self):
        """CREATE TABLE with the base's own text, as pt-online-schema-change and LHM do."""
        text = self.sql(f"SHOW CREATE TABLE {self.table}")[0][1]
        self.sql(text.replace(f"CREATE TABLE `{self.table}`", f"CREATE TABLE {self.name(self.shadow)}", 1))

    def copy_by_like(self, comment=""):
        self.sql(f"create {comment} table {self.name(self.shadow)} like {self.name(self.table)}")

    def alter(self, clauses=None):
        self.sql(f"ALTER TABLE {self.name(self.shadow)} {clauses or self.clauses}")

    def follow(self):
        """Triggers that keep the shadow up to date, and what was there before them."""
        base, shadow = self.name(self.table), self.name(self.shadow)
        new = "NEW.id, NEW.v, NEW.touched"
        self.sql(
            f"CREATE TRIGGER `{self.trigger}_del` AFTER DELETE ON {base} FOR EACH ROW DELETE IGNORE FROM {shadow} WHERE id <=> OLD.id",
            f"CREATE TRIGGER `{self.trigger}_upd` AFTER UPDATE ON {base} FOR EACH ROW REPLACE INTO {shadow} ({COPIED}) VALUES ({new})",
            f"CREATE TRIGGER `{self.trigger}_ins` AFTER INSERT ON {base} FOR EACH ROW REPLACE INTO {shadow} ({COPIED}) VALUES ({new})",
            f"INSERT LOW_PRIORITY IGNORE INTO {shadow} ({COPIED}) SELECT {COPIED} FROM {base} LOCK IN SHARE MODE")

    def unfollow(self):
        self.sql(*(f"DROP TRIGGER IF EXISTS `{self.source.db}`.`{self.trigger}_{kind}`" for kind in ("del", "upd", "ins")))

    def swap(self, old):
        self.sql(f"RENAME TABLE {self.name(self.table)} TO {self.name(old)}, {self.name(self.shadow)} TO {self.name(self.table)}")


def pt_osc(source, writer):
    change = Change(source)
    change.copy_by_text()
    change.alter()
    change.follow()
    writer.more(20)
    change.swap("_t_old")
    change.sql("DROP TABLE IF EXISTS `_t_old`")
    change.unfollow()


def drop_swap(source, writer):
    change = Change(source, shadow="__t_new")
    change.copy_by_text()
    change.alter()
    change.follow()
    writer.more(20)
    change.sql("SET foreign_key_checks = 0", "DROP TABLE t", f"RENAME TABLE {change.name('__t_new')} TO {change.name('t')}")


def two_step(source, writer):
    change = Change(source, shadow="_t_gho")
    change.copy_by_like("/* gh-ost */")
    change.alter()
    change.follow()
    writer.more(20)
    change.sql("ALTER /* gh-ost */ TABLE t RENAME TO _t_del", "ALTER /* gh-ost */ TABLE _t_gho RENAME TO t")
    change.sql("DROP TABLE IF EXISTS `_t_del`")


def lhm(source, writer):
    change = Change(source, shadow="lhmn_t", trigger="lhmt_ins_{db}_t")
    change.copy_by_text()
    first, second = CLAUSES.split(", ")
    change.alter(first)
    change.alter(second)
    change.follow()
    writer.more(20)
    change.swap("lhma_2024_01_02_03_04_05_678_t")
    change.unfollow()


def spirit(source, writer):
    change = Change(source, trigger="pt_osc_{db}_spirit")
    change.sql("CREATE TABLE _t_chkpnt (id INT)")
    change.copy_by_like()
    change.alter()
    change.follow()
    writer.more(20)
    change.swap("_t_old")
    change.sql("DROP TABLE _t_chkpnt", "DROP TABLE _t_old")


def dms(source, writer):
    change = Change(source, shadow="tp_4711_ogt_t")
    change.sql("CREATE TABLE tp_4711_ogl_t (id INT)", "INSERT INTO tp_4711_ogl_t VALUES (1)")
    change.copy_by_like()
    change.alter()
    change.follow()
    writer.more(20)
    change.swap("tp_4711_del_t")
    change.sql("DROP TABLE tp_4711_ogl_t, tp_4711_del_t")


def vitess(source, writer):
    vreplication = "_vt_vrp_6ace8bcef73211ea87e9f875a4d24e90_20200915120410_"
    sentry = "_vt_hld_6ace8bcef73211ea87e9f875a4d24e90_20200915120410_"
    change = Change(source, shadow=vreplication)
    change.copy_by_like()
    change.alter()
    change.follow()
    writer.more(20)
    change.sql(f"CREATE TABLE {sentry} (id INT PRIMARY KEY)", f"DROP TABLE {sentry}")
    change.sql(f"RENAME TABLE t TO {sentry}, {vreplication} TO t, {sentry} TO {vreplication}")
    change.sql(f"DROP TABLE {vreplication}")


def facebook(source, writer):
    change = Change(source, shadow="__osc_new_t", trigger="__osc_ins_{db}_t")
    change.sql("CREATE TABLE __osc_chg_t (id INT)")
    change.copy_by_text()
    change.alter()
    change.follow()
    writer.more(20)
    change.sql("ALTER TABLE t RENAME __osc_old_t", "ALTER TABLE __osc_new_t RENAME t")
    change.sql("DROP TABLE __osc_chg_t", "DROP TABLE __osc_old_t")


class GhOst(Change):
    """With its changelog, and the cut-over by a lock, a waiting RENAME and a sentry."""

    def __init__(self, source, table="t", shadow="_t_gho", log="_t_ghc", old="_t_del"):
        super().__init__(source, table=table, shadow=shadow)
        self.log, self.old = log, old

    def prepare(self):
        for table in (self.shadow, self.old, self.log):
            self.sql(f"drop /* gh-ost */ table if exists {self.name(table)}")
        self.sql(f"create /* gh-ost */ table {self.name(self.log)} (id bigint auto_increment, hint varchar(64) charset ascii not null, "
                 "primary key (id)) comment='gh-ost changelog'")
        self.copy_by_like("/* gh-ost */")
        self.sql(f"alter /* gh-ost */ table {self.name(self.shadow)} {self.clauses}")
        self.beat()

    def beat(self):
        self.sql(f"insert /* gh-ost */ into {self.name(self.log)} (hint) values ('heartbeat')")

    def cut_over(self, fails=False):
        base, shadow, old = map(self.name, (self.table, self.shadow, self.old))
        self.sql(f"create /* gh-ost */ table {old} (id int auto_increment primary key) comment='ghost-cut-over-sentry'")
        rename = threading.Thread(target=self._rename, args=(f"rename /* gh-ost */ table {base} to {old}, {shadow} to {base}", fails))
        with contextlib.closing(self.source.connect()) as locks, locks.cursor() as cursor:
            cursor.execute(f"lock /* gh-ost */ tables {base} write, {old} write")
            cursor.execute(f"select {COPIED} from {base}")
            self.apply(cursor.fetchall())
            self.beat()
            rename.start()
            self._wait_until_it_waits()
            if fails:
                for (thread,) in self._waiting():
                    self.sql(f"KILL QUERY {thread}")
                rename.join()
            cursor.execute(f"drop /* gh-ost */ table if exists {old}")
            if not fails:
                self._wait_until_it_has(shadow)  # and waits for the base alone, before any other
            cursor.execute("unlock tables")
        rename.join()

    def apply(self, rows):
        shadow = self.name(self.shadow)
        with contextlib.closing(self.source.connect()) as connection, connection.cursor() as cursor:
            cursor.execute(f"delete /* gh-ost */ from {shadow}")
            if rows:
                cursor.executemany(f"insert /* gh-ost */ into {shadow} ({COPIED}) values (%s, %s, %s)", rows)

    def _wait_until_it_has(self, table):
        deadline = time.monotonic() + WAIT_S_MAX
        while True:
            assert time.monotonic() < deadline, f"the RENAME does not lock {table}"
            try:
                self.sql("SET lock_wait_timeout = 1", f"SELECT COUNT(*) FROM {table}")
            except pymysql.MySQLError as error:
                if error.args[0] != LOCK_WAIT:
                    raise
                return

    def _rename(self, statement, fails):
        with contextlib.suppress(*((pymysql.MySQLError,) if fails else ())):
            self.sql(statement)

    def _waiting(self):
        return self.source.server.sql("SELECT ID FROM information_schema.PROCESSLIST WHERE INFO LIKE 'rename /* gh-ost */%' "
                                      f"AND DB = '{self.source.db}' AND STATE LIKE 'Waiting for table%'")

    def _wait_until_it_waits(self):
        deadline = time.monotonic() + WAIT_S_MAX
        while not self._waiting():
            assert time.monotonic() < deadline, "the RENAME does not wait"
            time.sleep(0.01)

    def clean(self):
        self.sql(f"drop /* gh-ost */ table if exists {self.name(self.log)}", f"drop /* gh-ost */ table if exists {self.name(self.old)}")


def gh_ost(source, writer):
    change = GhOst(source)
    change.prepare()
    writer.more(20)
    change.cut_over(fails=True)  # it tries again
    writer.more(5)
    change.cut_over()
    change.clean()


def gh_ost_timestamped(source, writer):
    change = GhOst(source, old="_t_20240102030405_del")
    change.prepare()
    writer.more(20)
    change.cut_over()
    change.clean()


CHANGES = [gh_ost, gh_ost_timestamped, pt_osc, drop_swap, two_step, lhm, spirit, dms, vitess, facebook]
