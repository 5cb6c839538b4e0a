package org.reasonrft.train;

import java.util.Map;
import org.reasonrft.kernels.PolicyMetrics;

/**
 * Adds up what the updates of one rollout measured. Losses of the micro-batches of an update add up to the update's,
 * because their divisor is the update's; per-token means are weighted by tokens. Names are TRL's.
 */
final class UpdateMetrics {
    private int updates;
    private double loss;
    private double policyLoss;
    private double gradientNorm;
    private long tokens;
    private double kl;
    private double approxKl;
    private double entropy;
    private double ratio;
    private double ratioMax;
    private double clipLow;
    private double clipHigh;
    private double clip;

    void add(PolicyMetrics part) {
        loss += part.loss();
        policyLoss += part.policyLoss();
        long count = part.tokenCount();
        tokens += count;
        kl += part.kl() * count;
        approxKl += part.approxKl() * count;
        entropy += part.entropy() * count;
        ratio += part.ratioMean() * count;
        ratioMax = Math.max(ratioMax, part.ratioMax());
        clipLow += part.clipFractionLow() * count;
        clipHigh += part.clipFractionHigh() * count;
        clip += part.clipFraction() * count;
    }

    void endUpdate(double norm) {
        updates++;
        gradientNorm += norm;
    }

    void putInto(Map<String, Number> metrics) {
        double perToken = tokens == 0 ? 0 : 1.0 / tokens;
        metrics.put("loss", loss / updates);
        metrics.put("policy_loss", policyLoss / updates);
        metrics.put("grad_norm", gradientNorm / updates);
        metrics.put("kl", kl * perToken);
        metrics.put("approx_kl", approxKl * perToken);
        metrics.put("entropy", entropy * perToken);
        metrics.put("ratio/mean", ratio * perToken);
        metrics.put("ratio/max", ratioMax);
        metrics.put("clip_ratio/low_mean", clipLow * perToken);
        metrics.put("clip_ratio/high_mean", clipHigh * perToken);
        metrics.put("clip_ratio/region_mean", clip * perToken);
    }
}
