package org.reasonrft.benchmarks;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.reasonrft.kernels.GroupAdvantages;
import org.reasonrft.kernels.Kernels;
import org.reasonrft.torch.Torch;

/** Rewards of groups of completions to advantages, as GRPO computes them. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 3,
        jvmArgsAppend = {"-Xms1g", "-Xmx1g"})
public class GroupAdvantagesBenchmark {

    /** Questions. */
    @Param("4096")
    public int groups;

    /** Completions a question. */
    @Param("8")
    public int groupSize;

    private float[] rewards;
    private Tensor rewardTensor;

    /** Draws rewards of 0, 1 and 2 and compares both ways once. */
    @Setup(Level.Trial)
    public void create() {
        Torch.load();
        torch.set_num_threads(Kernels.defaultThreads());
        Random random = new Random(4);
        rewards = new float[groups * groupSize];
        for (int i = 0; i < rewards.length; i++) {
            rewards[i] = random.nextInt(3);
        }
        try (PointerScope scope = new PointerScope()) {
            rewardTensor = Torch.tensor(rewards, groups, groupSize).retainReference();
            double deviation = LogitBatch.deviation(Torch.tensor(kernel(), groups, groupSize), composed());
            if (!(deviation < 1e-5)) {
                throw new IllegalStateException("advantages differ from libtorch's by " + deviation);
            }
        }
    }

    private Tensor composed() {
        Tensor mean = rewardTensor.mean(new long[] {1}, true, new ScalarTypeOptional());
        Tensor std = torch.std(rewardTensor, new long[] {1}, new ScalarOptional(new Scalar(1.0)), true);
        return rewardTensor.sub(mean).div(std.add(new Scalar(1e-4)));
    }

    /** From array to array. */
    @Benchmark
    public float[] kernel() {
        return GroupAdvantages.grpo().compute(rewards, groupSize).advantages();
    }

    /** {@code (rewards - mean) / (std + 1e-4)} of libtorch, from tensor to tensor. */
    @Benchmark
    public double libtorch() {
        try (PointerScope scope = new PointerScope()) {
            return composed().numel();
        }
    }
}
