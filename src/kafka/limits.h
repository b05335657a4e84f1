// SPDX-License-Identifier: Apache-2.0
// Every maximum of the Kafka endpoint (kafka-endpoint spec 4.4, 4.6, 6.1, 6.3), as settings with
// their defaults. What no operator needs to move is a constant.
#pragma once

#include <cstddef>
#include <cstdint>

namespace millrace::kafka {

// Of one request, whatever its frame's size.
inline constexpr size_t kMaxArray = 100'000;
inline constexpr size_t kMaxIdBytes = 255;  // group, member, instance and client IDs
inline constexpr size_t kMaxTopicName = 249;
inline constexpr int kMaxApiVersionsBeforeLogin = 8;

struct Limits {
  // Connections.
  size_t max_connections = 4000;
  size_t connections_for_admins = 4;  // of those, kept free for who may administer
  size_t max_connections_per_ip = 512;
  size_t max_connections_per_principal = 256;
  size_t max_unauthenticated_per_ip = 64;
  int64_t max_connections_per_ip_per_s = 200;
  int64_t login_ms = 10'000;        // from connect to authenticated
  int64_t frame_ms = 30'000;        // from a frame's first byte to its last
  int64_t idle_ms = 600'000;        // without a request
  int64_t no_progress_ms = 60'000;  // a reader that takes none of its answer
  bool spare_loopback = true;       // no limits by address for clients of this machine
  // A failed login is answered that long after it was tried, twice that after the next of the same
  // user from the same address, and so on.
  int64_t login_failure_delay_ms = 100;
  int64_t login_failure_delay_max_ms = 3'000;
  // Then the connection stays for that long, or until the client ends it: some clients that find an
  // answer and the connection's end in one go (kafka-python 3) see only the end.
  int64_t login_failure_linger_ms = 500;
  // Frames.
  size_t max_frame_bytes = 8 << 20;
  size_t max_frame_bytes_before_login = 64 << 10;
  size_t max_queued_bytes = 64 << 10;  // requests that wait behind one that is being answered
  // Fetch.
  int32_t max_fetch_bytes = 60 << 20;
  int32_t max_fetch_wait_ms = 60'000;
  size_t copy_below_bytes = 32 << 10;  // smaller pieces are copied, larger ones go by sendfile
  size_t send_slice_bytes = 1 << 20;   // asked of the kernel at once
  size_t max_fetch_sessions = 1000;
  size_t max_fetch_sessions_per_principal = 64;
  size_t max_fetch_session_partitions = 64;  // an account reads one topic of one partition
  int64_t repeated_error_ms = 100;  // a fetch that gives the same errors again waits for that long
  // Groups.
  int32_t min_session_timeout_ms = 6'000;
  int32_t max_session_timeout_ms = 1'800'000;
  int64_t initial_rebalance_delay_ms = 300;
  int64_t new_member_join_ms = 300'000;
  size_t max_group_members = 250;
  size_t max_member_metadata_bytes = 256 << 10;
  size_t max_group_metadata_bytes = 4 << 20;
  size_t max_offset_metadata_bytes = 4096;
};

}  // namespace millrace::kafka
