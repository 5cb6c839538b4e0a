package org.reasonrft.kernels.internal;

import org.bytedeco.javacpp.annotation.Platform;
import org.bytedeco.javacpp.annotation.Properties;
import org.bytedeco.javacpp.tools.Info;
import org.bytedeco.javacpp.tools.InfoMap;
import org.bytedeco.javacpp.tools.InfoMapper;

/** Tells JavaCPP how to turn {@code kernels.h} into {@link Abi} and one class per argument struct. Internal. */
@Properties(
        value =
                @Platform(
                        include = {"reasonrft/kernels.h", "reasonrft/calls.h"},
                        link = "reasonrft"),
        target = "org.reasonrft.kernels.internal",
        global = "org.reasonrft.kernels.internal.Abi")
public class AbiPresets implements InfoMapper {

    @Override
    public void map(InfoMap infoMap) {
        // Array members take any pointer: the public API has checked element types by then.
        infoMap.put(new Info("float").cast().valueTypes("float").pointerTypes("Pointer"))
                .put(new Info("double").cast().valueTypes("double").pointerTypes("Pointer"))
                .put(new Info("uint8_t").cast().valueTypes("byte").pointerTypes("Pointer"))
                .put(new Info("int64_t").cast().valueTypes("long").pointerTypes("Pointer"))
                .put(new Info("RRFT_API").cppTypes().annotations())
                .put(new Info("rrft_status").cast().valueTypes("int"))
                .put(new Info("rrft_log_probs_args").pointerTypes("LogProbsArgs"))
                .put(new Info("rrft_linear_log_probs_args").pointerTypes("LinearLogProbsArgs"))
                .put(new Info("rrft_linear_args").pointerTypes("LinearArgs"))
                .put(new Info("rrft_decoder_layer_args").pointerTypes("DecoderLayerArgs"))
                .put(new Info("rrft_group_advantages_args").pointerTypes("GroupAdvantagesArgs"))
                .put(new Info("rrft_policy_loss_options").pointerTypes("PolicyLossOptionsStruct"))
                .put(new Info("rrft_policy_metrics").pointerTypes("PolicyMetricsStruct"))
                .put(new Info("rrft_policy_loss_args").pointerTypes("PolicyLossArgs"))
                .put(new Info("rrft_fused_policy_loss_args").pointerTypes("FusedPolicyLossArgs"));
    }
}
