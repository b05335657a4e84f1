// SPDX-License-Identifier: Apache-2.0
#include "cmd/millrace/group_record.h"

#include "base/buffer.h"
#include "base/byte_reader.h"

namespace millrace::cmd {
namespace {

constexpr uint8_t kVersion = 1;

void put_text(Buffer& out, std::string_view text) {
  out.le(text.size(), 4);
  out.append(text);
}

std::string take_text(ByteReader& in) {
  const uint32_t size = in.u32();
  return std::string(as_text(in.bytes(size)));
}

}  // namespace

std::string encode_group(const kafka::GroupRecord& group) {
  Buffer out;
  out.put(kVersion);
  for (const std::string* text : {&group.protocol_type, &group.protocol, &group.leader}) {
    put_text(out, *text);
  }
  out.le(static_cast<uint32_t>(group.generation), 4);
  out.le(static_cast<uint64_t>(group.state_since_ms), 8);
  out.le(group.members.size(), 4);
  for (const kafka::MemberRecord& member : group.members) {
    for (const std::string* text :
         {&member.id, &member.instance_id, &member.client_id, &member.host}) {
      put_text(out, *text);
    }
    out.le(static_cast<uint32_t>(member.session_timeout_ms), 4);
    out.le(static_cast<uint32_t>(member.rebalance_timeout_ms), 4);
    put_text(out, member.metadata);
    put_text(out, member.assignment);
  }
  return std::string(as_text(out.view()));
}

Result<kafka::GroupRecord> decode_group(const std::string& id, std::string_view bytes) {
  ByteReader in(as_bytes(bytes));
  kafka::GroupRecord group;
  group.id = id;
  const uint8_t version = in.u8();
  group.protocol_type = take_text(in);
  group.protocol = take_text(in);
  group.leader = take_text(in);
  group.generation = static_cast<int32_t>(in.u32());
  group.state_since_ms = static_cast<int64_t>(in.u64());
  const uint32_t members = in.u32();
  // A member is larger than one byte: a count beyond what is left ends the loop by failing.
  for (uint32_t i = 0; i < members && in.ok(); ++i) {
    kafka::MemberRecord member;
    member.id = take_text(in);
    member.instance_id = take_text(in);
    member.client_id = take_text(in);
    member.host = take_text(in);
    member.session_timeout_ms = static_cast<int32_t>(in.u32());
    member.rebalance_timeout_ms = static_cast<int32_t>(in.u32());
    member.metadata = take_text(in);
    member.assignment = take_text(in);
    group.members.push_back(std::move(member));
  }
  if (!in.ok()) return Error{Errc::kTruncated, "control.db: the record of group " + id + " is cut"};
  if (version != kVersion || in.left() != 0) {
    return Error{Errc::kCorrupt, "control.db: the record of group " + id + " is not of our making"};
  }
  return group;
}

}  // namespace millrace::cmd
