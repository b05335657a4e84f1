// SPDX-License-Identifier: Apache-2.0
#include "task/tracker_state.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace millrace::task {
namespace {

constexpr size_t kHealedShown = 200;  // of those that the log told, which nobody needs again

}  // namespace

Status TrackerState::take_history(Bytes entry) {
  const schema::HistoryEntry decoded = TRY(schema::decode_history_entry(entry));
  if (const auto* input = std::get_if<schema::Input>(&decoded)) {
    if (input->name == kVersionInput) server_version = input->value;
    if (input->name == kOnlineDdlInput) online_ddl = input->value;
    if (input->name == kAcceptedInput) accepted_.push_back(TRY(parse_accepted(input->value)));
    return Done{};
  }
  if (const auto* healed = std::get_if<schema::Healed>(&decoded)) {
    const auto told = [](const schema::Healed& one) {
      return one.how == schema::Healed::How::kMetadata;
    };
    healed_.push_back(*healed);
    ++healed_ever_;
    if (healed_.size() > kHealedShown) {
      const auto oldest = std::find_if(healed_.begin(), healed_.end(), told);
      if (oldest != healed_.end()) healed_.erase(oldest);
    }
  }
  return schema::replay(decoded, catalog);
}

Status TrackerState::take_progress(storage::Progress now) {
  TRY(gtids.add(now.gtids));
  progress = std::move(now);
  return Done{};
}

change::Position TrackerState::position() const {
  if (!progress) return {};
  return {progress->file, progress->offset, gtids.text()};
}

bool TrackerState::has_healed(const change::Position& at, const std::string& table) const {
  return std::any_of(healed_.begin(), healed_.end(), [&](const schema::Healed& one) {
    if (one.how == schema::Healed::How::kMetadata || one.at_table != table) return false;
    if (!at.gtids.empty()) return one.gtid == at.gtids;
    return one.file == at.file && one.offset == at.offset;
  });
}

std::vector<change::Position> TrackerState::lost_xa() const {
  std::vector<change::Position> places;
  for (const Accepted& one : accepted_)
    if (one.what == Accepted::What::kLostXa) places.push_back(one.place);
  return places;
}

}  // namespace millrace::task
