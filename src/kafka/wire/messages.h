// SPDX-License-Identifier: Apache-2.0
// All messages.
#pragma once

#include "kafka/wire/admin.h"
#include "kafka/wire/fetch.h"
#include "kafka/wire/groups.h"
#include "kafka/wire/metadata.h"
#include "kafka/wire/offsets.h"
#include "kafka/wire/produce.h"
#include "kafka/wire/sasl.h"
