package org.reasonrft.kernels;

/**
 * The loss of a token with advantage {@code A}, as a function of its importance ratio {@code s} (see {@link RatioLevel}),
 * its log-probability {@code lp}, or its log-ratio {@code d = logProb - oldLogProb}. {@code sg[]} has no gradient.
 */
public sealed interface PolicyObjective
        permits PolicyObjective.Clip,
                PolicyObjective.Cispo,
                PolicyObjective.Sapo,
                PolicyObjective.Vespo,
                PolicyObjective.Gmpo,
                PolicyObjective.Reinforce {

    /**
     * {@code -min(min(s, ratioCap) A, clip(s, 1 - epsilonLow, 1 + epsilonHigh) A)}, and at most {@code -dualClip A} where
     * {@code A < 0}. PPO (arXiv:1707.06347, eq. 7), GRPO, DAPO, GSPO; TRL {@code loss_type} "grpo", "bnpo", "dapo",
     * "dr_grpo", "luspo"; verl {@code vanilla}.
     *
     * @param epsilonLow how far the ratio may fall below 1, in [0, 1]. TRL {@code epsilon}
     * @param epsilonHigh how far it may rise above 1, at least 0. TRL {@code epsilon_high}
     * @param ratioCap bound of the unclipped ratio (INTELLECT-2, arXiv:2505.07291), above {@code 1 + epsilonHigh}; 0:
     *     none. TRL {@code delta}
     * @param dualClip bound of the loss for negative advantages (arXiv:1912.09729), above 1; 0: none. verl
     *     {@code clip_ratio_c}, 3 there
     */
    record Clip(double epsilonLow, double epsilonHigh, double ratioCap, double dualClip) implements PolicyObjective {

        public Clip {
            Checks.range("epsilonLow", epsilonLow, 0, 1);
            Checks.range("epsilonHigh", epsilonHigh, 0, Float.MAX_VALUE);
            if (ratioCap != 0) {
                Checks.above("ratioCap", ratioCap, 1 + epsilonHigh);
            }
            if (dualClip != 0) {
                Checks.above("dualClip", dualClip, 1);
            }
        }

        /** Neither cap nor dual clip. */
        public Clip(double epsilonLow, double epsilonHigh) {
            this(epsilonLow, epsilonHigh, 0, 0);
        }

        public Clip withRatioCap(double value) {
            return new Clip(epsilonLow, epsilonHigh, value, dualClip);
        }

        public Clip withDualClip(double value) {
            return new Clip(epsilonLow, epsilonHigh, ratioCap, value);
        }
    }

    /**
     * {@code -sg[clip(s, lowest, highest)] A lp}: every token keeps a gradient. CISPO (MiniMax-M1, arXiv:2506.13585).
     *
     * @param lowest bound of the ratio from below, 0 (none, as in TRL) to 1. verl {@code 1 - clip_ratio_low}
     * @param highest bound from above, at least 1. TRL {@code epsilon_high} itself; verl {@code 1 + clip_ratio_high}
     */
    record Cispo(double lowest, double highest) implements PolicyObjective {

        public Cispo {
            Checks.range("lowest", lowest, 0, 1);
            Checks.range("highest", highest, 1, Float.MAX_VALUE);
        }
    }

    /**
     * {@code -A (4 / tau) sigmoid(tau (s - 1))}: a gate in place of a clip. SAPO (Qwen, arXiv:2511.20347).
     *
     * @param temperaturePositive tau where {@code A > 0}, above 0. TRL {@code sapo_temperature_pos}
     * @param temperatureNegative tau elsewhere, above 0. TRL {@code sapo_temperature_neg}
     */
    record Sapo(double temperaturePositive, double temperatureNegative) implements PolicyObjective {

        public Sapo {
            Checks.above("temperaturePositive", temperaturePositive, 0);
            Checks.above("temperatureNegative", temperatureNegative, 0);
        }
    }

    /**
     * {@code -sg[phi] A lp} with {@code phi = exp(lambda + k log w - lambda w)}, where {@code log w} is the sum of the
     * sequence's {@code d}, each within +-20, kept within [log 1e-8, 20]. The sampler's correction goes into {@code w}.
     * VESPO; TRL {@code loss_type="vespo"}.
     *
     * @param kPositive k where {@code A >= 0}, at least 0. TRL {@code vespo_k_pos}
     * @param lambdaPositive lambda there, at least 1e-4. TRL {@code vespo_lambda_pos}
     * @param kNegative k elsewhere. TRL {@code vespo_k_neg}
     * @param lambdaNegative lambda elsewhere. TRL {@code vespo_lambda_neg}
     */
    record Vespo(double kPositive, double lambdaPositive, double kNegative, double lambdaNegative)
            implements PolicyObjective {

        public Vespo {
            Checks.range("kPositive", kPositive, 0, Float.MAX_VALUE);
            Checks.range("lambdaPositive", lambdaPositive, 1e-4, Float.MAX_VALUE);
            Checks.range("kNegative", kNegative, 0, Float.MAX_VALUE);
            Checks.range("lambdaNegative", lambdaNegative, 1e-4, Float.MAX_VALUE);
        }
    }

    /**
     * {@code -A rho}, rho being the geometric mean of the sequence's ratios, each of which is clipped in log space to the
     * side that its advantage would pull it to. GMPO (arXiv:2507.20673); verl {@code geo_mean}.
     *
     * @param epsilonLow how far {@code d} may fall below 0, in [0, 1]. The paper has 0.4
     * @param epsilonHigh how far it may rise above 0, at least 0. The paper has 0.4
     */
    record Gmpo(double epsilonLow, double epsilonHigh) implements PolicyObjective {

        public Gmpo {
            Checks.range("epsilonLow", epsilonLow, 0, 1);
            Checks.range("epsilonHigh", epsilonHigh, 0, Float.MAX_VALUE);
        }
    }

    /** {@code -A lp}: the plain policy gradient, whatever the ratio. */
    record Reinforce() implements PolicyObjective {}
}
