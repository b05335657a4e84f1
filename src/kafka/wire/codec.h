// SPDX-License-Identifier: Apache-2.0
// One decoder and one encoder for all Kafka messages, driven by their `fields` (types.h).
//
// The reader trusts no number: every length is compared with the bytes that are left, every array
// with its elements' smallest size, and all arrays of a request together draw on one budget. It
// fails for good at the first fault; a caller decodes and asks ok() once.
#pragma once

#include <concepts>
#include <type_traits>

#include "base/buffer.h"
#include "base/byte_reader.h"
#include "base/check.h"
#include "base/varint.h"
#include "kafka/limits.h"
#include "kafka/wire/types.h"

namespace millrace::kafka {

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = true;

inline constexpr size_t kMaxString = 32767;

// The least that a value takes on the wire.
class MinSize {
 public:
  MinSize(int16_t version, bool flexible) : version_(version), flexible_(flexible) {}
  template <class T>
  size_t of() {
    if constexpr (std::is_integral_v<T>) {
      return sizeof(T);
    } else if constexpr (std::is_same_v<T, Uuid>) {
      return 16;
    } else if constexpr (std::is_same_v<T, std::string>) {
      return flexible_ ? 1 : 2;
    } else if constexpr (is_vector<T> || std::is_same_v<T, Blob> || std::is_same_v<T, Records>) {
      return flexible_ ? 1 : 4;
    } else if constexpr (is_optional<T>) {
      return of<typename T::value_type>();
    } else {
      MinSize inner(version_, flexible_);
      const T sample{};
      T::fields(sample, inner);
      return inner.sum_ + (flexible_ ? 1 : 0);
    }
  }
  template <class T>
  void operator()(const T&, Versions in = kAll, Versions = kAll) {
    if (in.holds(version_)) sum_ += of<T>();
  }
  template <class T>
  void tag(uint32_t, const T&, Versions) {}

 private:
  int16_t version_;
  bool flexible_;
  size_t sum_ = 0;
};

class Reader {
 public:
  Reader(Bytes frame, int16_t version, bool flexible)
      : in_(frame),
        version_(version),
        flexible_(flexible),
        budget_(16 * frame.size() + (64 << 10)) {}

  bool ok() const { return in_.ok(); }
  ByteReader& bytes_left() { return in_; }

  // A whole message: its fields and, in flexible versions, its tags.
  template <class T>
  void message(T& value) {
    read(value);
  }

  template <class T>
  void operator()(T& value, Versions in = kAll, Versions nullable = kAll) {
    if (wanted_tag_ >= 0 || !in.holds(version_)) return;
    if constexpr (is_optional<T>) {
      read_nullable(value, nullable.holds(version_));
    } else {
      read(value);
    }
  }
  template <class T>
  void tag(uint32_t number, T& value, Versions in) {
    if (wanted_tag_ != static_cast<int64_t>(number) || !in.holds(version_)) return;
    wanted_tag_ = -1;
    if constexpr (is_optional<T>) {
      read_nullable(value, true);
    } else {
      read(value);
    }
    wanted_tag_ = number;
    matched_ = true;
  }

  // A tag section whose content nobody asks for.
  void skip_tags() {
    struct Nothing {
      static void fields(Nothing&, Reader&) {}
    } nothing;
    read_tags(nothing);
  }

 private:
  static constexpr size_t kNull = SIZE_MAX;

  template <class T>
  void read(T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      value = in_.u8() != 0;
    } else if constexpr (std::is_integral_v<T>) {
      value = static_cast<T>(in_.be(sizeof(T)));
    } else if constexpr (std::is_same_v<T, Uuid>) {
      const Bytes bytes = in_.bytes(16);
      if (ok()) std::copy(bytes.begin(), bytes.end(), value.begin());
    } else if constexpr (std::is_same_v<T, std::string>) {
      content(value, length(2));
    } else if constexpr (std::is_same_v<T, Blob> || std::is_same_v<T, Records> || is_vector<T>) {
      content(value, length(4));
    } else {
      T::fields(value, *this);
      if (flexible_) read_tags(value);
    }
  }

  template <class T>
  void read_nullable(std::optional<T>& value, bool nullable) {
    const size_t size = length(std::is_same_v<T, std::string> ? 2 : 4);
    value.reset();
    if (!ok()) return;
    if (size == kNull) {
      if (!nullable) in_.fail();
      return;
    }
    content(value.emplace(), size);
  }

  // A length or a count; kNull for null. Fails on anything else below zero.
  size_t length(size_t width) {
    if (flexible_) {
      const uint64_t plus_one = read_uvarint(in_, 5);
      if (plus_one > (1ULL << 31)) in_.fail();
      return plus_one == 0 ? kNull : static_cast<size_t>(plus_one - 1);
    }
    const uint64_t raw = in_.be(width);
    const int64_t size = width == 2 ? static_cast<int16_t>(raw) : static_cast<int32_t>(raw);
    if (size < -1) in_.fail();
    return size == -1 ? kNull : static_cast<size_t>(size);
  }

  void content(std::string& value, size_t size) {
    if (size > kMaxString) in_.fail();
    value = in_.text(size);
  }
  void content(Blob& value, size_t size) { value.data = in_.text(size); }
  void content(Records& value, size_t size) { value.bytes = in_.bytes(size); }
  template <class T>
  void content(std::vector<T>& value, size_t count) {
    value.clear();
    if (!ok() || count > kMaxArray || !charge<T>(count)) {
      in_.fail();
      return;
    }
    value.resize(count);
    for (T& element : value) {
      read(element);
      if (!ok()) return;
    }
  }

  template <class T>
  bool charge(size_t count) {
    if (count * MinSize(version_, flexible_).of<T>() > in_.left()) return false;
    elements_ += count;
    const size_t cost = count * sizeof(T);
    if (elements_ > kMaxArray || cost > budget_) return false;
    budget_ -= cost;
    return true;
  }

  template <class T>
  void read_tags(T& value) {
    const uint64_t count = read_uvarint(in_, 5);
    if (count > in_.left()) in_.fail();
    int64_t last = -1;
    for (uint64_t i = 0; i < count && ok(); ++i) {
      const auto number = static_cast<int64_t>(read_uvarint(in_, 5));
      const uint64_t size = read_uvarint(in_, 5);
      if (number <= last || size > in_.left()) in_.fail();
      last = number;
      if (ok()) read_tag(value, number, in_.bytes(size));
    }
  }

  template <class T>
  void read_tag(T& value, int64_t number, Bytes payload) {
    const ByteReader rest = in_;
    in_ = ByteReader(payload);
    wanted_tag_ = number;
    matched_ = false;
    T::fields(value, *this);
    const bool bad = !in_.ok() || (matched_ && !in_.at_end());
    wanted_tag_ = -1;
    in_ = rest;
    if (bad) in_.fail();
  }

  ByteReader in_;
  int16_t version_;
  bool flexible_;
  size_t budget_;
  size_t elements_ = 0;
  int64_t wanted_tag_ = -1;  // the tag whose payload is being read, -1 outside
  bool matched_ = false;
};

// Where `size` bytes that the buffer does not hold belong: before the byte at `at`.
struct Splice {
  size_t at = 0;
  size_t size = 0;
};

class Writer {
 public:
  Writer(Buffer& out, int16_t version, bool flexible)
      : out_(out), version_(version), flexible_(flexible) {}

  template <class T>
  void message(const T& value) {
    write(value);
  }
  const std::vector<Splice>& splices() const { return splices_; }

  template <class T>
  void operator()(const T& value, Versions in = kAll, Versions nullable = kAll) {
    if (pass_ != Pass::kFields || !in.holds(version_)) return;
    if constexpr (is_optional<T>) {
      write_nullable(value, nullable.holds(version_));
    } else {
      write(value);
    }
  }
  template <class T>
  void tag(uint32_t number, const T& value, Versions in) {
    if (pass_ == Pass::kFields || !in.holds(version_) || value == T{}) return;
    if (pass_ == Pass::kCountTags) {
      ++tags_;
      return;
    }
    Buffer payload;
    Writer inner(payload, version_, flexible_);
    inner(value);
    uvarint(number);
    uvarint(payload.size());
    out_.append(payload.view());
  }

 private:
  enum class Pass : uint8_t { kFields, kCountTags, kWriteTags };

  template <class T>
  void write(const T& value) {
    if constexpr (std::is_integral_v<T>) {
      out_.be(static_cast<uint64_t>(value), sizeof(T));
    } else if constexpr (std::is_same_v<T, Uuid>) {
      out_.append(Bytes(value));
    } else if constexpr (std::is_same_v<T, std::string>) {
      CHECK(value.size() <= kMaxString, value.size());
      length(value.size(), 2);
      out_.append(value);
    } else if constexpr (std::is_same_v<T, Blob>) {
      length(value.data.size(), 4);
      out_.append(value.data);
    } else if constexpr (std::is_same_v<T, Records>) {
      length(value.bytes.size() + value.external, 4);
      out_.append(value.bytes);
      if (value.external > 0) splices_.push_back({out_.size(), value.external});
    } else if constexpr (is_vector<T>) {
      length(value.size(), 4);
      for (const auto& element : value) write(element);
    } else {
      T::fields(value, *this);
      if (flexible_) write_tags(value);
    }
  }

  template <class T>
  void write_nullable(const std::optional<T>& value, bool nullable) {
    if (value) {
      write(*value);
    } else if (!nullable) {
      write(T{});
    } else if (flexible_) {
      out_.put(0);
    } else {
      out_.be(~uint64_t{0}, std::is_same_v<T, std::string> ? 2 : 4);
    }
  }

  template <class T>
  void write_tags(const T& value) {
    const uint32_t outer = tags_;
    tags_ = 0;
    pass_ = Pass::kCountTags;
    T::fields(value, *this);
    uvarint(tags_);
    pass_ = Pass::kWriteTags;
    T::fields(value, *this);
    pass_ = Pass::kFields;
    tags_ = outer;
  }

  void uvarint(uint64_t value) {
    std::byte* begin = out_.reserve(kMaxVarint);
    out_.commit(static_cast<size_t>(write_uvarint(begin, value) - begin));
  }
  void length(size_t size, size_t width) {
    if (flexible_) {
      uvarint(size + 1);
    } else {
      out_.be(size, width);
    }
  }

  Buffer& out_;
  int16_t version_;
  bool flexible_;
  Pass pass_ = Pass::kFields;
  uint32_t tags_ = 0;
  std::vector<Splice> splices_;
};

}  // namespace millrace::kafka
