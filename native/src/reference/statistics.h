// Weighted mean and variance in double: plain sums in the order of the numbers' size, so that theirs does not matter.
#pragma once

#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>
#include <utility>

namespace rrft::reference {

// Numbers that are not NaN, sorted, each with how often it counts.
class Sample {
 public:
  void add(double value, double weight = 1) {
    if (!std::isnan(value)) numbers_.insert({value, weight});
  }

  size_t size() const { return numbers_.size(); }
  double smallest() const { return numbers_.begin()->first; }
  double largest() const { return numbers_.rbegin()->first; }
  double second_largest() const { return std::next(numbers_.rbegin())->first; }

  double weight() const {
    double sum = 0;
    for (const auto& [value, weight] : numbers_) sum += weight;
    return sum;
  }

  // NaN of nothing. Never outside the range of the numbers, as rounding could take it: equal ones equal their mean.
  double mean() const {
    double sum = 0;
    for (const auto& [value, weight] : numbers_) sum += weight * value;
    return weight() > 0 ? std::clamp(sum / weight(), smallest(), largest()) : std::nan("");
  }

  // 0 of less than two.
  double variance(bool biased) const {
    if (weight() < 2) return 0;
    const double centre = mean();
    double squares = 0;
    for (const auto& [value, weight] : numbers_) squares += weight * (value - centre) * (value - centre);
    return squares / (biased ? weight() : weight() - 1);
  }

  double standard_deviation(bool biased) const { return std::sqrt(variance(biased)); }

 private:
  std::multiset<std::pair<double, double>> numbers_;
};

inline double quotient(double numerator, double divisor) { return divisor == 0 ? 0 : numerator / divisor; }

}  // namespace rrft::reference
