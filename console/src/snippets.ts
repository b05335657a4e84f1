// SPDX-License-Identifier: Apache-2.0
// What to run to read a task's records, by language. The password comes from MILLRACE_PASSWORD, never from here.

export interface Connection {
  bootstrap: string;
  security: string; // "SASL_PLAINTEXT" ...
  topic: string;
  group: string;
  user: string;
  schema: string; // the address of the record's Avro schema
}

export interface Snippet {
  language: string;
  needs: string;
  text: string;
}

export function snippets(c: Connection): Snippet[] {
  const tls = c.security.endsWith('SSL');
  return [
    {
      language: 'kcat',
      needs: 'apt install kcat. Prints the offset, the time and the size of each record.',
      text: `kcat -b ${c.bootstrap} -X security.protocol=${c.security} -X sasl.mechanism=PLAIN \\
     -X sasl.username=${c.user} -X sasl.password="$MILLRACE_PASSWORD" \\
     -X auto.offset.reset=earliest -u -f '%o %T %S bytes\\n' -G ${c.group} ${c.topic}`,
    },
    {
      language: 'Python',
      needs: 'pip install kafka-python avro, or apt install python3-kafka python3-avro',
      text: `import io, os, urllib.request
import avro.io, avro.schema
from kafka import KafkaConsumer

schema = urllib.request.urlopen("${c.schema}").read().decode()
reader = avro.io.DatumReader(avro.schema.parse(schema).schemas[-1])

consumer = KafkaConsumer(
    "${c.topic}", bootstrap_servers="${c.bootstrap}", group_id="${c.group}", auto_offset_reset="earliest",
    security_protocol="${c.security}", sasl_mechanism="PLAIN",
    sasl_plain_username="${c.user}", sasl_plain_password=os.environ["MILLRACE_PASSWORD"])
for message in consumer:
    record = reader.read(avro.io.BinaryDecoder(io.BytesIO(message.value)))
    print(message.offset, record["operation"], record["objectName"], record["afterImages"] or record["beforeImages"])
`,
    },
    {
      language: 'Node',
      needs: 'Node 18 or later, npm install kafkajs avsc; as read.mjs',
      text: `import avro from 'avsc';
import kafkajs from 'kafkajs';

const schema = await (await fetch('${c.schema}')).json();
const type = avro.Type.forSchema(schema).types.at(-1);
const kafka = new kafkajs.Kafka({
  brokers: ['${c.bootstrap}'],${tls ? '\n  ssl: true,' : ''}
  sasl: { mechanism: 'plain', username: '${c.user}', password: process.env.MILLRACE_PASSWORD },
});
const consumer = kafka.consumer({ groupId: '${c.group}' });
await consumer.connect();
await consumer.subscribe({ topic: '${c.topic}', fromBeginning: true });
await consumer.run({
  eachMessage: async ({ message }) => {
    const record = type.fromBuffer(message.value);
    console.log(message.offset, record.operation, record.objectName, record.afterImages ?? record.beforeImages);
  },
});
`,
    },
    {
      language: 'Java',
      needs: 'client.properties for the Kafka client; put the password in place of the variable',
      text: `bootstrap.servers=${c.bootstrap}
group.id=${c.group}
auto.offset.reset=earliest
security.protocol=${c.security}
sasl.mechanism=PLAIN
sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="${c.user}" password="$MILLRACE_PASSWORD";
key.deserializer=org.apache.kafka.common.serialization.ByteArrayDeserializer
value.deserializer=org.apache.kafka.common.serialization.ByteArrayDeserializer
`,
    },
    {
      language: 'Go',
      needs: 'go get github.com/twmb/franz-go/pkg/kgo; prints the offset and the size of each record',
      text: `package main

import (
	"context"
${tls ? '\t"crypto/tls"\n' : ''}	"fmt"
	"log"
	"os"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"
)

func main() {
	client, err := kgo.NewClient(
		kgo.SeedBrokers("${c.bootstrap}"),${tls ? '\n\t\tkgo.DialTLSConfig(&tls.Config{}),' : ''}
		kgo.SASL(plain.Auth{User: "${c.user}", Pass: os.Getenv("MILLRACE_PASSWORD")}.AsMechanism()),
		kgo.ConsumerGroup("${c.group}"),
		kgo.ConsumeTopics("${c.topic}"),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		log.Fatal(err)
	}
	for {
		fetches := client.PollFetches(context.Background())
		if err := fetches.Err(); err != nil {
			log.Fatal(err)
		}
		fetches.EachRecord(func(record *kgo.Record) { fmt.Println(record.Offset, len(record.Value)) })
	}
}
`,
    },
  ];
}
