package org.reasonrft.kernels;

import java.util.Arrays;
import org.bytedeco.javacpp.Pointer;

/** Refusals that name the argument, what came and what was wanted. */
final class Checks {

    private Checks() {}

    static void range(String name, double value, double min, double max) {
        if (!(value >= min && value <= max)) {
            String wanted = max >= Float.MAX_VALUE ? "a finite number >= " + min : min + " to " + max;
            throw new IllegalArgumentException(name + ": " + value + "; wanted " + wanted);
        }
    }

    static void above(String name, double value, double bound) {
        if (!(value > bound && value <= Float.MAX_VALUE)) {
            throw new IllegalArgumentException(name + ": " + value + "; wanted a finite number > " + bound);
        }
    }

    static void atLeast(String name, long value, long min) {
        if (value < min) {
            throw new IllegalArgumentException(name + ": " + value + "; wanted at least " + min);
        }
    }

    static int threads(int count) {
        if (count < 0 || count > 1024) {
            throw new IllegalArgumentException("threads: " + count + "; wanted 0 (the default) to 1024");
        }
        return count;
    }

    static double temperature(double value) {
        if (!((float) value > 0) || Double.isInfinite((float) value)) {
            throw new IllegalArgumentException("temperature: " + value + "; wanted a finite number above 0");
        }
        return value;
    }

    /** The view itself, for chaining, when it is there, has one of the dtypes and the shape (-1: any size). */
    static View operand(String name, View view, long[] shape, DType... dtypes) {
        if (view == null) {
            throw new IllegalArgumentException(name + ": null; wanted " + describe(shape, dtypes));
        }
        boolean matches = view.rank() == shape.length && Arrays.asList(dtypes).contains(view.dtype());
        for (int d = 0; matches && d < shape.length; d++) {
            matches = shape[d] < 0 || shape[d] == view.size(d);
        }
        if (!matches) {
            throw new IllegalArgumentException(name + ": " + view + "; wanted " + describe(shape, dtypes));
        }
        return view;
    }

    /** As {@link #operand}, and without gaps between elements. */
    static View contiguous(String name, View view, long[] shape, DType... dtypes) {
        operand(name, view, shape, dtypes);
        if (!view.isContiguous()) {
            throw new IllegalArgumentException(name + ": " + view + "; wanted a contiguous view");
        }
        return view;
    }

    /** As {@link #operand}, for rows of logits. */
    static View rows(String name, View view, long[] shape, DType... dtypes) {
        operand(name, view, shape, dtypes);
        int last = shape.length - 1;
        if (view.size(last) > 1 && view.stride(last) != 1) {
            throw new IllegalArgumentException(name + ": " + view + "; wanted the vocabulary contiguous");
        }
        return view;
    }

    /** As {@link #contiguous}, and writable. */
    static View output(String name, View view, long[] shape, DType... dtypes) {
        return writable(name, contiguous(name, view, shape, dtypes));
    }

    /** Refuses an output that shares memory with another array. */
    static void apart(String outputName, View output, String name, View view) {
        if (output == null || view == null || output.elements() == 0 || view.elements() == 0) {
            return;
        }
        if (!output.stream().equals(view.stream())) {
            return; // other memory, or refused for that by the call
        }
        Pointer a = output.pointer();
        Pointer b = view.pointer();
        if (a.address() < b.address() + b.capacity() && b.address() < a.address() + a.capacity()) {
            throw new IllegalArgumentException(
                    outputName + ": " + output + " overlaps " + name + " " + view + "; wanted memory of its own");
        }
    }

    static View writable(String name, View view) {
        if (view.isReadOnly()) {
            throw new IllegalArgumentException(name + ": " + view + "; wanted memory that may be written");
        }
        return view;
    }

    private static String describe(long[] shape, DType... dtypes) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < dtypes.length; i++) {
            text.append(i == 0 ? "" : " or ").append(dtypes[i]);
        }
        text.append(" of shape (");
        for (int d = 0; d < shape.length; d++) {
            text.append(d == 0 ? "" : ", ").append(shape[d] < 0 ? "any" : String.valueOf(shape[d]));
        }
        return text.append(')').toString();
    }
}
