package org.reasonrft.data.spatial;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.reasonrft.RealData;
import org.reasonrft.data.scene.Ground;
import org.reasonrft.data.scene.ObjectColor;
import org.reasonrft.data.scene.ObjectMaterial;
import org.reasonrft.data.scene.ObjectShape;
import org.reasonrft.data.scene.ObjectSize;
import org.reasonrft.data.scene.Scene;
import org.reasonrft.data.scene.SceneObject;

/** The one sample of TRANCE itself that is at hand. */
class TranceSampleTest {
    @Test
    void itsChangesAreTheOnesThatItsScenesGive() throws IOException {
        JsonNode sample = new ObjectMapper()
                .readTree(RealData.require("trance").resolve("example.json").toFile());
        List<SceneObject> before = objects(sample.at("/states/0/objects"));
        List<SceneObject> after = objects(sample.at("/states/1/objects"));
        List<Change> changes = new ArrayList<>();
        for (int id = 0; id < before.size(); id++) {
            changes.addAll(Change.between(id, before.get(id), after.get(id)));
        }
        assertThat(Change.answer(changes))
                .isEqualTo("change_color(2,'cyan'), change_position(2,'behind'), change_color(4,'brown')");
        Scene scene = new Scene(before, new Ground(Ground.Pattern.PLAIN, 0, 0, 20), 0, 1);
        assertThat(new Transformation(scene, scene.with(after), changes).explanations())
                .isEqualTo(1);
    }

    private static List<SceneObject> objects(JsonNode nodes) {
        List<SceneObject> objects = new ArrayList<>();
        for (JsonNode node : nodes) {
            ObjectSize size = ObjectSize.valueOf(upper(node, "size"));
            objects.add(new SceneObject(
                    ObjectShape.valueOf(upper(node, "shape")),
                    size,
                    ObjectColor.valueOf(upper(node, "color")),
                    ObjectMaterial.valueOf(upper(node, "material")),
                    size.radius(),
                    node.at("/position/0").asInt(),
                    node.at("/position/1").asInt(),
                    0));
        }
        return objects;
    }

    private static String upper(JsonNode node, String field) {
        return node.path(field).asText().toUpperCase(Locale.ROOT);
    }

    /** The object that moved behind comes closer to the centre camera: it is lower in the final picture. */
    @Test
    void behindIsTowardsTheCentreCamera() throws IOException {
        Path folder = RealData.require("trance");
        double yellow = row(folder.resolve("img_000000-init.C.png"), true);
        double cyan = row(folder.resolve("img_000000-fin.C.png"), false);
        assertThat(yellow).isBetween(40.0, 75.0);
        assertThat(cyan).isGreaterThan(yellow + 20);
    }

    /** Mean row of the strongly yellow or cyan pixels in the left half. */
    private static double row(Path file, boolean yellow) throws IOException {
        BufferedImage image = ImageIO.read(file.toFile());
        double sum = 0;
        int count = 0;
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth() / 2 - 15; x++) {
                int rgb = image.getRGB(x, y);
                int red = rgb >> 16 & 0xFF;
                int green = rgb >> 8 & 0xFF;
                int blue = rgb & 0xFF;
                boolean wanted = yellow
                        ? Math.min(red, green) - blue > 40
                        : Math.min(green, blue) - red > 40 && Math.abs(green - blue) < 60;
                if (wanted) {
                    sum += y;
                    count++;
                }
            }
        }
        assertThat(count).as("pixels of that colour in %s", file).isGreaterThan(3);
        return sum / count;
    }
}
