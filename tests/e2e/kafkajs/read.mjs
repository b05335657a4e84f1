// SPDX-License-Identifier: Apache-2.0
// Reads COUNT records of a topic in a group with kafkajs and prints offset, timestamp and value (base64) a line;
// commits what it has read. Arguments: BROKER TOPIC GROUP USER PASSWORD COUNT MODULES
import { createRequire } from 'node:module';

const [broker, topic, groupId, username, password, count, modules] = process.argv.slice(2);
const { Kafka, logLevel } = createRequire(modules + '/')('kafkajs');
const kafka = new Kafka({
  brokers: [broker], clientId: 'kafkajs-test', logLevel: logLevel.ERROR, retry: { retries: 3 },
  sasl: { mechanism: 'plain', username, password },
});
const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100 });
let left = Number(count);
let finish;
const finished = new Promise((resolve) => (finish = resolve));
try {
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ message }) => {
      if (left <= 0) return;
      console.log(message.offset, message.timestamp, message.value.toString('base64'));
      left -= 1;
      if (left === 0) {
        await consumer.commitOffsets([{ topic, partition: 0, offset: String(BigInt(message.offset) + 1n) }]);
        finish();
      }
    },
  });
  await finished;
  await consumer.disconnect();
} catch (error) {
  console.error(`${error.name}: ${error.message}`);
  process.exit(1);
}
