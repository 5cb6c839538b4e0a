// A row of logits as chunks of 16 bytes, counted from its first element wherever that lies in memory: alignment decides
// how a chunk is loaded, and never who adds what.
#pragma once

#include <cstdint>

#include "reasonrft/cuda/device.cuh"

namespace rrft::cuda {

// Element types. Chunks hold them as they are in memory, in words of 32 bits.
struct Float32 {
  using Storage = uint32_t;
  static constexpr uint32_t kMinusInfinity = 0xff800000u;
  static __device__ void unpack(uint32_t word, float* values) { values[0] = __uint_as_float(word); }
  static __device__ uint32_t pack(const float* values) { return __float_as_uint(values[0]); }
  static __device__ float value(Storage bits) { return __uint_as_float(bits); }
};
struct Bfloat16 {
  using Storage = uint16_t;
  static constexpr uint32_t kMinusInfinity = 0xff80u;
  static __device__ void unpack(uint32_t word, float* values) {
    values[0] = __uint_as_float(word << 16);
    values[1] = __uint_as_float(word & 0xffff0000u);
  }
  static __device__ uint32_t pack(const float* values) { return pack_bf16(values[0], values[1]); }
  static __device__ float value(Storage bits) { return __uint_as_float(uint32_t{bits} << 16); }
};
struct Float16 {
  using Storage = uint16_t;
  static constexpr uint32_t kMinusInfinity = 0xfc00u;
  static __device__ void unpack(uint32_t word, float* values) {
    values[0] = from_f16(word & 0xffffu);
    values[1] = from_f16(word >> 16);
  }
  static __device__ uint32_t pack(const float* values) { return pack_f16(values[0], values[1]); }
  static __device__ float value(Storage bits) { return from_f16(bits); }
};

// Elements of a chunk, and of a word.
template <typename Element>
constexpr int kChunk = 16 / sizeof(typename Element::Storage);
template <typename Element>
constexpr int kWord = 4 / sizeof(typename Element::Storage);

template <typename Element>
__device__ void unpack(const uint4& chunk, float (&values)[kChunk<Element>]) {
  Element::unpack(chunk.x, values);
  Element::unpack(chunk.y, values + kWord<Element>);
  Element::unpack(chunk.z, values + 2 * kWord<Element>);
  Element::unpack(chunk.w, values + 3 * kWord<Element>);
}

template <typename Element>
__device__ uint4 pack(const float (&values)[kChunk<Element>]) {
  return make_uint4(Element::pack(values), Element::pack(values + kWord<Element>),
                    Element::pack(values + 2 * kWord<Element>), Element::pack(values + 3 * kWord<Element>));
}

// What becomes of memory after it was read: nothing, or it is read once more by the same block.
enum class Reuse { kNone, kSoon };

template <Reuse kReuse>
__device__ uint4 load_aligned(const uint4* address) {
  return kReuse == Reuse::kNone ? __ldcs(address) : __ldcg(address);
}

// Numbers of chunks have 32 bits: rows have at most 2^31 - 1 logits (row_plan.cpp).
template <typename Element>
class ChunkedRow {
 public:
  using Storage = typename Element::Storage;

  __device__ ChunkedRow(Storage* row, int64_t size) : row_(row), size_(size) {}

  __device__ int chunks() const { return static_cast<int>((size_ + kChunk<Element> - 1) / kChunk<Element>); }
  __device__ bool aligned() const { return offset() == 0; }
  // Chunks [first_inner(), end_inner()) lie, with the aligned words of 16 bytes around them, inside the row.
  __device__ int first_inner() const { return aligned() ? 0 : 1; }
  __device__ int end_inner() const {
    const int whole = static_cast<int>((size_ * static_cast<int64_t>(sizeof(Storage)) + offset()) / 16);
    return aligned() ? whole : whole - 1;
  }

  // An inner chunk, by loads of 16 bytes: one, or the two that it lies across. Loading is apart from putting them
  // together, so that several chunks are on their way before the first has to be there.
  template <bool kAligned>
  struct Loaded {
    uint4 low;
    uint4 high;  // not set where chunks are aligned
  };
  template <bool kAligned, Reuse kReuse>
  __device__ Loaded<kAligned> load_inner(int chunk) const {
    const uint4* address =
        reinterpret_cast<const uint4*>(reinterpret_cast<const char*>(row_) - (kAligned ? 0u : offset())) + chunk;
    Loaded<kAligned> loaded;
    loaded.low = load_aligned<kReuse>(address);
    if (!kAligned) loaded.high = load_aligned<kReuse>(address + 1);
    return loaded;
  }
  template <bool kAligned>
  __device__ uint4 chunk_of(const Loaded<kAligned>& loaded) const {
    return kAligned ? loaded.low : across(loaded.low, loaded.high);
  }

  // Any chunk, element by element; -inf beyond the end of the row.
  __device__ uint4 load_edge(int chunk) const {
    uint32_t words[4];
    RRFT_UNROLL
    for (int w = 0; w < 4; ++w) {
      words[w] = 0;
      RRFT_UNROLL
      for (int i = 0; i < kWord<Element>; ++i) {
        const int64_t v = int64_t{chunk} * kChunk<Element> + w * kWord<Element> + i;
        words[w] |= (v < size_ ? uint32_t{row_[v]} : Element::kMinusInfinity) << (16 * i);
      }
    }
    return make_uint4(words[0], words[1], words[2], words[3]);
  }

  // By the widest stores that the row's alignment allows, past the caches: nobody here reads it again.
  __device__ void store(int chunk, const uint4& value) const {
    Storage* const to = row_ + int64_t{chunk} * kChunk<Element>;
    if (to + kChunk<Element> > row_ + size_) return store_edge(chunk, value);
    if (offset() == 0) {
      __stcs(reinterpret_cast<uint4*>(to), value);
    } else if (offset() % 8 == 0) {
      __stcs(reinterpret_cast<uint2*>(to), make_uint2(value.x, value.y));
      __stcs(reinterpret_cast<uint2*>(to) + 1, make_uint2(value.z, value.w));
    } else if (offset() % 4 == 0) {
      const uint32_t words[4] = {value.x, value.y, value.z, value.w};
      RRFT_UNROLL
      for (int w = 0; w < 4; ++w) __stcs(reinterpret_cast<uint32_t*>(to) + w, words[w]);
    } else {
      store_edge(chunk, value);
    }
  }

  __device__ float value(int64_t v) const { return Element::value(row_[v]); }

 private:
  // Bytes from the last multiple of 16.
  __device__ unsigned offset() const { return static_cast<unsigned>(reinterpret_cast<uintptr_t>(row_) % 16); }

  // 16 bytes from byte offset() of 32 on.
  __device__ uint4 across(const uint4& low, const uint4& high) const {
    uint32_t w[8] = {low.x, low.y, low.z, low.w, high.x, high.y, high.z, high.w};
    if ((offset() & 8u) != 0) {
      RRFT_UNROLL
      for (int i = 0; i < 6; ++i) w[i] = w[i + 2];
    }
    if ((offset() & 4u) != 0) {
      RRFT_UNROLL
      for (int i = 0; i < 5; ++i) w[i] = w[i + 1];
    }
    const unsigned bits = offset() % 4 * 8;
    return make_uint4(__funnelshift_r(w[0], w[1], bits), __funnelshift_r(w[1], w[2], bits),
                      __funnelshift_r(w[2], w[3], bits), __funnelshift_r(w[3], w[4], bits));
  }

  __device__ void store_edge(int chunk, const uint4& value) const {
    const uint32_t words[4] = {value.x, value.y, value.z, value.w};
    RRFT_UNROLL
    for (int i = 0; i < kChunk<Element>; ++i) {
      const int64_t v = int64_t{chunk} * kChunk<Element> + i;
      if (v < size_) row_[v] = static_cast<Storage>(words[i / kWord<Element>] >> (i % kWord<Element> * 16));
    }
  }

  Storage* const row_;
  const int64_t size_;
};

}  // namespace rrft::cuda
