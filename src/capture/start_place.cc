// SPDX-License-Identifier: Apache-2.0
#include "capture/start_place.h"

#include <fmt/format.h>

#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/units.h"
#include "capture/border_scan.h"
#include "mysql/binlog_stream.h"
#include "mysql/source_info.h"

namespace millrace::capture {
namespace {

using change::Position;

constexpr int64_t kSecondUs = 1'000'000;

std::string time_text(int64_t us) { return rfc3339_text(us / 1000); }

class StartFinder {
 public:
  StartFinder(mysql::Connection& control, const StartPlaceOptions& options)
      : control_(control), options_(options), flavour_(mysql::flavour(control)) {}

  Result<std::optional<int64_t>> original_commit_time(const std::string& gtid) {
    files_ = TRY(mysql::list_binlogs(control_));
    const size_t first = TRY(last_file([&](const BorderScan& head) -> Result<bool> {
      return !TRY(lies_before(gtid, head.gtids()));
    }));
    std::optional<int64_t> found;
    TRY(look(files_[first].name, [&](const BorderScan& scan) {
      if (!scan.opened() || scan.group_gtid() != gtid) return Go::kOn;
      found = scan.group_original_time_us();
      return Go::kStop;
    }));
    return found;
  }

  Result<Position> find(const StartPoint& point) {
    files_ = TRY(mysql::list_binlogs(control_));
    gtid_on_ = TRY(mysql::is_gtid_on(control_));
    switch (point.kind) {
      case StartPoint::Kind::kLatest:
        return mysql::current_position(control_);
      case StartPoint::Kind::kEarliest:
        return mysql::oldest_position(control_);
      case StartPoint::Kind::kFile:
        return by_offset(point.file, point.offset);
      case StartPoint::Kind::kGtid:
        return flavour_ == mysql::Flavour::kMariaDb ? by_domain_gtids(point.gtids)
                                                    : by_gtid_set(point.gtids);
      case StartPoint::Kind::kTime:
        return by_time(point.time_us);
    }
    return Error{Errc::kInvalid, "no such start point"};
  }

 private:
  enum class Go : uint8_t { kOn, kStop };
  using Visitor = std::function<Go(const BorderScan&)>;

  // Looks through the log from a file's beginning on, until told to stop or at its end.
  Result<BorderScan> look(const std::string& file, const Visitor& visit) {
    mysql::DumpOptions dump;
    dump.connect = options_.source;
    dump.server_id = options_.server_id;
    dump.start = {file, 4, ""};
    dump.non_blocking = true;
    const std::unique_ptr<mysql::BinlogStream> stream = TRY(mysql::BinlogStream::open(dump));
    BorderScan scan(flavour_, file);
    for (;;) {
      const Bytes event = TRY(stream->next());
      if (event.empty()) return scan;
      TRY(scan.event(event));
      if (visit(scan) == Go::kStop) return scan;
    }
  }

  // Whether one transaction is among those that a file says lie before it.
  Result<bool> lies_before(const std::string& gtid, const std::string& before) const {
    if (flavour_ != mysql::Flavour::kMariaDb)
      return TRY(mysql::GtidSet::parse(gtid)).is_subset_of(TRY(mysql::GtidSet::parse(before)));
    const mysql::MariaDbGtids one = TRY(mysql::MariaDbGtids::parse(gtid));
    const mysql::MariaDbGtids all = TRY(mysql::MariaDbGtids::parse(before));
    for (const mysql::MariaDbGtid& wanted : one.gtids())
      for (const mysql::MariaDbGtid& last : all.gtids())
        if (last.domain == wanted.domain && last.sequence >= wanted.sequence) return true;
    return false;
  }

  Position place(const BorderScan& scan) const {
    return {scan.file(), scan.offset(), gtid_on_ ? scan.gtids() : ""};
  }

  Result<Position> by_offset(const std::string& file, uint64_t offset) {
    const mysql::BinlogFileInfo* found = nullptr;
    for (const mysql::BinlogFileInfo& info : files_)
      if (info.name == file) found = &info;
    if (found == nullptr)
      return Error{Errc::kLost, fmt::format("the source has no binlog file {}: its oldest is {}, "
                                            "its newest {}; it may have been purged",
                                            file, files_.front().name, files_.back().name)};
    if (offset > found->size)
      return Error{Errc::kInvalid,
                   fmt::format("{} has {} bytes, {} is past its end", file, found->size, offset)};
    std::optional<Position> exact;
    uint64_t before = 4;
    bool seen = false;
    TRY(look(file, [&](const BorderScan& scan) {
      if (scan.file() != file) return Go::kStop;
      if (scan.at_border() && scan.offset() <= offset) before = scan.offset();
      seen = seen || (scan.at_border() && scan.offset() == offset);
      if (!seen) return scan.offset() > offset ? Go::kStop : Go::kOn;
      // A place in a file's head comes before the event that tells its GTIDs.
      if (gtid_on_ && !scan.has_gtids() && !scan.opened()) return Go::kOn;
      exact = place(scan);
      return Go::kStop;
    }));
    if (seen && !exact) exact = Position{file, offset, ""};
    if (exact) {
      exact->offset = offset;
      return std::move(*exact);
    }
    return Error{Errc::kInvalid,
                 fmt::format("{}:{} is not between two transactions; the place before it that is: "
                             "{}:{}",
                             file, offset, file, before)};
  }

  // The last file of whose head `is_before` holds; the first if it holds of none.
  Result<size_t> last_file(const std::function<Result<bool>(const BorderScan&)>& is_before) {
    size_t low = 0;
    size_t high = files_.size();
    while (high - low > 1) {
      const size_t middle = low + (high - low) / 2;
      const BorderScan head = TRY(look_at_head(files_[middle].name));
      (TRY(is_before(head)) ? low : high) = middle;
    }
    return low;
  }

  // Up to where a file has told its time and GTIDs, or the first transaction.
  Result<BorderScan> look_at_head(const std::string& file) {
    return look(file, [&](const BorderScan& scan) {
      return scan.has_gtids() || scan.opened() || scan.file() != file ? Go::kStop : Go::kOn;
    });
  }

  Result<Position> by_gtid_set(const std::string& text) {
    if (!gtid_on_)
      return Error{Errc::kRefused,
                   "the source has gtid_mode other than ON, so GTIDs name no place in its binlog; "
                   "give file:offset or a time"};
    const mysql::GtidSet wanted = TRY(mysql::GtidSet::parse(text));
    mysql::GtidSet lacking = wanted;
    lacking.subtract(TRY(mysql::GtidSet::parse(TRY(mysql::current_position(control_)).gtids)));
    if (!lacking.empty())
      return Error{Errc::kDiverged,
                   "the source has not executed all of this GTID set, it lacks " + lacking.text()};
    mysql::GtidSet purged = TRY(mysql::GtidSet::parse(TRY(mysql::oldest_position(control_)).gtids));
    purged.subtract(wanted);
    if (!purged.empty())
      return Error{Errc::kLost,
                   "the source has purged transactions that this GTID set does not "
                   "have: " +
                       purged.text() + "; start from earliest, or from a later set"};
    const size_t file = TRY(last_file([&](const BorderScan& head) -> Result<bool> {
      return TRY(mysql::GtidSet::parse(head.gtids())).is_subset_of(wanted);
    }));
    return Position{files_[file].name, 4, wanted.text()};
  }

  Result<Position> by_domain_gtids(const std::string& text) {
    const mysql::MariaDbGtids wanted = TRY(mysql::MariaDbGtids::parse(text));
    const std::string canonical = wanted.text();
    // Per domain, sequences grow along the log.
    const auto is_before = [&](const BorderScan& scan) -> Result<bool> {
      const mysql::MariaDbGtids there = TRY(mysql::MariaDbGtids::parse(scan.gtids()));
      for (const mysql::MariaDbGtid& gtid : there.gtids()) {
        bool covered = false;
        for (const mysql::MariaDbGtid& ours : wanted.gtids())
          covered = covered || (ours.domain == gtid.domain && ours.sequence >= gtid.sequence);
        if (!covered) return false;
      }
      return true;
    };
    const size_t file = TRY(last_file(is_before));
    std::optional<Position> exact;
    TRY(look(files_[file].name, [&](const BorderScan& scan) {
      if (!scan.at_border() || !scan.has_gtids() || scan.gtids() != canonical) return Go::kOn;
      exact = place(scan);
      return Go::kStop;
    }));
    if (exact) return std::move(*exact);
    const Position oldest = TRY(mysql::oldest_position(control_));
    return Error{Errc::kInvalid,
                 fmt::format("no place in the source's binlog has exactly the GTID position {}; "
                             "the log reaches from {} to {}",
                             canonical, oldest.gtids.empty() ? "its beginning" : oldest.gtids,
                             TRY(mysql::current_position(control_)).gtids)};
  }

  Result<Position> by_time(int64_t time_us) {
    const BorderScan oldest = TRY(look_at_head(files_.front().name));
    const bool has_all = change::binlog_file_number(files_.front().name) == 1;
    if (oldest.file_time_us() > time_us && !has_all)
      return Error{Errc::kLost,
                   fmt::format("the source's oldest binlog file, {}, begins at {}; what was before "
                               "is purged. Start from earliest, or from a later time",
                               files_.front().name, time_text(oldest.file_time_us()))};
    const size_t file = TRY(last_file(
        // A file's time is cut to its second: it may have begun up to one later.
        [&](const BorderScan& head) -> Result<bool> {
          return head.file_time_us() + kSecondUs <= time_us;
        }));
    std::optional<Position> found;
    Position border{files_[file].name, 4, ""};
    TRY(look(files_[file].name, [&](const BorderScan& scan) {
      const int64_t since = scan.whole_seconds() ? time_us - time_us % kSecondUs : time_us;
      if (scan.opened() && scan.group_time_us() >= since) {
        found = border;
        return Go::kStop;
      }
      if (scan.at_border()) border = place(scan);
      return Go::kOn;
    }));
    // Nothing since then: what comes next is the first.
    return found ? std::move(*found) : std::move(border);
  }

  mysql::Connection& control_;
  const StartPlaceOptions& options_;
  const mysql::Flavour flavour_;
  std::vector<mysql::BinlogFileInfo> files_;
  bool gtid_on_ = false;
};

}  // namespace

Result<Position> find_start(mysql::Connection& control, const StartPlaceOptions& options,
                            const StartPoint& point) {
  return StartFinder(control, options).find(point);
}

Result<std::optional<int64_t>> find_original_commit_time(mysql::Connection& control,
                                                         const StartPlaceOptions& options,
                                                         const std::string& gtid) {
  return StartFinder(control, options).original_commit_time(gtid);
}

}  // namespace millrace::capture
