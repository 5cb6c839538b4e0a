// Which completions form a group: neighbours, or those with the same id.
#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

#include "../rewards.h"

namespace rrft::cpu {

class CompletionGroups {
 public:
  explicit CompletionGroups(const rrft_group_advantages_args& args)
      : count_(args.groups), size_(args.group_size), largest_(args.group_size) {
    if (groups_by_id(args)) sort(args.group_ids, args.completions);
  }

  int64_t count() const { return count_; }
  int64_t largest() const { return largest_; }
  bool neighbours() const { return starts_.empty(); }

  int64_t size(int64_t group) const {
    return neighbours() ? size_ : starts_[static_cast<size_t>(group) + 1] - starts_[static_cast<size_t>(group)];
  }

  // The j-th completion of a group, in the order of the call's arrays.
  int64_t member(int64_t group, int64_t j) const {
    if (neighbours()) return group * size_ + j;
    const int64_t place = starts_[static_cast<size_t>(group)] + j;
    return order_.empty() ? place : order_[static_cast<size_t>(place)];
  }

 private:
  // Stable, so that members keep their order and the sums over a group do not depend on what lies between them.
  void sort(const int64_t* ids, int64_t completions) {
    if (!std::is_sorted(ids, ids + completions)) {
      order_.resize(static_cast<size_t>(completions));
      std::iota(order_.begin(), order_.end(), int64_t{0});
      std::stable_sort(order_.begin(), order_.end(), [ids](int64_t a, int64_t b) { return ids[a] < ids[b]; });
    }
    starts_.push_back(0);
    largest_ = 0;
    for (int64_t place = 1; place <= completions; ++place) {
      if (place < completions && id(ids, place) == id(ids, place - 1)) continue;
      largest_ = std::max(largest_, place - starts_.back());
      starts_.push_back(place);
    }
    count_ = static_cast<int64_t>(starts_.size()) - 1;
  }

  int64_t id(const int64_t* ids, int64_t place) const {
    return ids[order_.empty() ? place : order_[static_cast<size_t>(place)]];
  }

  int64_t count_;
  int64_t size_;
  int64_t largest_;
  std::vector<int64_t> starts_;  // of each group's places in order_; empty: neighbours
  std::vector<int64_t> order_;   // completions by group; empty: as they are
};

}  // namespace rrft::cpu
