// SPDX-License-Identifier: Apache-2.0
// The official client; its words are in ../../../../README.md.
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthenticationException;

public class Client {
  public static void main(String[] args) {
    String topic = args[1];
    Properties settings = new Properties();
    settings.put("bootstrap.servers", args[0]);
    settings.put("group.id", args[2]);
    settings.put("security.protocol", "SASL_PLAINTEXT");
    settings.put("sasl.mechanism", "PLAIN");
    settings.put("sasl.jaas.config",
        "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"" + args[3] + "\" password=\""
            + args[4] + "\";");
    settings.put("enable.auto.commit", "false");
    settings.put("auto.offset.reset", "earliest");
    String bytes = "org.apache.kafka.common.serialization.ByteArrayDeserializer";
    settings.put("key.deserializer", bytes);
    settings.put("value.deserializer", bytes);
    TopicPartition partition = new TopicPartition(topic, 0);
    try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings)) {
      long number = Long.parseLong(args[6]);
      switch (args[5]) {
        case "assign":
          consumer.assign(List.of(partition));
          consumer.seekToBeginning(List.of(partition));
          read(consumer, number);
          break;
        case "subscribe":
          consumer.subscribe(List.of(topic));
          long next = read(consumer, number);
          consumer.commitSync(Map.of(partition, new OffsetAndMetadata(next, "1700000000")));
          if (!"1700000000".equals(consumer.committed(java.util.Set.of(partition)).get(partition).metadata())) {
            throw new IllegalStateException("the metadata of the commit did not come back");
          }
          break;
        default:
          OffsetAndTimestamp found = consumer.offsetsForTimes(Map.of(partition, number)).get(partition);
          System.out.println(found == null ? "none" : found.offset() + " " + found.timestamp());
      }
    } catch (AuthenticationException refused) {
      System.err.println(refused.getMessage());
      System.exit(3);
    }
  }

  private static long read(KafkaConsumer<byte[], byte[]> consumer, long count) {
    long next = 0;
    long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (count > 0 && System.nanoTime() < deadline) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
        if (count == 0) {
          break;
        }
        System.out.println(
            record.offset() + " " + record.timestamp() + " " + Base64.getEncoder().encodeToString(record.value()));
        next = record.offset() + 1;
        count--;
      }
    }
    return next;
  }
}
