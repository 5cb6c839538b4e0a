// The quantile behind the entropy filter, shared by the backends so that they keep the same tokens.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace rrft {

// Whether the options ask for a quantile of the entropies of the call.
inline bool takes_quantile(double top_fraction) { return top_fraction > 0 && top_fraction < 1; }

// The (1 - top_fraction) quantile with linear interpolation (torch.quantile, numpy's default); -infinity of nothing.
// Reorders the values, none of which is NaN.
inline double top_quantile(std::vector<double>& values, double top_fraction) {
  if (values.empty()) return -std::numeric_limits<double>::infinity();
  double rank = (1 - top_fraction) * static_cast<double>(values.size() - 1);
  // 1 - 0.7 is a little more than 0.3: a rank meant to be whole must not miss the value that it names.
  if (std::fabs(rank - std::round(rank)) < 1e-9 * static_cast<double>(values.size())) rank = std::round(rank);
  const auto lower = values.begin() + static_cast<std::ptrdiff_t>(rank);
  std::nth_element(values.begin(), lower, values.end());
  const double fraction = rank - std::floor(rank), value = *lower;
  if (fraction == 0) return value;
  return value + fraction * (*std::min_element(lower + 1, values.end()) - value);
}

}  // namespace rrft
