package org.reasonrft.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class RopeIndexTest {
    private static final long P = 99;

    @Test
    void textCountsUp() {
        RopeIndex rope = RopeIndex.of(new long[] {5, 6, 7}, List.of(), P, 2);
        for (long[] axis : rope.positions()) {
            assertThat(axis).containsExactly(0, 1, 2);
        }
        assertThat(rope.delta()).isZero();
    }

    /** The scheme of the paper's figure 3, by hand: 2 x 3 windows after two tokens, then text from max + 1 = 5. */
    @Test
    void aPictureCountsRowsAndColumns() {
        RopeIndex rope = RopeIndex.of(new long[] {5, 6, P, P, P, P, P, P, 7, 8}, List.of(new long[] {1, 4, 6}), P, 2);
        assertThat(rope.positions()[0]).containsExactly(0, 1, 2, 2, 2, 2, 2, 2, 5, 6);
        assertThat(rope.positions()[1]).containsExactly(0, 1, 2, 2, 2, 3, 3, 3, 5, 6);
        assertThat(rope.positions()[2]).containsExactly(0, 1, 2, 3, 4, 2, 3, 4, 5, 6);
        assertThat(rope.delta()).isEqualTo(7 - 10);
    }

    @Test
    void picturesSideBySideFollowEachOther() {
        RopeIndex rope =
                RopeIndex.of(new long[] {P, P, P, P, 7}, List.of(new long[] {1, 2, 2}, new long[] {1, 2, 6}), P, 2);
        assertThat(rope.positions()[0]).containsExactly(0, 1, 1, 1, 4);
        assertThat(rope.positions()[2]).containsExactly(0, 1, 2, 3, 4);
        assertThat(rope.delta()).isZero();
    }

    @Test
    void refusesPlaceholdersThatDoNotMatchTheGrids() {
        long[] grid = {1, 4, 4};
        assertThatThrownBy(() -> RopeIndex.of(new long[] {5, P, P, P, 6}, List.of(grid), P, 2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("picture 0 with grid [1, 4, 4] needs 4 placeholders, found 3");
        assertThatThrownBy(() -> RopeIndex.of(new long[] {P, P, P, P, P}, List.of(grid), P, 2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("token 4");
        assertThatThrownBy(() -> RopeIndex.of(new long[] {5}, List.of(grid), P, 2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("1 picture(s) were given, placeholders for 0");
    }
}
