/*
 * The C ABI of the reason-rft kernels: plain C11, one argument struct per operation, one status per call.
 *
 * Every operation exists once per backend with the same struct: rrft_reference_<op>() in double precision (the
 * specification), rrft_cpu_<op>() (SIMD, threads) and, in libreasonrft_cuda, rrft_cuda_<op>() where the operation does not
 * say otherwise.
 *
 * Conventions
 *  - The caller zero-initialises a struct, sets struct_size = sizeof(the struct) and fills in what it needs.
 *  - B sequences, T completion tokens, V vocabulary. Sizes and strides are int64_t, strides count elements, and the
 *    vocabulary dimension is always contiguous. logits[:, :-1] of a contiguous tensor is a legal view.
 *  - The caller owns all memory. Nothing here throws, exits, prints or keeps a pointer after the call.
 *  - Arithmetic accumulates in float32 or wider; log-probs come out in float32 whatever the logits are.
 *  - A row's results are bitwise the same whatever the batch around it, its position and the number of threads.
 *  - Rows whose mask is 0 are never read: their logits may be NaN. Their outputs are 0.
 *  - NaN and infinities in counting rows follow IEEE arithmetic into that row's results; -inf is a legal logit.
 *  - A refused call writes nothing but the error text. The bytes that an output spans, from its first row to its last,
 *    must not overlap those of an input or another output, except where stated.
 *  - Pointers are aligned to their element. A pointer to an array without elements may be NULL.
 */
#ifndef REASONRFT_KERNELS_H
#define REASONRFT_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(_WIN32)
#define RRFT_API __declspec(dllexport)
#else
#define RRFT_API __attribute__((visibility("default")))
#endif

/* Version of this header: major * 10000 + minor * 100 + patch. */
#define RRFT_VERSION 100

/* Status of a call. Anything but RRFT_OK leaves a sentence in rrft_last_error(). */
typedef int32_t rrft_status;
#define RRFT_OK 0
#define RRFT_ERROR_STRUCT_SIZE (-1) /* struct_size is not that of this library's header */
#define RRFT_ERROR_NULL_POINTER (-2) /* a required pointer is NULL */
#define RRFT_ERROR_SHAPE (-3) /* a negative or overflowing size */
#define RRFT_ERROR_STRIDE (-4) /* rows that would overlap */
#define RRFT_ERROR_DTYPE (-5) /* an unknown or unsupported element type */
#define RRFT_ERROR_VALUE (-6) /* an option outside its range */
#define RRFT_ERROR_TOKEN_ID (-7) /* a token id outside [0, V) in a row that counts */
#define RRFT_ERROR_OVERLAP (-8) /* buffers that overlap where they must not */
#define RRFT_ERROR_UNAVAILABLE (-9) /* the backend cannot run on this machine */
#define RRFT_ERROR_INTERNAL (-10) /* a defect or an exhausted resource inside the library */

/* Element types. */
#define RRFT_F32 0
#define RRFT_BF16 1
#define RRFT_F16 2
#define RRFT_I32 16
#define RRFT_I64 17

/* Text of the calling thread's last failed call: operation, argument, what came, what was wanted. Never NULL. */
RRFT_API const char* rrft_last_error(void);
/* RRFT_VERSION of the header that the library was built from. */
RRFT_API int32_t rrft_version(void);
/* Threads used when an argument struct says 0: what rrft_configure() was given, else REASONRFT_NUM_THREADS, else the
 * processors this process may use (its affinity and its cgroup v2 quota). RRFT_ERROR_VALUE, as from every call that
 * would use it, when the variable is not a number from 1 to 1024. The environment is read once. */
RRFT_API int32_t rrft_default_threads(void);
/* The instruction set the CPU backend was compiled for and runs with, for example "x86-64-v3". REASONRFT_CPU_TIER names
 * another one; when that cannot run here, this is "unavailable" and every call of the backend fails. Never NULL. */
RRFT_API const char* rrft_cpu_tier(void);
/* Why that one: "best of x86-64-v4, x86-64-v3, x86-64 that this processor supports", "forced by REASONRFT_CPU_TIER",
 * "forced by rrft_configure", or what makes it unavailable. Never NULL. */
RRFT_API const char* rrft_cpu_tier_reason(void);
/* Settings from the caller, which win over the environment, and a check of both: anything but RRFT_OK says what is
 * wrong with them. cpu_tier: a tier's name; NULL: REASONRFT_CPU_TIER, else the best. threads: 1 to 1024; 0: as
 * rrft_default_threads() says. A tier is chosen once per process: after the first use of the backend, or of
 * rrft_cpu_tier(), another one is refused with RRFT_ERROR_UNAVAILABLE. */
RRFT_API rrft_status rrft_configure(const char* cpu_tier, int32_t threads);

/*
 * A (B, T) block of logit rows and the token of interest in each.
 * log_prob = z[y] - logsumexp(z), entropy = logsumexp(z) - sum_v softmax(z)_v z_v, with z = logits / temperature.
 */
typedef struct rrft_log_probs_args {
  size_t struct_size;
  int64_t batch; /* B >= 0 */
  int64_t tokens; /* T >= 0 */
  int64_t vocabulary; /* V >= 1 */

  /* Rows of logits lie at any two strides that keep them apart; the stride of a dimension of size 1 does not matter. */
  const void* logits; /* (B, T, V) */
  int32_t logits_dtype; /* RRFT_F32, RRFT_BF16 or RRFT_F16 */
  int32_t token_ids_dtype; /* RRFT_I32 or RRFT_I64 */
  int64_t logits_batch_stride; /* elements between sequences */
  int64_t logits_token_stride; /* elements between tokens */
  const void* token_ids; /* (B, T) */
  int64_t token_ids_batch_stride; /* elements between sequences; tokens are contiguous */
  const uint8_t* mask; /* (B, T) contiguous, 0 = ignored; NULL: every row counts */
  float temperature; /* > 0, finite; not looked at where temperatures is given */
  int32_t threads; /* 1 to 1024; 0: rrft_default_threads() */

  /* Forward outputs, (B, T) contiguous. */
  float* log_probs; /* required by forward */
  float* log_sum_exp; /* of logits / temperature; NULL: not wanted */
  float* entropy; /* in nats; NULL: not wanted */

  /* Backward: gradients of a scalar with respect to log_probs and entropy, (B, T) contiguous, and its result. */
  const float* grad_log_probs; /* required by backward */
  const float* grad_entropy; /* NULL: 0 */
  void* grad_logits; /* (B, T, V) in logits_dtype, may be logits itself at the same strides; required by backward */
  int64_t grad_logits_batch_stride;
  int64_t grad_logits_token_stride;

  /* A temperature for each row, (B, T) contiguous, > 0 and finite where the row counts; NULL: temperature for all. */
  const float* temperatures;
} rrft_log_probs_args;

RRFT_API rrft_status rrft_reference_log_probs_forward(const rrft_log_probs_args* args);
RRFT_API rrft_status rrft_reference_log_probs_backward(const rrft_log_probs_args* args);
RRFT_API rrft_status rrft_cpu_log_probs_forward(const rrft_log_probs_args* args);
RRFT_API rrft_status rrft_cpu_log_probs_backward(const rrft_log_probs_args* args);

/* The state of a row of linear_log_probs between its tiles, in bytes. */
#define RRFT_TILE_STATE_BYTES 320
/* Tiles of a multiple of this many entries, the last one any number, give the bits of log_probs on whole rows. */
#define RRFT_TILE_ALIGNMENT 4096

/*
 * log_probs of logits that never stand in memory as a whole: logits = hidden weight^T, made tile by tile along the
 * vocabulary by any matrix product of the caller's, into one buffer that is used again. Results, and the error of a
 * row, are those of log_probs on the whole rows.
 *
 *   forward:   for each tile in ascending order: logits = hidden weight[tile]^T; merge
 *              finish
 *   backward:  for each tile: logits = hidden weight[tile]^T again; backward makes them d loss / d logits, in place;
 *              grad_hidden += logits weight[tile]; grad_weight[tile] = logits^T hidden
 *
 * Masked rows are never read, so that the caller need not make them. The struct is the same in all three calls, apart
 * from the tile; temperatures must not change between them.
 */
typedef struct rrft_linear_log_probs_args {
  size_t struct_size;
  int64_t rows; /* N >= 0 */
  int64_t vocabulary; /* V >= 1: of all tiles together */
  int64_t tile_begin; /* first entry of this tile. merge: 0 starts anew, else the end of the last one. Not for finish */
  int64_t tile_size; /* entries of this tile, W >= 1, within V. Not for finish */

  const void* logits; /* (N, W), the vocabulary contiguous. Not for finish */
  int64_t logits_stride; /* elements between rows */
  int32_t logits_dtype; /* RRFT_F32, RRFT_BF16 or RRFT_F16 */
  int32_t token_ids_dtype; /* RRFT_I32 or RRFT_I64 */
  const void* token_ids; /* (N) contiguous, of the whole vocabulary */
  const uint8_t* mask; /* (N), 0 = ignored; NULL: every row counts */
  float temperature; /* > 0, finite; not looked at where temperatures is given */
  int32_t threads; /* 1 to 1024; 0: rrft_default_threads() */
  const float* temperatures; /* (N), > 0 and finite where the row counts; NULL: temperature for all */
  void* state; /* N * RRFT_TILE_STATE_BYTES bytes at an address divisible by 8, written by merge alone. Its content is
                  of one backend and one machine */

  /* Outputs of finish, (N). */
  float* log_probs; /* required by finish */
  float* log_sum_exp; /* of logits / temperature; NULL: not wanted */
  float* entropy; /* in nats; NULL: not wanted */

  /* Backward. */
  const float* grad_log_probs; /* (N), required by backward */
  const float* grad_entropy; /* (N); NULL: 0 */
  void* grad_logits; /* (N, W) in logits_dtype, may be logits itself at the same stride; required by backward */
  int64_t grad_logits_stride;
} rrft_linear_log_probs_args;

/* One more tile into the state. */
RRFT_API rrft_status rrft_reference_linear_log_probs_merge(const rrft_linear_log_probs_args* args);
RRFT_API rrft_status rrft_cpu_linear_log_probs_merge(const rrft_linear_log_probs_args* args);
/* The results, after the last tile. */
RRFT_API rrft_status rrft_reference_linear_log_probs_finish(const rrft_linear_log_probs_args* args);
RRFT_API rrft_status rrft_cpu_linear_log_probs_finish(const rrft_linear_log_probs_args* args);
/* The gradient by the logits of one tile, in any order of tiles, after the last merge. */
RRFT_API rrft_status rrft_reference_linear_log_probs_backward(const rrft_linear_log_probs_args* args);
RRFT_API rrft_status rrft_cpu_linear_log_probs_backward(const rrft_linear_log_probs_args* args);

/* What a reward is compared with: C_i for completion i of group g, of which n completions are scored. */
#define RRFT_BASELINE_GROUP_MEAN 0 /* C = R_i - mean_g: GRPO */
#define RRFT_BASELINE_LEAVE_ONE_OUT 1 /* C = R_i - mean of the others = n / (n - 1) (R_i - mean_g): RLOO */
#define RRFT_BASELINE_LENGTH_WEIGHTED 2 /* C = R_i - sum_g(length R) / sum_g(length): OPO; C = 0 where that sum is 0 */
#define RRFT_BASELINE_NONE 3 /* C = R_i: REINFORCE++ */
#define RRFT_BASELINE_SECOND_BEST 4 /* C = R_i - second largest R_g for the largest, 0 for the others: pass@k */
#define RRFT_BASELINE_EACH_REWARD 5 /* C = nansum_k w_k (r_ki - mean_gk) / (std_gk + epsilon): GDPO */

/* What C is divided by. Batch means all scored completions of the call. */
#define RRFT_SCALE_GROUP_STD 0 /* A = C / (std_g + epsilon): GRPO, pass@k */
#define RRFT_SCALE_NONE 1 /* A = C: Dr. GRPO, RLOO, OPO */
#define RRFT_SCALE_BATCH_STD 2 /* A = C / (std of R in the batch + epsilon) */
#define RRFT_SCALE_BATCH_WHITENING 3 /* A = (C - mean of C in the batch) / (std of C in the batch + epsilon): GDPO */
/* A = (C - m) / sqrt(v + epsilon): REINFORCE++ without a KL term in the reward, discount 1. m and v are mean and
 * variance over the tokens of the batch, each of which carries the C of its completion: m = sum(length C) /
 * sum(length), v = sum(length (C - m)^2) / (sum(length) - 1, or sum(length) with biased_std). */
#define RRFT_SCALE_TOKEN_WHITENING 4

/*
 * Advantages of completions over those of the same group (question): A = scale(C), C = R against its baseline, and
 * R_i = nansum_k w_k r_ki. A completion without any reward that is not NaN is unscored: it is left out of every
 * statistic and gets advantage 0.
 * Fewer than two scored completions have standard deviation 0, and variance 0 where they have fewer than two tokens. A
 * group with one has C = 0 (R_i with RRFT_BASELINE_NONE); one without any has mean NaN. Where a divisor is 0, the
 * quotient is 0. The mean of equal rewards is that reward exactly, so they get exactly 0.
 *
 * Groups are neighbours, N = groups * group_size, or, with group_ids, any completions with the same id. In the latter
 * case a group's result does not depend on how the others are mixed in. Reordering groups reorders advantages, bit for
 * bit. All zero after `rewards` is GRPO with one reward.
 */
typedef struct rrft_group_advantages_args {
  size_t struct_size;
  int64_t groups; /* questions, >= 0; 0 with group_ids */
  int64_t group_size; /* completions per question, G >= 1, contiguous; 0 with group_ids */
  const float* rewards; /* (groups, G), (N) or, with reward_count, (K, N); finite or NaN */
  int32_t scale; /* RRFT_SCALE_* */
  int32_t biased_std; /* 0: divide by n - 1 (TRL, verl); 1: divide by n */
  float epsilon; /* >= 0; TRL 1e-4, verl 1e-6, 1e-8 for the variance of token whitening */
  float* advantages; /* (N) */
  float* group_mean; /* of R: (groups), or with group_ids (N): that of each completion's group; NULL: not wanted */
  float* group_std; /* likewise; NULL: not wanted */
  double* zero_spread_fraction; /* fraction of groups whose std is below 1e-8 (TRL frac_reward_zero_std); NULL: not
                                   wanted */

  int32_t baseline; /* RRFT_BASELINE_*; RRFT_BASELINE_EACH_REWARD needs a scale that is not a standard deviation of R */
  int32_t threads; /* 1 to 1024; 0: rrft_default_threads() */
  int64_t completions; /* N, with group_ids; else 0 */
  const int64_t* group_ids; /* (N), any numbers in any order; NULL: groups of group_size */
  const int64_t* lengths; /* (N) tokens that count, 0 to 2^31 - 1; for a length-weighted baseline and token whitening */
  int64_t reward_count; /* rewards per completion, K; 0: 1 */
  int64_t reward_stride; /* elements between the rewards of a completion; 0: N */
  int64_t completion_stride; /* elements between completions; 0: 1. (N, K) rewards have strides 1 and K */
  const float* reward_weights; /* (K), finite; NULL: 1 each */
} rrft_group_advantages_args;

RRFT_API rrft_status rrft_reference_group_advantages(const rrft_group_advantages_args* args);
RRFT_API rrft_status rrft_cpu_group_advantages(const rrft_group_advantages_args* args);

/* How token losses l[i,t] with mask m become one number. */
#define RRFT_REDUCE_TOKEN_MEAN 0 /* sum(m l) / max(1, normalizer or sum(m)): DAPO, BNPO */
#define RRFT_REDUCE_SEQUENCE_MEAN 1 /* mean_i(sum_t(m l) / max(1, sum_t m)): GRPO. normalizer replaces B when > 0 */
#define RRFT_REDUCE_FIXED_LENGTH 2 /* sum(m l) / normalizer, which is B * maximum completion length: Dr. GRPO */
#define RRFT_REDUCE_SEQUENCE_SUM 3 /* mean_i(sum_t(m l)): LUSPO. normalizer replaces B when > 0 */

/* The loss f of a token with advantage A, importance ratio s (RRFT_RATIO_*) and log-prob lp. sg[] has no gradient. */
#define RRFT_OBJECTIVE_CLIP 0 /* -min(min(s, ratio_cap) A, clip(s, 1 - epsilon_low, 1 + epsilon_high) A), and where
                                 A < 0 at most -dual_clip A: PPO, GRPO, DAPO, GSPO; TRL delta; verl clip_ratio_c */
#define RRFT_OBJECTIVE_CISPO 1 /* -sg[clip(s, 1 - epsilon_low, 1 + epsilon_high)] A lp: MiniMax-M1, verl. epsilon_low
                                  = 1 leaves the upper bound alone: TRL, whose epsilon_high is 1 + epsilon_high here */
#define RRFT_OBJECTIVE_SAPO 2 /* -A (4 / tau) sigmoid(tau (s - 1)), tau = sapo_temperature_positive where A > 0, else
                                 sapo_temperature_negative: Qwen's soft gate */
#define RRFT_OBJECTIVE_VESPO 3 /* -sg[phi] A lp, phi = exp(lambda + k log w - lambda w), log w = sum_t clamp(d, -20, 20)
                                  within [log 1e-8, 20]; (k, lambda) = vespo_*_positive where A >= 0, else
                                  vespo_*_negative. The sampler's correction goes into w, by its logarithm, and is not
                                  multiplied again */
#define RRFT_OBJECTIVE_GMPO 4 /* -A rho, rho = exp(mean_t x), x = d where A clamp(d, -epsilon_low, epsilon_high) >= A d,
                                 else that clamped d, and 0 where A = 0: geometric-mean policy optimisation, verl
                                 geo_mean */
#define RRFT_OBJECTIVE_REINFORCE 5 /* -A lp */

/* The importance ratio s, with d = log_prob - old. */
#define RRFT_RATIO_TOKEN 0 /* exp(d) */
#define RRFT_RATIO_SEQUENCE 1 /* exp(mean_t d), with the gradient of that mean: GSPO; TRL importance_sampling_level */
#define RRFT_RATIO_SEQUENCE_TOKEN 2 /* that value, with the gradient of exp(d): GSPO-token; verl gspo */

/* Estimates of KL(policy || reference), with k = ref - log_prob. */
#define RRFT_KL_K3 0 /* exp(k) - k - 1; verl low_var_kl */
#define RRFT_KL_K1 1 /* -k; its gradient is 1 whatever the reference: a penalty with importance correction alone */
#define RRFT_KL_K2 2 /* k^2 / 2; verl mse */
#define RRFT_KL_ABSOLUTE 3 /* |k| */

/* Weights rho = exp(old - sampling) for completions that another engine sampled, applied to f and without gradient. */
#define RRFT_SAMPLER_NONE 0
#define RRFT_SAMPLER_TRUNCATE 1 /* clamp(rho, min, max): TIS; TRL token_truncate, sequence_truncate; verl rollout IS */
#define RRFT_SAMPLER_MASK 2 /* rho within [min, max], else 0: MIS, IcePop; TRL token_mask, sequence_mask */
#define RRFT_SAMPLER_TOKEN 0 /* a token's own rho */
#define RRFT_SAMPLER_SEQUENCE 1 /* exp(sum_t(old - sampling)): TRL */
#define RRFT_SAMPLER_SEQUENCE_MEAN 2 /* exp(mean_t(old - sampling)) */

/* How entropies become the bonus. */
#define RRFT_ENTROPY_TOKEN_MEAN 0 /* sum(m H) / max(1, entropy_normalizer or sum(m)): TRL, whatever the loss */
#define RRFT_ENTROPY_AS_LOSS 1 /* by `reduction` and `normalizer`: verl */

/* The objective. Per token that counts, with d = log_prob - old, k = ref - log_prob and H the token's entropy:
 *   l = f * [off-policy filter keeps it] * [entropy filter keeps it] * rho + kl_coefficient K(k)
 *   loss = reduce(l) - entropy_coefficient reduce'(H)
 * Zero in a field from `objective` on is the plain clipped objective with the k3 estimate. The derivative of min() at a
 * tie is that of the unclipped term (PyTorch splits a tie; TRL's ratio 1 is no tie); a clamp passes the gradient on its
 * bounds and stops it outside. Fields that the objective does not name are not read, but ratio_cap, dual_clip and
 * ratio_level are refused there. */
typedef struct rrft_policy_loss_options {
  float epsilon_low; /* in [0, 1]; GMPO: of the log-ratio */
  float epsilon_high; /* >= 0; GMPO: of the log-ratio */
  float kl_coefficient; /* beta >= 0; 0: ref_log_probs may be NULL */
  int32_t reduction; /* RRFT_REDUCE_* */
  double normalizer; /* see RRFT_REDUCE_*; 0: from this call's mask */

  int32_t objective; /* RRFT_OBJECTIVE_* */
  int32_t ratio_level; /* RRFT_RATIO_*; VESPO, GMPO and REINFORCE: RRFT_RATIO_TOKEN */
  float ratio_cap; /* > 1 + epsilon_high; 0: none. CLIP. TRL delta */
  float dual_clip; /* > 1; 0: none. CLIP. verl clip_ratio_c, 3 there */
  float log_ratio_clamp; /* d within +- this before anything else; 0: no clamp. verl 20 */
  float sapo_temperature_positive; /* > 0. TRL 1 */
  float sapo_temperature_negative; /* > 0. TRL 1.05 */
  float vespo_k_positive; /* >= 0. TRL 2 */
  float vespo_lambda_positive; /* >= 1e-4. TRL 3 */
  float vespo_k_negative; /* >= 0. TRL 3 */
  float vespo_lambda_negative; /* >= 1e-4. TRL 2 */

  int32_t kl_estimator; /* RRFT_KL_* */
  int32_t kl_importance; /* 1: K times the importance ratio (VESPO, GMPO, REINFORCE: exp(d)), with the gradient of both:
                            DeepSeek-V3.2, TRL use_bias_correction_kl; 0: K */
  float kl_log_ratio_clamp; /* k within +- this; 0: no clamp. verl 20 */
  float kl_clamp; /* K within +- this, before importance; 0: no clamp. verl 10 */

  int32_t sampler_correction; /* RRFT_SAMPLER_NONE, _TRUNCATE or _MASK; all but NONE need sampling_log_probs */
  int32_t sampler_level; /* RRFT_SAMPLER_TOKEN, _SEQUENCE or _SEQUENCE_MEAN */
  float sampler_ratio_min; /* 0 <= min <= max */
  float sampler_ratio_max; /* > 0, finite. TRL 3, verl 2 */

  float off_policy_threshold; /* keep a token where A >= 0 or mean_t(sampling - log_prob) <= this (old without
                                 sampling): DeepSeek-V3.2 eq. 9, TRL off_policy_mask_threshold; > 0; 0: keep all */
  float entropy_threshold; /* keep where H >= this, for a quantile taken over several calls; > 0; 0: keep all */
  double top_entropy_fraction; /* keep where H is at least the (1 - this) quantile, linearly interpolated, over the
                                  counting tokens of this call: TRL top_entropy_quantile; in (0, 1); 0 or 1: keep all. H
                                  that is NaN is no part of the quantile and is kept, so that it shows */

  float entropy_coefficient; /* >= 0 */
  int32_t entropy_reduction; /* RRFT_ENTROPY_* */
  double entropy_normalizer; /* of RRFT_ENTROPY_TOKEN_MEAN; 0: sum(m) of this call */
} rrft_policy_loss_options;

/* Means are over tokens with mask 1 of this call, unless said otherwise; everything is 0 when there is none. With
 * RRFT_RATIO_SEQUENCE, ratio_mean and the clip fractions are means over the sequences in which a token counts. */
typedef struct rrft_policy_metrics {
  double loss; /* the reduced objective, KL and entropy terms included */
  double policy_loss; /* the reduced objective without the KL and entropy terms */
  double kl; /* mean K(k), importance included; 0 without a reference */
  double approx_kl; /* mean of exp(d) - 1 - d: k3 estimate of KL(old || policy), the drift since sampling */
  double ratio_mean; /* of the importance ratio s; GMPO: of exp(d) */
  double ratio_max; /* NaN when a ratio is NaN */
  double clip_fraction_low; /* s < 1 - epsilon_low with A < 0 (TRL clip_ratio/low_mean); GMPO: d < -epsilon_low with
                               A < 0 */
  double clip_fraction_high; /* s > 1 + epsilon_high with A > 0 (TRL clip_ratio/high_mean, cispo_clip_ratio); GMPO:
                                d > epsilon_high with A > 0. Both 0 with SAPO, VESPO and REINFORCE */
  double clip_fraction; /* either (TRL clip_ratio/region_mean) */
  double clip_fraction_low_min; /* smallest over sequences in which a token counts (TRL clip_ratio/low_min) */
  double clip_fraction_high_max; /* largest over those sequences (TRL clip_ratio/high_max) */
  double entropy; /* mean token entropy in nats; 0 from policy_loss without entropies */
  int64_t token_count; /* sum of the mask */

  double entropy_loss; /* -entropy_coefficient reduce'(H), part of the loss. TRL's policy_loss is loss - entropy_loss */
  double ratio_min; /* NaN when a ratio is NaN */
  double log_ratio_mean; /* mean of d (verl ppo_kl is its negative) */
  double clip_fraction_dual; /* the dual clip is what counts (verl pg_clipfrac_lower) */
  double vespo_weight_mean; /* phi, over the sequences in which a token counts (TRL vespo/phi_seq_mean) */
  double sampling_log_ratio_mean; /* of |old - sampling| (TRL sampling/sampling_logp_difference/mean); 0 without
                                     sampling */
  double sampling_log_ratio_max;
  double sampling_ratio_min; /* of rho after truncation or masking, over tokens, or over sequences where it is theirs */
  double sampling_ratio_mean; /* (TRL sampling/importance_sampling_ratio/min, mean, max) */
  double sampling_ratio_max;
  double sampling_kept_fraction; /* rho within its bounds, of tokens or of sequences; 1 without correction */
  double off_policy_kept_fraction; /* tokens that the off-policy filter keeps */
  double entropy_kept_fraction; /* tokens that the entropy filter keeps */
  double entropy_threshold; /* what H was compared with; 0 without that filter */
  int64_t sequence_count; /* sequences in which a token counts */
} rrft_policy_metrics;

/* Log-probs to loss, gradient and metrics in one call. All arrays (B, T) contiguous but advantages. */
typedef struct rrft_policy_loss_args {
  size_t struct_size;
  int64_t batch;
  int64_t tokens;
  const float* log_probs;
  const float* old_log_probs; /* NULL: log_probs themselves (one update per rollout, ratio 1) */
  const float* ref_log_probs; /* NULL allowed when kl_coefficient is 0 */
  const float* advantages; /* (B); NULL with token_advantages */
  const uint8_t* mask; /* NULL: every token counts */
  rrft_policy_loss_options options;
  float* grad_log_probs; /* d loss / d log_probs; NULL: not wanted */
  rrft_policy_metrics* metrics; /* required */
  int32_t threads;
  const float* token_advantages; /* (B, T), instead of advantages */
  const float* sampling_log_probs; /* of the engine that sampled; NULL allowed with RRFT_SAMPLER_NONE */
  const float* entropy; /* as log_probs_forward gives it; needed by the entropy filters and the bonus, else optional */
  float* grad_entropy; /* d loss / d entropy, for log_probs_backward; NULL: not wanted */
} rrft_policy_loss_args;

RRFT_API rrft_status rrft_reference_policy_loss(const rrft_policy_loss_args* args);
RRFT_API rrft_status rrft_cpu_policy_loss(const rrft_policy_loss_args* args);

/*
 * Logits to loss, gradient over the logits, log-probs, entropy and metrics in one call. options, advantages, old, ref
 * and sampling as in policy_loss; logits, ids, mask, temperature as in log_probs. The entropies are the call's own, and
 * the entropy bonus goes into grad_logits.
 *
 * One read and one write of each row where its gradient needs nothing of other rows. Options for which it does cost a
 * second read from memory: a ratio_level other than TOKEN, VESPO, GMPO, off_policy_threshold, top_entropy_fraction, and
 * a sampler_level other than TOKEN without old_log_probs.
 */
typedef struct rrft_fused_policy_loss_args {
  size_t struct_size;
  rrft_log_probs_args rows; /* its struct_size too; grad_log_probs and grad_entropy must be NULL. log_probs is required;
                               grad_logits may be logits itself, or NULL: no gradient (evaluation) */
  const float* old_log_probs;
  const float* ref_log_probs;
  const float* advantages;
  rrft_policy_loss_options options;
  rrft_policy_metrics* metrics; /* required */
  const float* token_advantages;
  const float* sampling_log_probs;
} rrft_fused_policy_loss_args;

RRFT_API rrft_status rrft_reference_fused_policy_loss(const rrft_fused_policy_loss_args* args);
RRFT_API rrft_status rrft_cpu_fused_policy_loss(const rrft_fused_policy_loss_args* args);

/*
 * y = norm(x) weight^T + bias, for few rows: the matrix product of generation. norm(x) = x / sqrt(mean(x^2) + epsilon)
 * norm_weight row by row (RMSNorm, Zhang and Sennrich 2019), or x itself. float32 only, on processors only.
 */
typedef struct rrft_linear_args {
  size_t struct_size;
  int64_t rows; /* M >= 0 */
  int64_t inputs; /* K >= 1 */
  int64_t outputs; /* N >= 1 */
  const float* x; /* (M, K) */
  int64_t x_stride; /* elements between rows */
  const float* norm_weight; /* (K); NULL: no norm */
  const float* weight; /* (N, K) contiguous */
  const float* bias; /* (N); NULL: 0 */
  float* y; /* (M, N) */
  int64_t y_stride;
  float norm_epsilon; /* > 0 with norm_weight */
  int32_t threads; /* 1 to 1024; 0: rrft_default_threads() */
} rrft_linear_args;

RRFT_API rrft_status rrft_reference_linear(const rrft_linear_args* args);
RRFT_API rrft_status rrft_cpu_linear(const rrft_linear_args* args);

/* The places of a sequence in the cache of decoder_layer come in multiples of this. */
#define RRFT_PLACE_ALIGNMENT 16

/*
 * A layer of a Qwen2 decoder (arXiv:2407.10671) for N tokens of any sequences at any places, with a cache of keys and
 * values: what generation runs, for prompts and for new tokens alike. float32 only, on processors only.
 *
 *   q, k, v = norm(x, input_norm) qkv_weight^T + qkv_bias, heads of D values each; q and k turned by the token's angles:
 *             values i and i + D/2 become (a cos_i - b sin_i, b cos_i + a sin_i)
 *   cache[sequence][place] = k, v
 *   x += softmax(q k^T / sqrt(D)) v out_weight^T over places 0 to the token's own of its sequence
 *   x += (silu(g) u) down_weight^T with g, u = norm(x, inner_norm) gate_up_weight^T
 *
 * Places below a token's own hold keys and values of earlier calls or of earlier tokens of this one: the tokens of a
 * sequence come in ascending order of their places. Query head h shares key head h / (heads / key_value_heads).
 *
 * Of a model's last layer only the tokens count whose logits are wanted: cache_only for all, then a whole call for those.
 */
typedef struct rrft_decoder_layer_args {
  size_t struct_size;
  int64_t tokens; /* N >= 0 */
  int64_t hidden; /* H >= 1 */
  int64_t inner; /* I >= 1, width of the gated layer */
  int64_t heads; /* of queries, a multiple of key_value_heads */
  int64_t key_value_heads; /* K >= 1 */
  int64_t head_size; /* D, even, >= 2 */
  int64_t sequences; /* S >= 0, of the cache */
  int64_t places; /* C, that a sequence of the cache has: a multiple of RRFT_PLACE_ALIGNMENT */
  float* x; /* (N, H), replaced */
  const int64_t* sequence; /* (N) in [0, S) */
  const int64_t* place; /* (N) in [0, C) */
  const float* cos; /* (N, D / 2) */
  const float* sin; /* (N, D / 2) */
  const float* input_norm; /* (H) */
  const float* qkv_weight; /* ((heads + 2 K) D, H) */
  const float* qkv_bias; /* ((heads + 2 K) D); NULL: 0 */
  const float* out_weight; /* (H, heads D) */
  const float* inner_norm; /* (H) */
  const float* gate_up_weight; /* (2 I, H), gate first */
  const float* down_weight; /* (H, I) */
  float* keys; /* (S, K, D, C): a query meets neighbouring places side by side. Any values at places not yet filled */
  float* values; /* (S, K, C, D) */
  float norm_epsilon; /* > 0 */
  int32_t threads;
  int32_t cache_only; /* not 0: keys and values are cached, x is left alone */
} rrft_decoder_layer_args;

RRFT_API rrft_status rrft_reference_decoder_layer(const rrft_decoder_layer_args* args);
RRFT_API rrft_status rrft_cpu_decoder_layer(const rrft_decoder_layer_args* args);

#ifdef __cplusplus
}
#endif
#endif
