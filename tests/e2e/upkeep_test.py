# SPDX-License-Identifier: Apache-2.0
"""What keeps the data safe: damage that is found, named and gone on beyond; retention; backups; a folder that moves."""

import json
import shutil

import confluent_kafka
import pytest

from tests.support import records
from tests.support.load import TABLES, Load
from tests.support.millrace import Service, wait_for

OPTIONS = ["--schema-scope", "selected"]
# A limit of 8 MiB makes segments of 1 MiB.
SMALL = [*OPTIONS, "--retention-bytes", "8MiB"]
GAP = 1 << 20
ROW = "INSERT INTO t (v) VALUES (REPEAT('x', 100000))"


def config(tmp_path, text):
    path = tmp_path / "millrace.toml"
    path.write_text(text, encoding="ascii")
    return ["--config", str(path)]


def table(source):
    source.sql("CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, v LONGTEXT)")


def everything(task, source, mark):
    source.finish(mark)
    return records.read(task, records.about(source.fin(mark)))


def segments(service, task):
    return sorted((service.data / "tasks" / task.show()["id"] / "dts-avro").glob("*.log"))


def flip(path, at):
    with open(path, "r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 1]))


def commit(task, offset):
    reader = records.consumer(task)
    reader.commit(offsets=[confluent_kafka.TopicPartition(task.topic, 0, offset)], asynchronous=False)
    reader.close()


def next_offset(task):
    """Of the first record that the group gets from where it stands."""
    reader = records.consumer(task)
    reader.subscribe([task.topic])
    try:
        message = wait_for("a record for the group", lambda: reader.poll(0.2), 30)
        assert not message.error(), message.error()
        return message.offset()
    finally:
        reader.close()


def alarms(task):
    return [alarm["alarm"] for alarm in task.show()["alarms"]]


def metric(service, start):
    lines = service.get("/metrics")[1].decode().splitlines()
    return [float(line.rpartition(" ")[2]) for line in lines if line.startswith(start)]


def check_offsets(before, after):
    """No offset was used twice."""
    known = {r.offset: (r.bytes, r.timestamp) for r in before}
    assert all(known.get(r.offset, (r.bytes, r.timestamp)) == (r.bytes, r.timestamp) for r in after)


def test_damage_is_named_and_repaired_without_a_loss_or_an_offset_used_twice(any_source, own_service, tmp_path):
    service = own_service(arguments=config(tmp_path, 'scrub_every = "never"'))
    table(any_source)
    task = service.track(any_source.server, any_source.db, name="mend", options=SMALL)
    any_source.sql(*[ROW] * 35)
    before = everything(task, any_source, "one")
    assert len(segments(service, task)) >= 3
    assert "damaged: 0" in task.verify().out
    end = task.show()["log"]["end_offset"]
    commit(task, end)

    # In the middle of the log, where no start looks.
    victim = segments(service, task)[1]
    flip(victim, victim.read_bytes().index(b"x" * 1000, victim.stat().st_size // 2))
    found = task.verify(check=False)
    assert found.code == 1 and len(found.err.splitlines()) == 1
    assert str(victim) in found.err and " at " in found.err and "CRC-32C" in found.err
    report = json.loads(service.get(f"/api/v1/tasks/{task.show()['id']}/verify", service.token())[1])["report"]
    assert report["damaged"] == 1 and report["damage"][0]["file"] == str(victim)
    assert task.state() == "running" and alarms(task) == ["damage"]
    assert metric(service, 'millrace_task_alarm{task="' + task.show()["id"]) == [0, 0, 0, 1]

    assert "pause" in task.repair("--yes", check=False).err
    task.pause()
    asked = task.repair(check=False)
    assert asked.code == 1 and "read again from the source" in asked.out and "--yes" in asked.err
    assert victim.exists() and task.show()["log"]["leader_epoch"] == 0
    task.repair("--yes", "--reason", "a bad disk")
    assert alarms(task) == []
    task.start()
    task.wait("running")
    after = everything(task, any_source, "two")
    assert records.bodies(after)[:len(before)] == records.bodies(before)
    again = [r for r in after[:len(before)] if r.offset > before[-1].offset]
    assert again and again[0].offset >= end + GAP
    check_offsets(before, after)
    accepted = task.show()["accepted"][-1]
    assert accepted["event"] == "repair" and accepted["reason"].startswith("a bad disk") and str(victim) in accepted["reason"]
    assert task.show()["log"]["leader_epoch"] == 1
    assert next_offset(task) >= end + GAP, "the group stood inside the gap"
    assert "damaged: 0" in task.verify().out

    # At the end of it: the log refuses to open, and the service starts.
    service.terminate()
    victim = segments_of(service)[-1]
    flip(victim, victim.stat().st_size - 1)
    service.start()
    shown = task.wait("failed")
    assert str(victim) in shown["reason"] and shown["log"] is None
    assert str(victim) in task.verify(check=False).err
    task.repair("--yes")
    task.wait("running")
    last = everything(task, any_source, "three")
    assert records.bodies(last)[:len(after)] == records.bodies(after)
    check_offsets(after, last)
    assert task.show()["log"]["leader_epoch"] == 2


def segments_of(service):
    return sorted(service.data.glob("tasks/*/dts-avro/*.log"))


def test_what_lies_behind_the_damage_is_kept_where_a_person_gives_up_the_rest(any_source, own_service):
    service = own_service()
    table(any_source)
    task = service.track(any_source.server, any_source.db, name="behind", options=SMALL)
    any_source.sql(*[ROW] * 25)
    before = everything(task, any_source, "one")
    task.pause()
    victim = segments(service, task)[0]
    flip(victim, 70)
    first = int(segments(service, task)[1].stem)
    task.repair("--yes", "--give-up")
    task.start()
    task.wait("running")
    assert task.show()["log"]["start_offset"] == first
    any_source.finish("two")
    after = records.read(task, records.about(any_source.fin("two")), start=first)
    kept = [r for r in before if r.offset >= first]
    assert records.bodies(after)[:len(kept)] == records.bodies(kept)
    check_offsets(before, after)
    assert task.show()["accepted"][-1]["event"] == "damage"


def test_the_scrub_finds_damage_by_itself(any_source, own_service, tmp_path):
    service = own_service(arguments=config(tmp_path, 'scrub_every = "1s"'))
    table(any_source)
    task = service.track(any_source.server, any_source.db, name="scrub", options=SMALL)
    any_source.sql(*[ROW] * 15)
    everything(task, any_source, "one")
    victim = segments(service, task)[0]
    flip(victim, 70)
    shown = wait_for("the scrub has found it", lambda: "damage" in alarms(task) and task.show())
    assert str(victim) in shown["alarms"][0]["what"] and "millrace task repair" in shown["alarms"][0]["what"]
    assert str(victim) in service.log_text()
    assert shown["state"] == "running"


def test_retention_by_bytes_and_the_alarm_before_it_overtakes_a_group(any_source, own_service):
    service = own_service()
    table(any_source)
    task = service.track(any_source.server, any_source.db, name="bytes", options=[*OPTIONS, "--retention-bytes", "4MiB"])
    any_source.sql(*[ROW] * 5)
    everything(task, any_source, "one")
    commit(task, 1)

    def retention():
        return service.cli("group", "show", task.group_id, "--output", "json").json()["retention"]

    assert not retention()["alarm"] and alarms(task) == []
    any_source.sql(*[ROW] * 30)
    end = everything(task, any_source, "two")[-1].offset
    assert retention()["alarm"] and retention()["used"] >= 0.75 and retention()["lost"] == 0
    assert task.show()["alarms"][0]["group"] == task.group_id and alarms(task) == ["retention"]
    assert "ALARM" in service.cli("group", "show", task.group_id).out and "retention:" in service.cli("task", "show", task.name).out
    assert metric(service, "millrace_group_retention_used_ratio")[0] >= 0.75
    commit(task, end + 1)
    assert alarms(task) == []
    commit(task, 1)
    any_source.sql(*[ROW] * 30)
    any_source.finish("three")
    # Removed with the first commit after a start, else once a minute.
    service.restart()
    task.wait("running")
    shown = wait_for("retention has removed something", lambda: task.show()["log"]["start_offset"] > 1 and task.show())
    assert shown["log"]["bytes"] <= 5 << 20
    assert retention()["lost"] > 0 and retention()["alarm"]
    assert records.read(task, records.about(any_source.fin("three")), start=shown["log"]["start_offset"])


@pytest.fixture
def restored_service():
    running = []

    def make(data, *arguments):
        running.append(Service(data=data, arguments=arguments))
        return running[-1]

    yield make
    for service in running:
        service.close()


def test_a_backup_under_load_goes_on_where_it_is_restored_and_uses_no_offset_twice(any_source, own_service, restored_service, tmp_path):
    service = own_service()
    any_source.sql(*TABLES)
    task = service.track(any_source.server, any_source.db, name="kept", options=OPTIONS)
    copy = tmp_path / "backup"
    with Load(lambda: any_source.connect(autocommit=False)) as load:
        load.more(50)
        said = service.cli("backup", copy).out
        assert "--restored" in said and "key" not in said
        load.more(50)
    assert "not empty" in service.cli("backup", copy, check=False).err
    before = everything(task, any_source, "one")
    cluster = json.loads(service.get("/api/v1/service", service.token())[1])["cluster_id"]
    service.kill9()
    assert not list(copy.glob("backup.unfinished")) and not list(copy.rglob("*.index"))

    restored = restored_service(copy)
    restored.start(wait=False)
    assert restored.process.wait(30) == 1
    assert f"{copy} is a backup of" in restored.log_text() and "--restored" in restored.log_text()
    restored.arguments = ["--restored"]
    restored.start()
    task.service = restored
    task.wait("running")
    after = everything(task, any_source, "two")
    assert records.bodies(after)[:len(before)] == records.bodies(before)
    check_offsets(before, after)
    shown = task.show()
    assert shown["log"]["leader_epoch"] == 1 and after[-1].offset > GAP
    assert json.loads(restored.get("/api/v1/service", restored.token())[1])["cluster_id"] == cluster

    # From now on it is a folder like any other, wherever it is.
    restored.terminate()
    moved = tmp_path / "elsewhere"
    shutil.move(copy, moved)
    restored.data, restored.arguments = moved, []
    restored.start()
    task.wait("running")
    last = everything(task, any_source, "three")
    assert records.bodies(last)[:len(after)] == records.bodies(after) and [r.offset for r in last[:len(after)]] == [r.offset for r in after]
    assert task.show()["log"]["leader_epoch"] == 1


def test_a_group_that_has_read_further_than_the_log_goes_is_not_given_an_offset_twice(any_source, own_service):
    """As when an older copy of a task's folder was put back and control.db was not."""
    service = own_service()
    table(any_source)
    task = service.track(any_source.server, any_source.db, name="older", options=OPTIONS)
    any_source.sql("INSERT INTO t (v) VALUES ('a')")
    everything(task, any_source, "one")
    service.terminate()
    folder = next((service.data / "tasks").iterdir())
    shutil.copytree(folder, service.home / "older")
    service.start()
    task.wait("running")
    any_source.sql("INSERT INTO t (v) VALUES ('b')")
    before = everything(task, any_source, "two")
    commit(task, before[-1].offset + 1)
    service.terminate()
    shutil.rmtree(folder)
    shutil.move(service.home / "older", folder)
    service.start()
    task.wait("running")
    after = everything(task, any_source, "three")
    assert records.bodies(after)[:len(before)] == records.bodies(before)
    check_offsets(before, after)
    assert next_offset(task) > before[-1].offset + GAP
