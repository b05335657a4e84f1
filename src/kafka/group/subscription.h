// SPDX-License-Identifier: Apache-2.0
// The two blobs that consumers put inside JoinGroup and SyncGroup. The coordinator passes them on
// unread; these readers exist to show who reads what. A blob that does not parse is "unknown",
// never an error: other kinds of group put other content there.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/group/view.h"

namespace millrace::kafka {

// Subscription, versions 0 to 3: version i16, topics [str], then what we do not need.
std::optional<std::vector<std::string>> subscribed_topics(std::string_view blob);
// Assignment, versions 0 to 3: version i16, [(topic str, partitions [i32])], user data.
std::optional<std::vector<MemberView::Partition>> assigned_partitions(std::string_view blob);

}  // namespace millrace::kafka
