// SPDX-License-Identifier: Apache-2.0

// The franz-go client; its words are in ../README.md.
package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl/plain"
)

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	if strings.Contains(err.Error(), kerr.SaslAuthenticationFailed.Message) {
		os.Exit(3)
	}
	os.Exit(1)
}

func main() {
	broker, topic, group, user, password, mode := os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5], os.Args[6]
	number, err := strconv.ParseInt(os.Args[7], 10, 64)
	if err != nil {
		fail(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	options := []kgo.Opt{
		kgo.SeedBrokers(broker),
		kgo.SASL(plain.Auth{User: user, Pass: password}.AsMechanism()),
		kgo.FetchMaxWait(100 * time.Millisecond),
	}
	switch mode {
	case "assign":
		start := map[string]map[int32]kgo.Offset{topic: {0: kgo.NewOffset().AtStart()}}
		options = append(options, kgo.ConsumePartitions(start))
	case "subscribe":
		options = append(options, kgo.ConsumerGroup(group), kgo.ConsumeTopics(topic), kgo.DisableAutoCommit(),
			kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	}
	client, err := kgo.NewClient(options...)
	if err != nil {
		fail(err)
	}
	defer client.Close()
	if err := client.Ping(ctx); err != nil {
		fail(err)
	}
	if mode == "time" {
		lookUp(ctx, client, topic, number)
		return
	}
	var last *kgo.Record
	for number > 0 {
		fetches := client.PollFetches(ctx)
		if errs := fetches.Errors(); len(errs) > 0 {
			fail(errs[0].Err)
		}
		fetches.EachRecord(func(record *kgo.Record) {
			if number > 0 {
				value := base64.StdEncoding.EncodeToString(record.Value)
				fmt.Println(record.Offset, record.Timestamp.UnixMilli(), value)
				last = record
				number--
			}
		})
	}
	if mode == "subscribe" {
		if err := client.CommitRecords(ctx, last); err != nil {
			fail(err)
		}
	}
}

func lookUp(ctx context.Context, client *kgo.Client, topic string, millis int64) {
	request := kmsg.NewPtrListOffsetsRequest()
	request.ReplicaID = -1
	wanted := kmsg.NewListOffsetsRequestTopic()
	wanted.Topic = topic
	partition := kmsg.NewListOffsetsRequestTopicPartition()
	partition.Timestamp = millis
	partition.CurrentLeaderEpoch = -1
	wanted.Partitions = append(wanted.Partitions, partition)
	request.Topics = append(request.Topics, wanted)
	answer, err := request.RequestWith(ctx, client)
	if err != nil {
		fail(err)
	}
	found := answer.Topics[0].Partitions[0]
	if err := kerr.ErrorForCode(found.ErrorCode); err != nil {
		fail(err)
	}
	if found.Offset < 0 {
		fmt.Println("none")
		return
	}
	fmt.Println(found.Offset, found.Timestamp)
}
