package org.reasonrft.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.reasonrft.model.TensorAssertions.assertClose;

import java.util.HashMap;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.reasonrft.torch.Torch;

/** Decoding in parts against decoding in one go. */
class KeyValuesTest {
    private static final int PROMPT = 5;
    private static final int NEW = 4;
    private static final int GROUP = 3;

    private final QwenModel model = TinyModel.create(3);
    private PointerScope scope;

    @BeforeEach
    void open() {
        scope = new PointerScope();
        model.requireGradients(name -> true);
    }

    @AfterEach
    void close() {
        scope.close();
        model.close();
    }

    /** Two prompts once, three completions each, against six whole rows: results and all gradients. */
    @Test
    void prefillAndExtendEqualTheWholeIncludingGradients() {
        Tensor prompts = Torch.tensor(TinyModel.ids(1, 2 * PROMPT), 2, PROMPT);
        Tensor completions = Torch.tensor(TinyModel.ids(2, 2 * GROUP * NEW), 2 * GROUP, NEW);
        Tensor weights = Torch.tensor(TinyModel.uniform(5, 2 * GROUP * NEW * 37), 2 * GROUP, NEW, 37);

        Tensor repeated = prompts.repeat_interleave(GROUP, new LongOptional(0), new LongOptional());
        Tensor whole = model.logits(model.prefill(
                        model.embed(torch.cat(new TensorVector(repeated, completions), 1)),
                        TinyModel.positions(0, 2 * GROUP, PROMPT + NEW),
                        null)
                .hidden()
                .narrow(1, PROMPT, NEW));
        whole.mul(weights).sum().backward();
        Map<String, Tensor> wholeGradients = takeGradients();

        KeyValues prompt = model.prefill(model.embed(prompts), TinyModel.positions(0, 2, PROMPT), null)
                .keyValues();
        QwenModel.Decoded extended = model.decode(
                model.embed(completions),
                TinyModel.positions(PROMPT, 2 * GROUP, NEW),
                null,
                prompt.repeatInterleave(GROUP));
        Tensor parts = model.logits(extended.hidden());
        parts.mul(weights).sum().backward();

        assertThat(TensorAssertions.rootMeanSquare(whole)).isGreaterThan(0.1);
        assertClose(parts, whole, 1e-4);
        Map<String, Tensor> gradients = takeGradients();
        assertThat(gradients.keySet()).isEqualTo(wholeGradients.keySet());
        wholeGradients.forEach((name, wanted) -> {
            double size = TensorAssertions.rootMeanSquare(wanted);
            double error = TensorAssertions.rootMeanSquare(gradients.get(name).sub(wanted));
            assertThat(error).as(name).isLessThanOrEqualTo(1e-4 * size + 1e-7);
        });
        assertThat(extended.keyValues().length()).isEqualTo(PROMPT + NEW);
        assertThat(extended.keyValues().batchSize()).isEqualTo(2 * GROUP);
    }

    @Test
    void gradientOfTheCompletionsReachesThePrompts() {
        Tensor prompts = Torch.tensor(TinyModel.ids(1, PROMPT), 1, PROMPT);
        Tensor embeddings = model.embed(prompts).detach().set_requires_grad(true);
        KeyValues past = model.prefill(embeddings, TinyModel.positions(0, 1, PROMPT), null)
                .keyValues();
        Tensor completion = model.embed(Torch.tensor(TinyModel.ids(2, 2 * NEW), 2, NEW));
        Tensor positions = TinyModel.positions(PROMPT, 2, NEW);
        model.decode(completion, positions, null, past.repeatInterleave(2))
                .hidden()
                .sum()
                .backward();
        assertThat(TensorAssertions.rootMeanSquare(embeddings.grad())).isGreaterThan(1e-4);

        embeddings.mutable_grad().zero_();
        model.decode(
                        model.embed(Torch.tensor(TinyModel.ids(2, NEW), 1, NEW)),
                        TinyModel.positions(PROMPT, 1, NEW),
                        null,
                        past.detach())
                .hidden()
                .sum()
                .backward();
        assertThat(TensorAssertions.rootMeanSquare(embeddings.grad())).isZero();
    }

    @Test
    void selectedRowsGoOnAsThemselves() {
        Tensor prompts = Torch.tensor(TinyModel.ids(1, 3 * PROMPT), 3, PROMPT);
        KeyValues past = model.prefill(model.embed(prompts), TinyModel.positions(0, 3, PROMPT), null)
                .keyValues();
        Tensor next = model.embed(Torch.tensor(TinyModel.ids(2, 3), 3, 1));
        Tensor all = model.decode(next, TinyModel.positions(PROMPT, 3, 1), null, past)
                .hidden();
        Tensor rows = Torch.tensor(new long[] {2, 0}, 2);
        Tensor some = model.decode(
                        next.index_select(0, rows), TinyModel.positions(PROMPT, 2, 1), null, past.indexSelect(rows))
                .hidden();
        assertClose(some, all.index_select(0, rows), 1e-5);
        assertThatThrownBy(() -> past.repeatInterleave(2).indexSelect(rows))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("repeat = 2");
        assertThatThrownBy(() -> past.repeatInterleave(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("got 0");
    }

    @Test
    void cacheStepsEqualTheWhole() {
        Tensor ids = Torch.tensor(TinyModel.ids(1, 4 * (PROMPT + NEW)), 4, PROMPT + NEW);
        try (NoGradGuard noGrad = new NoGradGuard()) {
            Tensor whole = model.prefill(model.embed(ids), TinyModel.positions(0, 4, PROMPT + NEW), null)
                    .hidden();
            KeyValues prompt = model.prefill(
                            model.embed(ids.narrow(1, 0, PROMPT)), TinyModel.positions(0, 4, PROMPT), null)
                    .keyValues();
            try (KeyValueCache cache = new KeyValueCache(prompt, PROMPT + NEW)) {
                Tensor live = Torch.tensor(new long[] {0, 1, 2, 3}, 4);
                for (int step = 0; step < NEW; step++) {
                    Tensor token = ids.index_select(0, live).narrow(1, PROMPT + step, 1);
                    Tensor hidden = model.decode(
                            model.embed(token), TinyModel.positions(PROMPT + step, (int) live.numel(), 1), null, cache);
                    assertClose(hidden, whole.index_select(0, live).narrow(1, PROMPT + step, 1), 1e-4);
                    if (step == 1) {
                        long[] kept = {3, 1};
                        live = Torch.tensor(kept, 2);
                        cache.keepRows(kept);
                        assertThat(cache.batchSize()).isEqualTo(2);
                    }
                }
                assertThat(cache.length()).isEqualTo(cache.capacity());
                for (long[] wrong : new long[][] {{1, 0}, {0, 0}, {0, 2}, {-1, 0}}) {
                    assertThatThrownBy(() -> cache.keepRows(wrong))
                            .isInstanceOf(IllegalArgumentException.class)
                            .hasMessageContaining("can become row");
                }
                Tensor one = model.embed(Torch.tensor(new long[] {7, 7}, 2, 1));
                assertThatThrownBy(() -> model.decode(one, TinyModel.positions(9, 2, 1), null, cache))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("holds 9 of 9");
            }
        }
    }

    /** Rows of different lengths, padded on the left, against each alone; all results finite, padding included. */
    @Test
    void paddedRowsEqualThemselvesAlone() {
        int[] lengths = {5, 2, 4};
        long[] ids = new long[15];
        long[] positions = new long[45];
        boolean[] mask = new boolean[15 + 3 * NEW];
        for (int row = 0; row < 3; row++) {
            long[] own = TinyModel.ids(row, lengths[row]);
            int begin = 5 - lengths[row];
            System.arraycopy(own, 0, ids, row * 5 + begin, lengths[row]);
            for (int t = 0; t < 5 + NEW; t++) {
                mask[row * (5 + NEW) + t] = t >= begin;
            }
            for (int i = 0; i < 3 * lengths[row]; i++) {
                int axis = i / lengths[row];
                positions[axis * 15 + row * 5 + begin + i % lengths[row]] = i % lengths[row];
            }
        }
        Tensor fullMask = Torch.tensor(mask, 3, 5 + NEW);
        QwenModel.Decoded prompts = model.prefill(
                model.embed(Torch.tensor(ids, 3, 5)), Torch.tensor(positions, 3, 3, 5), fullMask.narrow(1, 0, 5));
        long[] nextPositions = new long[9 * NEW];
        for (int i = 0; i < nextPositions.length; i++) {
            nextPositions[i] = lengths[i / NEW % 3] + i % NEW;
        }
        Tensor next = Torch.tensor(TinyModel.ids(9, 3 * NEW), 3, NEW);
        Tensor hidden = model.decode(
                        model.embed(next), Torch.tensor(nextPositions, 3, 3, NEW), fullMask, prompts.keyValues())
                .hidden();
        for (int row = 0; row < 3; row++) {
            KeyValues alone = model.prefill(
                            model.embed(Torch.tensor(TinyModel.ids(row, lengths[row]), 1, lengths[row])),
                            TinyModel.positions(0, 1, lengths[row]),
                            null)
                    .keyValues();
            Tensor wanted = model.decode(
                            model.embed(next.narrow(0, row, 1)), TinyModel.positions(lengths[row], 1, NEW), null, alone)
                    .hidden();
            assertClose(hidden.narrow(0, row, 1), wanted, 1e-4);
        }
        hidden.sum().backward();
        assertThat(prompts.hidden().isfinite().all().item_bool()).isTrue();
        takeGradients()
                .forEach(
                        (name, gradient) -> assertThat(gradient.isfinite().all().item_bool())
                                .as(name)
                                .isTrue());
    }

    @Test
    void refusesShapesThatDoNotFit() {
        Tensor embeddings = model.embed(Torch.tensor(TinyModel.ids(1, 6), 2, 3));
        KeyValues past =
                model.prefill(embeddings, TinyModel.positions(0, 2, 3), null).keyValues();
        assertThatThrownBy(() -> model.prefill(embeddings, TinyModel.positions(0, 2, 4), null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("positions must have shape [3, 2, 3]");
        assertThatThrownBy(() -> model.prefill(embeddings, TinyModel.positions(0, 2, 3), Torch.zeros(2, 4)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("attentionMask must have shape [2, 3]");
        assertThatThrownBy(() -> model.decode(embeddings, TinyModel.positions(0, 2, 3), null, past.repeatInterleave(2)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("embeddings must have shape [4, -1, 48]");
        assertThatThrownBy(() -> new KeyValueCache(past, 2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("capacity 2");
    }

    private Map<String, Tensor> takeGradients() {
        Map<String, Tensor> gradients = new HashMap<>();
        model.parameters().forEach((name, parameter) -> {
            if (parameter.grad().defined()) {
                gradients.put(name, parameter.grad().clone());
                parameter.mutable_grad().zero_();
            }
        });
        return gradients;
    }
}
