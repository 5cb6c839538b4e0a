package org.reasonrft.torch;

/** A count of native objects that does not fall by itself. */
public final class LiveObjects {
    private static final int MOST_COLLECTIONS = 20;

    private LiveObjects() {}

    /**
     * Those that are still reachable: what earlier tests left to the garbage collector is given back first, or that could
     * happen between two counts that are compared.
     */
    public static long settled() {
        Torch.load();
        long count = Torch.liveObjects();
        for (int i = 0; i < MOST_COLLECTIONS; i++) {
            System.gc();
            try {
                // A thread of JavaCPP's gives back what the collector found.
                Thread.sleep(50);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            long now = Torch.liveObjects();
            if (now == count && i > 0) {
                break;
            }
            count = now;
        }
        return count;
    }
}
