// SPDX-License-Identifier: Apache-2.0
// A growing run of bytes to write into. Unlike std::vector it does not clear what it grows by, and
// a writer may reserve room once and then fill it through a raw pointer: the encoders' hot loop.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string_view>
#include <utility>

#include "base/bytes.h"

namespace millrace {

class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(size_t capacity) { grow(capacity); }
  ~Buffer() { std::free(data_); }
  Buffer(Buffer&& other) noexcept { swap(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    swap(other);
    return *this;
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  std::byte* data() { return data_; }
  const std::byte* data() const { return data_; }
  size_t size() const { return size_; }
  size_t capacity() const { return capacity_; }
  bool empty() const { return size_ == 0; }
  Bytes view() const { return {data_, size_}; }
  void clear() { size_ = 0; }
  // Cuts to `size`, which is at most size().
  void truncate(size_t size) { size_ = size; }

  // Room for `count` more bytes; the pointer is valid until the next call that may grow.
  std::byte* reserve(size_t count) {
    if (capacity_ - size_ < count) grow(size_ + count);
    return data_ + size_;
  }
  // Says that `count` of the reserved bytes were written.
  void commit(size_t count) { size_ += count; }

  void append(Bytes bytes) {
    if (bytes.empty()) return;
    std::memcpy(reserve(bytes.size()), bytes.data(), bytes.size());
    size_ += bytes.size();
  }
  void append(std::string_view text) { append(as_bytes(text)); }
  void put(uint8_t byte) {
    *reserve(1) = std::byte{byte};
    ++size_;
  }
  void le(uint64_t value, size_t width) {
    std::byte* out = reserve(width);
    for (size_t i = 0; i < width; ++i) out[i] = static_cast<std::byte>(value >> (8 * i));
    size_ += width;
  }
  void be(uint64_t value, size_t width) {
    std::byte* out = reserve(width);
    for (size_t i = 0; i < width; ++i)
      out[width - 1 - i] = static_cast<std::byte>(value >> (8 * i));
    size_ += width;
  }

 private:
  void swap(Buffer& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
  }
  void grow(size_t least) {
    const size_t capacity = least > capacity_ * 2 ? least : capacity_ * 2;
    void* grown = std::realloc(data_, capacity);
    if (grown == nullptr) throw std::bad_alloc();
    data_ = static_cast<std::byte*>(grown);
    capacity_ = capacity;
  }
  std::byte* data_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace millrace
