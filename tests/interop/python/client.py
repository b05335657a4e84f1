# SPDX-License-Identifier: Apache-2.0
"""kafka-python; its words are in ../README.md."""

import base64
import logging
import sys

import kafka
import kafka.errors


def main(broker, topic, group, user, password, mode, number):
    place = kafka.TopicPartition(topic, 0)
    reader = kafka.KafkaConsumer(
        bootstrap_servers=broker, group_id=group, security_protocol="SASL_PLAINTEXT", sasl_mechanism="PLAIN",
        sasl_plain_username=user, sasl_plain_password=password, auto_offset_reset="earliest", enable_auto_commit=False,
    )
    number = int(number)
    if mode == "time":
        found = reader.offsets_for_times({place: number})[place]
        print("none" if found is None else f"{found.offset} {found.timestamp}")
        return
    if mode == "assign":
        reader.assign([place])
        reader.seek_to_beginning(place)
    else:
        reader.subscribe([topic])
    message = None
    for message in reader:
        print(message.offset, message.timestamp, base64.b64encode(message.value).decode())
        number -= 1
        if number == 0:
            break
    if mode == "subscribe":
        reader.commit({place: kafka.structs.OffsetAndMetadata(message.offset + 1, "1700000000", -1)})
    reader.close()


class Refusals(logging.Handler):
    """From 3.0 on the client only logs why a log-in failed, and tries again until it times out."""

    seen = False

    def emit(self, record):
        error = kafka.errors.SaslAuthenticationFailedError
        self.seen = self.seen or error.__name__ in record.getMessage() or any(isinstance(a, error) for a in record.args or ())


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    refusals = Refusals()
    logging.getLogger("kafka").addHandler(refusals)
    try:
        main(*sys.argv[1:])
    except kafka.errors.SaslAuthenticationFailedError as error:
        print(error, file=sys.stderr)
        sys.exit(3)
    except kafka.errors.KafkaTimeoutError as error:
        print(error, file=sys.stderr)
        sys.exit(3 if refusals.seen else 1)
