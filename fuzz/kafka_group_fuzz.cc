// SPDX-License-Identifier: Apache-2.0
// Random sequences of group requests: the rules are in the header.
#include "kafka/group/schedule_test_support.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  millrace::kafka::testing::run_schedule({reinterpret_cast<const std::byte*>(data), size});
  return 0;
}
