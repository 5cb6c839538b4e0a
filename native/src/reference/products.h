// Plain products and norms in double, for the specifications of linear and decoder_layer.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

namespace rrft::reference {

using Row = std::vector<double>;

inline Row normalised(const Row& x, const float* weight, double epsilon) {
  double squares = 0;
  for (const double value : x) squares += value * value;
  const double divisor = std::sqrt(squares / static_cast<double>(x.size()) + epsilon);
  Row result(x.size());
  for (size_t i = 0; i < x.size(); ++i) result[i] = x[i] / divisor * static_cast<double>(weight[i]);
  return result;
}

inline Row product(const Row& x, const float* weight, int64_t outputs, const float* bias) {
  Row y(static_cast<size_t>(outputs));
  for (size_t o = 0; o < y.size(); ++o) {
    if (bias != nullptr) y[o] = static_cast<double>(bias[o]);
    for (size_t i = 0; i < x.size(); ++i) y[o] += x[i] * static_cast<double>(weight[o * x.size() + i]);
  }
  return y;
}

}  // namespace rrft::reference
