// SPDX-License-Identifier: Apache-2.0
// One row image, from its bytes in the event to its items in the record, in one pass: the hottest
// loop of all. Nothing is allocated for a value, except for JSON and compressed ones whose text's
// length is not known before.
#pragma once

#include "base/buffer.h"
#include "base/result.h"
#include "format/dts_avro/plan.h"

namespace millrace::format::dts_avro {

// Where the next byte goes in a Buffer's reserved room.
// Invariant: from `at` on there is room for what is left of the plan's bound. Whatever a value adds
// to the bound (contents that are copied) is asked for with `need` before it is written.
class Cursor {
 public:
  Cursor(Buffer& out, size_t bound) : out_(out), bound_(bound) { grow(0); }
  void need(size_t extra) {
    if (static_cast<size_t>(limit_ - at) < extra + bound_) grow(extra);
  }
  void finish() { out_.commit(static_cast<size_t>(at - begin_)); }

  std::byte* at = nullptr;

 private:
  void grow(size_t extra) {
    finish();
    begin_ = at = out_.reserve(extra + bound_);
    limit_ = at + (out_.capacity() - out_.size());
  }
  Buffer& out_;
  size_t bound_;
  std::byte* begin_ = nullptr;
  std::byte* limit_ = nullptr;
};

class ImageWriter {
 public:
  // Reads one image from `in` and moves it to the image's end.
  Status write(const Plan& plan, const ImagePlan& image, Bytes& in, Cursor& out);

 private:
  enum class Outcome : uint8_t { kOk, kTruncated, kCorrupt, kMismatch, kDetailed };
  Outcome items(const ImagePlan& image, const std::byte*& in, const std::byte* end, Cursor& out);
  Outcome item(const Op& op, const std::byte*& in, const std::byte* end, Cursor& out);
  Outcome fixed(const Op& op, const std::byte* in, Cursor& out);
  Outcome contents(const Op& op, Bytes value, Cursor& out);
  Outcome scratch_value(Status made, Cursor& out);
  Error explain(const Plan& plan, Outcome outcome);

  Buffer scratch_;
  Error detail_{};
  uint16_t failed_column_ = 0;
};

}  // namespace millrace::format::dts_avro
