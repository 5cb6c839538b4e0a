package org.reasonrft.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class SvgFigureTest {
    private static final SvgFigure.Curve UP =
            new SvgFigure.Curve("up & down <1>", 2, new double[] {0, 10, 20}, new double[] {0.2, Double.NaN, 0.8});

    private static Element parsed(String svg) throws Exception {
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)))
                .getDocumentElement();
    }

    @Test
    void panelsStandInRowsWithTitlesLegendsAndLines() throws Exception {
        SvgFigure.Panel panel =
                new SvgFigure.Panel("Title", "minutes", List.of(UP), List.of(new SvgFigure.Level("level", 0.5)));
        Element one = parsed(SvgFigure.render(1, List.of(panel)));
        Element three = parsed(SvgFigure.render(2, List.of(panel, panel, panel)));
        assertThat(one.getTextContent()).contains("Title", "minutes", "up & down <1>", "level 50");
        assertThat(width(three)).isGreaterThan(1.9 * width(one));
        assertThat(height(three)).isGreaterThan(1.9 * height(one));
        NodeList paths = one.getElementsByTagName("path");
        int lines = 0;
        for (int i = 0; i < paths.getLength(); i++) {
            Element path = (Element) paths.item(i);
            if (path.getAttribute("class").equals("line c2")) {
                lines++;
                assertThat(path.getAttribute("d")).startsWith("M").doesNotContain("NaN");
            }
        }
        assertThat(lines).as("in the legend and in the chart").isEqualTo(2);
    }

    @Test
    void refusesUnknownColoursAndCurvesWithoutAValueForEachPlace() {
        assertThatThrownBy(() -> new SvgFigure.Curve("a", 0, new double[1], new double[1]))
                .hasMessageStartingWith("color: got 0, wanted 1 to 6");
        assertThatThrownBy(() -> new SvgFigure.Curve("a", 1, new double[2], new double[1]))
                .hasMessageStartingWith("y: got 1 values");
    }

    private static double width(Element svg) {
        return Double.parseDouble(svg.getAttribute("width"));
    }

    private static double height(Element svg) {
        return Double.parseDouble(svg.getAttribute("height"));
    }
}
