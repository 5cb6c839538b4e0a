package org.reasonrft.train;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Device;
import org.reasonrft.data.ReadSummary;
import org.reasonrft.data.Sample;
import org.reasonrft.data.SampleReader;
import org.reasonrft.data.SampleSet;
import org.reasonrft.kernels.GroupAdvantages;
import org.reasonrft.kernels.PolicyLossOptions;
import org.reasonrft.kernels.View;
import org.reasonrft.model.ModelDirectory;
import org.reasonrft.model.QwenModel;
import org.reasonrft.run.Progress;

/**
 * Phase 2: GRPO (DeepSeekMath, arXiv:2402.03300, section 4; Reason-RFT section 3.3). For each question a group of G
 * completions is sampled from the policy and scored; a completion's advantage is its reward relative to its group; the
 * policy is moved by the clipped ratio objective with a k3 KL term against the frozen starting checkpoint.
 *
 * <p>A step, top to bottom: sample, score, advantages, reference log-probs, then for each update the {@link PolicyPass}
 * that gives loss, metrics and the parameters' gradient.
 */
public final class GrpoTrainer {
    private final GrpoConfig config;
    private final ReadSummary data;
    private final List<Sample> samples;
    private final RewardSet rewards;
    private final int questionsPerStep;

    /** Reads the data. */
    public GrpoTrainer(GrpoConfig config) {
        this.config = config;
        rewards = new RewardSet(
                config.rewards(), config.rewardWeights(), Duration.ofNanos((long) (config.rewardTimeout() * 1e9)));
        questionsPerStep = config.questionsPerStep();
        SampleSet all = SampleReader.read(config.data(), config.imageRoot(), config.onBadRecord());
        data = all.summary();
        samples = all.part(config.skipSamples(), config.maxSamples());
    }

    /** How reading the record file went. */
    public ReadSummary data() {
        return data;
    }

    /**
     * Trains until the last step or until asked to stop.
     *
     * @param resume continue the run in the output folder
     * @param stop asked before each step; true ends the run there, with a checkpoint that can be resumed
     */
    public TrainingResult run(boolean resume, BooleanSupplier stop) throws IOException {
        try (TrainingSession session = TrainingSession.open(setup(), resume, model -> {});
                ModelDirectory copy = referenceCopy()) {
            QwenModel reference = copy != null ? copy.model() : config.beta() > 0 ? session.baseModel() : null;
            SampleOrder order = new SampleOrder(samples.size(), questionsPerStep, config.seed(), null);
            long maxSteps = session.until(config.maxSteps() > 0 ? config.maxSteps() : order.stepsFor(config.epochs()));
            try (Progress progress = Progress.start("grpo", session.step(), maxSteps)) {
                while (session.step() < maxSteps && !stop.getAsBoolean()) {
                    session.beginStep();
                    try (PointerScope scope = new PointerScope()) {
                        Map<String, Number> metrics = new LinkedHashMap<>();
                        double rate = config.optimizer().rateAt(session.step(), maxSteps);
                        Rollout rollout = Rollout.sample(session, questions(order, session.step()), config);
                        rollout.score(rewards, advantages(), metrics);
                        UpdateMetrics updates = new UpdateMetrics();
                        referenceLogProbs(reference, session, rollout);
                        for (int iteration = 0; iteration < config.numIterations(); iteration++) {
                            for (int first = 0; first < questionsPerStep; first += questionsPer(config.batchSize())) {
                                update(session, rollout, first, rate, updates);
                            }
                        }
                        updates.putInto(metrics);
                        metrics.put("learning_rate", rate);
                        rollout.log(session, config.logCompletions());
                        session.endStep(metrics, rollout.tokens(), session.step() + 1 == maxSteps);
                        progress.update(session.step(), shown(metrics));
                    }
                }
            }
            return session.finish(session.step() == maxSteps);
        }
    }

    /** The frozen starting checkpoint; null without a KL term, and where it is beneath the adapter that is trained. */
    private ModelDirectory referenceCopy() throws IOException {
        if (config.beta() == 0 || config.lora().enabled()) {
            return null;
        }
        try (PointerScope scope = new PointerScope()) {
            return ModelDirectory.load(config.model(), config.dtype().scalarType(), new Device("cpu"));
        }
    }

    /** One optimizer step on the groups from {@code first} on. */
    private void update(TrainingSession session, Rollout rollout, int first, double rate, UpdateMetrics updates) {
        int end = first + questionsPer(config.batchSize());
        // The divisor counts dead groups too, so leaving them out of the passes changes no other token's weight.
        PolicyLossOptions options = options(rollout, first, end);
        int[] live = rollout.groupsToTrain(first, end, config.skipDeadGroups());
        int chunk = questionsPer(config.microBatchSize());
        for (int from = 0; from < live.length; from += chunk) {
            int[] groups = Arrays.copyOfRange(live, from, Math.min(live.length, from + chunk));
            try (PointerScope scope = new PointerScope()) {
                CompletionRows rows = rollout.rows(groups);
                PolicyPass.Inputs inputs = new PolicyPass.Inputs(
                        rollout.advantages(groups),
                        oldLogProbs(rollout, groups, rows),
                        keptReferenceLogProbs(rollout, groups, rows));
                updates.add(session.trainingPass(() -> policyPass(session)
                        .lossAndGradient(session.model().model(), rollout.prompts(groups), rows, inputs, options)));
            }
        }
        updates.endUpdate(live.length == 0 ? 0 : session.update(rate));
    }

    /** Null for the first update of a rollout, whose ratios are 1. */
    private View oldLogProbs(Rollout rollout, int[] groups, CompletionRows rows) {
        return updatesPerRollout() > 1 ? rows.padded(rollout.sampledLogProbs(groups)) : null;
    }

    private View keptReferenceLogProbs(Rollout rollout, int[] groups, CompletionRows rows) {
        return config.beta() > 0 ? rows.padded(rollout.referenceLogProbs(groups)) : null;
    }

    /** Log-probs of the sampled tokens under the frozen reference, for the groups that are trained on. */
    private void referenceLogProbs(QwenModel reference, TrainingSession session, Rollout rollout) {
        if (reference == null) {
            return;
        }
        int[] live = rollout.groupsToTrain(0, questionsPerStep, config.skipDeadGroups());
        int chunk = questionsPer(config.microBatchSize());
        for (int from = 0; from < live.length; from += chunk) {
            int[] groups = Arrays.copyOfRange(live, from, Math.min(live.length, from + chunk));
            try (PointerScope scope = new PointerScope()) {
                CompletionRows rows = rollout.rows(groups);
                View logProbs = policyPass(session).logProbs(reference, rollout.prompts(groups), rows);
                rollout.keepReferenceLogProbs(groups, logProbs);
            }
        }
    }

    private PolicyPass policyPass(TrainingSession session) {
        return new PolicyPass(
                config.numGenerations(),
                config.temperature(),
                config.fuseHead(),
                config.gradientCheckpointing(),
                session.threads());
    }

    private PolicyLossOptions options(Rollout rollout, int first, int end) {
        double sequences = (double) (end - first) * config.numGenerations();
        double normalizer = switch (config.reduction()) {
            case TOKEN_MEAN -> Math.max(1, rollout.countedTokens(first, end));
            case SEQUENCE_MEAN, SEQUENCE_SUM -> sequences;
            case FIXED_LENGTH -> sequences * config.maxCompletionLength();
        };
        return config.loss()
                .options(config.epsilonLow(), config.epsilonHigh(), config.beta())
                .withEntropyBonus(config.loss().entropyBonus(Math.max(1, rollout.countedTokens(first, end))))
                .withReduction(config.reduction(), normalizer);
    }

    private GroupAdvantages advantages() {
        return new GroupAdvantages(
                config.advantageBaseline(),
                config.scaleRewards(),
                GroupAdvantages.StdDivisor.N_MINUS_1,
                config.advantageEpsilon());
    }

    private int questionsPer(int completions) {
        return completions / config.numGenerations();
    }

    private int updatesPerRollout() {
        return config.numIterations() * (config.generationBatchSize() / config.batchSize());
    }

    private List<Sample> questions(SampleOrder order, long step) {
        List<Sample> questions = new ArrayList<>();
        for (int index : order.batch(step)) {
            questions.add(samples.get(index));
        }
        return questions;
    }

    private static Map<String, Number> shown(Map<String, Number> metrics) {
        Map<String, Number> shown = new LinkedHashMap<>();
        for (String name : List.of("reward", "rewards/accuracy/mean", "kl", "completions/mean_length")) {
            if (metrics.containsKey(name)) {
                shown.put(
                        name.equals("rewards/accuracy/mean") ? "accuracy" : name.replace("completions/mean_", ""),
                        metrics.get(name));
            }
        }
        return shown;
    }

    private TrainingSession.Setup setup() {
        return new TrainingSession.Setup(
                "grpo",
                config,
                config.model(),
                config.output(),
                config.prompt(),
                config.freezeVision(),
                config.dtype(),
                config.lora(),
                config.seed(),
                config.optimizer(),
                config.evaluation(),
                config.maxCompletionLength(),
                config.saveSteps(),
                config.saveTotalLimit(),
                config.threads());
    }
}
