// SPDX-License-Identifier: Apache-2.0
// All events of the binlog: for those who take whatever comes.
#pragma once

#include "mysql/compressed_event.h"
#include "mysql/control_event.h"
#include "mysql/event_format.h"
#include "mysql/event_type.h"
#include "mysql/fragmented_event.h"
#include "mysql/gtid_event.h"
#include "mysql/payload_event.h"
#include "mysql/query_event.h"
#include "mysql/rows_event.h"
#include "mysql/table_map_event.h"
