// SPDX-License-Identifier: Apache-2.0
#include "mysql/greeting_guard.h"

#include <mysql.h>
#include <sys/socket.h>

#include <algorithm>
#include <string_view>

#include "mysql/connect_error.h"

// Of libmariadb, where ma_pvio.c defines it. `mode` is 0 for bytes read, `length` -1 for a failure.
extern "C" int ma_pvio_register_callback(my_bool add, void (*callback)(int mode, MYSQL* mysql,
                                                                       const unsigned char* bytes,
                                                                       size_t length));

namespace millrace::mysql {
namespace {

constexpr size_t kKept = 600;  // a refusal in place of a greeting has at most 512

thread_local GreetingGuard* watching = nullptr;

void on_bytes(int mode, MYSQL* mysql, const unsigned char* bytes, size_t length) {
  if (watching == nullptr || mode != 0 || length == 0 || length == static_cast<size_t>(-1)) return;
  watching->saw(mysql, reinterpret_cast<const char*>(bytes), length);
}

}  // namespace

void install_greeting_guard() { ma_pvio_register_callback(1, on_bytes); }

GreetingGuard::GreetingGuard(bool must_have_tls) : must_have_tls_(must_have_tls) {
  watching = this;
}
GreetingGuard::~GreetingGuard() { watching = nullptr; }

// The greeting is one packet of less than the library's read-ahead. Where TCP cut it in pieces, the
// capabilities may still be on their way: then the pieces are put together.
void GreetingGuard::saw(st_mysql* mysql, const char* bytes, size_t size) {
  if (greeted_) return;
  greeting_.append(bytes, std::min(size, kKept - greeting_.size()));
  const Bytes so_far = as_bytes(greeting_);
  if (greeting_.size() >= 4) {
    const auto length = static_cast<size_t>(static_cast<unsigned char>(greeting_[0])) |
                        static_cast<size_t>(static_cast<unsigned char>(greeting_[1])) << 8;
    greeted_ = greeting_.size() >= std::min(length + 4, kKept);
  }
  if (!greeted_ || !must_have_tls_ || greeting_offers_tls(so_far)) return;
  refused_ = true;
  ::shutdown(mysql_get_socket(mysql), SHUT_RDWR);
}

}  // namespace millrace::mysql
