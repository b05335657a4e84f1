# SPDX-License-Identifier: Apache-2.0
"""Seeking by time, in milliseconds and in seconds, and what stands at the ends of a topic."""

import time

import confluent_kafka
import pytest

from tests.support import records

OFFSET_END = confluent_kafka.OFFSET_END


@pytest.fixture(scope="module")
def task(servers, shared_service):
    server = servers("mysql-9")
    server.sql("DROP DATABASE IF EXISTS offsets", "CREATE DATABASE offsets", "CREATE TABLE offsets.t (id INT PRIMARY KEY)")
    made = shared_service.track(server, "offsets", name="offsets", options=["--schema-scope", "selected"])
    for n in range(3):
        server.sql(f"INSERT INTO offsets.t VALUES ({n})")
        # Records of another second, by the server's own clock.
        second = server.value("SELECT UNIX_TIMESTAMP()")
        while server.value("SELECT UNIX_TIMESTAMP()") == second:
            time.sleep(0.02)
    made.wanted = records.read(made, 9, heartbeats=True)
    made.reader = records.consumer(made)
    return made


def look_up(task, timestamp):
    """The offset that ListOffsets answers for a time."""
    place = confluent_kafka.TopicPartition(task.topic, 0, timestamp)
    return task.reader.offsets_for_times([place], timeout=20)[0].offset


def test_a_time_in_milliseconds_finds_the_first_record_at_or_after_it(task):
    for record in task.wanted:
        first = next(r.offset for r in task.wanted if r.timestamp >= record.timestamp)
        assert look_up(task, record.timestamp) == first


def test_a_time_in_seconds_finds_the_first_record_of_that_second(task):
    for record in task.wanted:
        second = record.timestamp // 1000
        assert look_up(task, second) == next(r.offset for r in task.wanted if r.timestamp // 1000 >= second)


def test_a_time_before_everything_finds_the_first_record(task):
    assert look_up(task, 1_000_000_000) == task.wanted[0].offset
    assert look_up(task, 1_000_000_000_000) == task.wanted[0].offset


def test_a_time_in_the_future_finds_nothing(task):
    assert look_up(task, int(time.time() * 1000) + 3_600_000) == OFFSET_END


def test_the_ends_of_a_topic(task):
    low, high = task.reader.get_watermark_offsets(confluent_kafka.TopicPartition(task.topic, 0), timeout=20)
    assert low == task.wanted[0].offset and high > task.wanted[-1].offset


def test_an_offset_past_the_end_is_out_of_range(task):
    reader = records.consumer(task)
    reader.assign([confluent_kafka.TopicPartition(task.topic, 0, 10_000_000)])
    for _ in range(100):
        message = reader.poll(0.2)
        if message is not None and message.error():
            assert message.error().code() in {confluent_kafka.KafkaError._AUTO_OFFSET_RESET, confluent_kafka.KafkaError.OFFSET_OUT_OF_RANGE}
            break
    else:
        raise AssertionError("no error for an offset past the end")
    reader.close()


def test_a_group_without_a_position_has_none(task):
    mine = type(task)(task.service, task.name)
    mine.group("fresh")
    reader = records.consumer(mine)
    place = confluent_kafka.TopicPartition(task.topic, 0)
    assert reader.committed([place], timeout=20)[0].offset == confluent_kafka.OFFSET_INVALID
    reader.close()


def test_commits_may_go_back_and_keep_their_text(task):
    mine = type(task)(task.service, task.name)
    mine.group("back")
    reader = records.consumer(mine)
    for offset in (5, 2, 2):
        reader.commit(offsets=[confluent_kafka.TopicPartition(task.topic, 0, offset)], asynchronous=False)
        assert reader.committed([confluent_kafka.TopicPartition(task.topic, 0)], timeout=20)[0].offset == offset
    reader.close()
