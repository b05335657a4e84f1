// SPDX-License-Identifier: Apache-2.0
// What others may do to the consumer groups and to those who use them.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace millrace::kafka {

// Any thread may call, except the endpoint's own; a call returns when it has taken effect and is
// durable.
class GroupCommands {
 public:
  virtual ~GroupCommands() = default;
  // Forgets members, generation and committed offsets. kRefused while members are active, unless
  // `even_if_active`: then their next request is answered UNKNOWN_MEMBER_ID. A group that is not
  // known is no error.
  virtual Status delete_group(const std::string& group, bool even_if_active) = 0;
  // Sets the committed offset. kRefused while members are active.
  virtual Status reset_offset(const std::string& group, const std::string& topic, int64_t offset,
                              const std::string& metadata) = 0;
  // Takes the committed offset away, so that the group is without a position. kRefused while
  // members are active.
  virtual Status clear_offset(const std::string& group, const std::string& topic) = 0;
  // Drops a deleted topic's offsets from every group and answers the fetches that wait for it.
  virtual Status forget_topic(const std::string& topic) = 0;
  // Closes the connections that logged in as `principal` (Principal::name), parked ones too: its
  // password or its rights changed.
  virtual void disconnect(const std::string& principal) = 0;
  // Closes the connections of all principals of this group.
  virtual void disconnect_group(const std::string& group) = 0;
};

}  // namespace millrace::kafka
