# SPDX-License-Identifier: Apache-2.0
"""A primary and a replica of it."""

import contextlib

from tests.servers import Server
from tests.servers.server import REPLICATION_PASSWORD, REPLICATION_USER

from .millrace import wait_for


def options(name):
    """What a server needs to be either of the two."""
    if name.startswith("mysql"):
        return ["--log-replica-updates" if name == "mysql-9" else "--log-slave-updates", "--sync-binlog=1",
                "--innodb-flush-log-at-trx-commit=1"]
    return ["--log-slave-updates", "--gtid-strict-mode=ON", "--sync-binlog=1", "--innodb-flush-log-at-trx-commit=1"]


class Pair:
    """Two running servers; the second follows the first by GTID, and writes what it gets to its own log."""

    def __init__(self, name):
        more = {"gtid": True} if name.startswith("mysql") else {}
        self.name = name
        self.primary = Server(name, options=options(name), **more).start()
        self.replica = Server(name, options=options(name), **more).start()
        self.follow()

    def follow(self):
        port = self.primary.port
        if self.name.startswith("mysql"):
            self.replica.sql(f"CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT={port}, SOURCE_USER='{REPLICATION_USER}', "
                             f"SOURCE_PASSWORD='{REPLICATION_PASSWORD}', SOURCE_AUTO_POSITION=1, GET_SOURCE_PUBLIC_KEY=1",
                             "START REPLICA")
        else:
            self.replica.sql(f"CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={port}, MASTER_USER='{REPLICATION_USER}', "
                             f"MASTER_PASSWORD='{REPLICATION_PASSWORD}', MASTER_USE_GTID=slave_pos", "START SLAVE")

    def gtids(self, server):
        return server.value("SELECT @@GLOBAL.gtid_executed" if self.name.startswith("mysql") else "SELECT @@GLOBAL.gtid_binlog_pos")

    def catch_up(self):
        """Waits until the replica has all that the primary has."""
        wait_for("the replica has caught up", lambda: self.gtids(self.replica) == self.gtids(self.primary))

    def stop_following(self):
        self.replica.sql("STOP REPLICA" if self.name.startswith("mysql") else "STOP SLAVE")

    def promote(self):
        """Waits until what was received is applied, then makes the replica a server of its own."""
        if self.name.startswith("mysql"):
            self.replica.sql("STOP REPLICA IO_THREAD")
            received = self.replication_status("Retrieved_Gtid_Set")
            assert not received or self.replica.value(f"SELECT WAIT_FOR_EXECUTED_GTID_SET('{received}', 30)") == 0
            self.replica.sql("STOP REPLICA", "RESET REPLICA ALL")
        else:
            self.replica.sql("STOP SLAVE IO_THREAD")
            wait_for("the relay log is applied", lambda: self.replica.value("SELECT @@GLOBAL.gtid_slave_pos") ==
                     self.replication_status("Gtid_IO_Pos"))
            self.replica.sql("STOP SLAVE", "RESET SLAVE ALL")

    def replication_status(self, column):
        with contextlib.closing(self.replica.connect()) as connection, connection.cursor() as cursor:
            cursor.execute("SHOW REPLICA STATUS" if self.name.startswith("mysql") else "SHOW ALL SLAVES STATUS")
            names = [described[0] for described in cursor.description]
            return cursor.fetchone()[names.index(column)].replace("\n", "")

    def close(self):
        self.primary.close()
        self.replica.close()
