package org.reasonrft.kernels;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.GZIPInputStream;

/** Values recorded from TRL; {@code goldens/README.md} says how. */
final class Goldens {

    private static final ObjectMapper JSON =
            new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    private final JsonNode header;
    private final ByteBuffer data;

    /** One loss configuration on one batch. */
    record Case(
            String key,
            String shape,
            @JsonProperty("B") int batch,
            @JsonProperty("T") int tokens,
            @JsonProperty("V") int vocabulary,
            double temperature,
            @JsonProperty("max_completion_length") int maxCompletionLength,
            Config config,
            double loss,
            Map<String, Double> metrics) {

        PolicyLossOptions options() {
            Reduction reduction = switch (config.lossType()) {
                case "grpo", "sapo" -> Reduction.SEQUENCE_MEAN;
                case "bnpo", "dapo", "cispo", "vespo" -> Reduction.TOKEN_MEAN;
                case "dr_grpo" -> Reduction.FIXED_LENGTH;
                case "luspo" -> Reduction.SEQUENCE_SUM;
                default -> throw new IllegalArgumentException(config.lossType());
            };
            PolicyObjective objective = switch (config.lossType()) {
                case "cispo" -> new PolicyObjective.Cispo(0, config.epsilonHigh());
                case "sapo" -> PolicyLossOptions.sapo().objective();
                case "vespo" -> PolicyLossOptions.vespo().objective();
                default ->
                    new PolicyObjective.Clip(
                            config.epsilonLow(), config.epsilonHigh(), config.delta() == null ? 0 : config.delta(), 0);
            };
            double normalizer = reduction == Reduction.FIXED_LENGTH ? (double) batch * maxCompletionLength : 0;
            return PolicyLossOptions.defaults()
                    .withObjective(objective)
                    .withRatioLevel(RatioLevel.valueOf(config.level().toUpperCase(Locale.ROOT)))
                    .withKl(KlPenalty.k3(config.beta()).withImportanceCorrected(config.biasCorrectionKl()))
                    .withSamplerCorrection(
                            config.truncatedIs()
                                    ? SamplerCorrection.truncate(SamplerCorrection.Level.TOKEN, 2.5)
                                    : SamplerCorrection.none())
                    .withTokenFilter(new TokenFilter(
                            config.offPolicyThreshold() == null ? 0 : config.offPolicyThreshold(),
                            config.topEntropyQuantile(),
                            0))
                    .withEntropyBonus(EntropyBonus.of(config.entropyCoefficient()))
                    .withReduction(reduction, normalizer);
        }

        @Override
        public String toString() {
            return key + " " + config;
        }
    }

    /** TRL's names for the options. */
    record Config(
            @JsonProperty("loss_type") String lossType,
            String level,
            double beta,
            @JsonProperty("epsilon_low") double epsilonLow,
            @JsonProperty("epsilon_high") double epsilonHigh,
            Double delta,
            @JsonProperty("off_policy_threshold") Double offPolicyThreshold,
            @JsonProperty("top_entropy_quantile") double topEntropyQuantile,
            @JsonProperty("truncated_is") boolean truncatedIs,
            @JsonProperty("entropy_coef") double entropyCoefficient,
            @JsonProperty("bias_correction_kl") boolean biasCorrectionKl) {}

    private record Cases(List<Case> cases) {}

    private Goldens(JsonNode header, ByteBuffer data) {
        this.header = header;
        this.data = data;
    }

    static List<Case> cases() {
        try (InputStream in = open("grpo_loss.json")) {
            return JSON.readValue(in, Cases.class).cases();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Goldens tensors() {
        try (InputStream in = new GZIPInputStream(open("grpo_loss.safetensors.gz"))) {
            ByteBuffer all = ByteBuffer.wrap(in.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
            byte[] header = new byte[Math.toIntExact(all.getLong())];
            all.get(header);
            return new Goldens(JSON.readTree(header), all.slice().order(ByteOrder.LITTLE_ENDIAN));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean has(String name) {
        return header.has(name);
    }

    float[] floats(String name) {
        ByteBuffer bytes = bytes(name, "F32");
        float[] values = new float[bytes.remaining() / Float.BYTES];
        bytes.asFloatBuffer().get(values);
        return values;
    }

    long[] longs(String name) {
        ByteBuffer bytes = bytes(name, "I64");
        long[] values = new long[bytes.remaining() / Long.BYTES];
        bytes.asLongBuffer().get(values);
        return values;
    }

    private ByteBuffer bytes(String name, String dtype) {
        JsonNode entry = header.required(name);
        if (!entry.get("dtype").asText().equals(dtype)) {
            throw new IllegalArgumentException(name + " is " + entry + "; wanted " + dtype);
        }
        JsonNode offsets = entry.get("data_offsets");
        int start = offsets.get(0).asInt();
        return data.slice(start, offsets.get(1).asInt() - start).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static InputStream open(String name) {
        InputStream in = Goldens.class.getResourceAsStream("/goldens/" + name);
        if (in == null) {
            throw new IllegalStateException("no test resource /goldens/" + name);
        }
        return in;
    }
}
