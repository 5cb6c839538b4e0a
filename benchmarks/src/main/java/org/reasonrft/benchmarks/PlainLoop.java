package org.reasonrft.benchmarks;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ForkJoinPool;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.LongPointer;
import org.reasonrft.kernels.DType;

/** Log-probabilities as one would write them in Java without a library: the maximum of a row, then the sum of exponentials. */
final class PlainLoop {
    private final DType dtype;
    private final int vocabulary;
    private final ByteBuffer[] rows;
    private final int[] ids;
    private final ForkJoinPool pool;

    PlainLoop(LogitBatch in) {
        dtype = in.dtype;
        vocabulary = in.vocabulary;
        rows = new ByteBuffer[in.batch * in.tokens];
        long rowBytes = (long) vocabulary * dtype.bytes();
        BytePointer bytes = new BytePointer(in.logits.data_ptr());
        for (int row = 0; row < rows.length; row++) {
            rows[row] = bytes.getPointer(BytePointer.class, row * rowBytes)
                    .capacity(rowBytes)
                    .asByteBuffer()
                    .order(ByteOrder.nativeOrder());
        }
        LongBuffer given =
                new LongPointer(in.ids.data_ptr()).capacity(rows.length).asBuffer();
        ids = IntStream.range(0, rows.length).map(i -> (int) given.get(i)).toArray();
        pool = new ForkJoinPool(in.threadCount());
    }

    float[] run() {
        float[] logProbs = new float[rows.length];
        try {
            pool.submit(() -> IntStream.range(0, rows.length).parallel().forEach(row -> logProbs[row] = logProb(row)))
                    .get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
        return logProbs;
    }

    private float logProb(int row) {
        ByteBuffer logits = rows[row];
        float largest = Float.NEGATIVE_INFINITY;
        for (int v = 0; v < vocabulary; v++) {
            largest = Math.max(largest, logit(logits, v));
        }
        double sum = 0;
        for (int v = 0; v < vocabulary; v++) {
            sum += Math.exp(logit(logits, v) - largest);
        }
        return (float) (logit(logits, ids[row]) - largest - Math.log(sum));
    }

    private float logit(ByteBuffer logits, int v) {
        return dtype == DType.BF16 ? Float.intBitsToFloat(logits.getShort(2 * v) << 16) : logits.getFloat(4 * v);
    }
}
