// Statistics and centred rewards of kBlockGroups groups at a time, and statistics of a whole batch, compiled once per
// instruction set (tier) from group_kernels.cpp.
#pragma once

#include <stdint.h>

namespace rrft {

// Four vectors of the widest tier, each a chain of operations that wait for one another, so that the chains overlap.
constexpr int kBlockGroups = 32;

// One group per lane. Groups of 8 or 16 are too short to fill vectors themselves, and their sums would wait for one
// addition after another. A lane adds its members in their order, whatever the other lanes hold, so a group's result
// depends on nothing else.
struct GroupBlock {
  // values[j * kBlockGroups + lane]: the reward of member j of that lane's group; NaN: unscored, or no such member.
  double* values;
  const double* lengths;  // likewise; 0: no such member. Read by RRFT_BASELINE_LENGTH_WEIGHTED alone
  int64_t size;           // members of the largest group
  double mean[kBlockGroups];  // NaN where nothing is scored
  double std[kBlockGroups];
  double count[kBlockGroups];  // scored
  double smallest[kBlockGroups];
  double largest[kBlockGroups];
};

struct Centring {
  int32_t baseline;  // RRFT_BASELINE_*
  bool by_std;       // C / (std + epsilon) rather than C; 0 where that is a division by 0
  double epsilon;
  double factor;  // of the result
};

// Of the numbers that are not NaN, each counted as often as its weight, a whole number of at least 0, says.
struct BatchSpread {
  double mean;      // NaN of nothing
  double variance;  // 0 of less than two
};

struct GroupKernels {
  void (*measure)(GroupBlock* block, bool biased);
  // Mean and standard deviation of the first `groups` lanes as float32, NULL: not wanted; how many of those standard
  // deviations are below a bound.
  int (*report)(const GroupBlock* block, int groups, double bound, float* mean, float* std);
  // Replaces values by what Centring says; NaN stays NaN.
  void (*centre)(const GroupBlock* block, const Centring& centring);
  // kBlockGroups groups of `size` rewards after each other to the lanes of values, and back, NaN as 0.
  void (*gather)(const float* rewards, int64_t size, double* values);
  void (*scatter)(const double* values, int64_t size, float* advantages);
  bool (*any_infinite)(const float* rewards, int64_t count);
  // weights NULL: 1 each. `count` is a multiple of kBlockGroups. The same bits in whatever order the numbers come.
  BatchSpread (*spread)(const double* values, const double* weights, int64_t count, bool biased);
};

}  // namespace rrft
