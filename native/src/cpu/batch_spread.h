// Mean and variance of many numbers, bit for bit the same in whatever order the numbers come.
//
// Floating-point sums depend on their order because each addition rounds. Here numbers are first cut at a common power of
// two, fine enough for the mantissa of a double to hold any sum of the pieces: those additions are exact. What was cut off
// gets the same treatment once more, after which less than 2^-70 of the largest number is lost (N up to 2^16).
#pragma once

#include <cmath>
#include <cstdint>

namespace rrft::cpu {

// Sum of term(i) over [0, count). Every term is finite.
template <typename Term>
double order_free_sum(int64_t count, const Term& term) {
  double largest = 0;
  for (int64_t i = 0; i < count; ++i) {
    const double magnitude = std::fabs(term(i));
    largest = magnitude > largest ? magnitude : largest;
  }
  if (largest == 0) return 0;
  int size_exponent = 0;
  int count_exponent = 0;
  std::frexp(largest, &size_exponent);
  std::frexp(static_cast<double>(count) + 2.0, &count_exponent);
  // Adding and subtracting a power of two rounds to a multiple of its last place.
  const double coarse_cut = std::ldexp(1.0, size_exponent + count_exponent);
  const double fine_cut = std::ldexp(coarse_cut, count_exponent - 53);
  double coarse = 0;
  double fine = 0;
  for (int64_t i = 0; i < count; ++i) {
    const double value = term(i);
    const double upper = (coarse_cut + value) - coarse_cut;
    const double lower = value - upper;
    coarse += upper;
    fine += (fine_cut + lower) - fine_cut;
  }
  return coarse + fine;
}

struct BatchSpread {
  double mean;
  double variance;
};

// Of the numbers value(i) that are not NaN, each counted weight(i) times, a whole number that is at least 0. The mean of
// nothing is NaN; the variance of less than two is 0.
template <typename Value, typename Weight>
BatchSpread batch_spread(int64_t count, const Value& value, const Weight& weight, bool biased) {
  double smallest = HUGE_VAL;
  double largest = -HUGE_VAL;
  int64_t total = 0;
  for (int64_t i = 0; i < count; ++i) {
    const double x = value(i);
    const bool scored = x == x;
    smallest = x < smallest ? x : smallest;
    largest = x > largest ? x : largest;
    total += scored ? weight(i) : 0;
  }
  const double sum = order_free_sum(count, [&](int64_t i) {
    const double x = value(i);
    return x == x ? x * static_cast<double>(weight(i)) : 0.0;
  });
  // Rounding must not take a mean out of the range of the numbers: those that are all equal equal their mean.
  double mean = sum / static_cast<double>(total);
  mean = mean < smallest ? smallest : (mean > largest ? largest : mean);
  if (total < 2) return {mean, 0.0};
  const double squares = order_free_sum(count, [&](int64_t i) {
    const double deviation = value(i) - mean;
    return deviation == deviation ? deviation * deviation * static_cast<double>(weight(i)) : 0.0;
  });
  return {mean, squares / static_cast<double>(biased ? total : total - 1)};
}

}  // namespace rrft::cpu
