package org.reasonrft.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.reasonrft.torch.CounterRandom;

class ImageLoaderTest {
    private static final Path RECORDED = recorded();

    @TempDir
    Path directory;

    private static Path recorded() {
        try {
            return Path.of(Objects.requireNonNull(ImageLoaderTest.class.getResource("/pictures"))
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    static Stream<String> recordedPictures() throws IOException {
        try (Stream<Path> files = Files.list(RECORDED.resolve("expected"))) {
            return files
                    .map(file -> file.getFileName().toString())
                    .map(name -> name.substring(0, name.length() - ".png".length()))
                    .sorted()
                    .toList()
                    .stream();
        }
    }

    /** Depths, colour types, profiles, subsampling, inks, orientations: every sample as Pillow has it. */
    @ParameterizedTest
    @MethodSource("recordedPictures")
    void isWhatPillowReads(String name) throws IOException {
        RgbImage wanted = ImageLoader.load(RECORDED.resolve("expected").resolve(name + ".png"));
        RgbImage read = ImageLoader.load(RECORDED.resolve(name));
        assertThat(read.width()).isEqualTo(wanted.width());
        assertThat(read.height()).isEqualTo(wanted.height());
        assertThat(read.samples()).isEqualTo(wanted.samples());
    }

    @Test
    void allKindsAreRecorded() throws IOException {
        assertThat(recordedPictures()).hasSizeGreaterThan(45).contains("exif8.jpg", "ycck.jpg", "lossy_alpha.webp");
    }

    @Test
    void refusesAnimations() {
        Path file = RECORDED.resolve("animated.webp");
        assertThatThrownBy(() -> ImageLoader.load(file))
                .isInstanceOf(ImageFormatException.class)
                .hasMessage(file + ": animated WebP, wanted a still picture");
    }

    /** Cut anywhere, or with any byte changed, a file gives a picture or an error that names it; nothing else. */
    @ParameterizedTest
    @ValueSource(strings = {"lossy_alpha.webp", "lossless.webp", "exif6.jpg", "ycck.jpg", "rotated.png", "palette.gif"})
    void survivesDamage(String name) throws IOException {
        byte[] whole = Files.readAllBytes(RECORDED.resolve(name));
        Path file = directory.resolve(name);
        for (int i = 0; i < 400; i++) {
            byte[] damaged = whole.clone();
            // The header is short and has the fields that matter; the rest is drawn from evenly.
            int at = i < 100 ? i : (int) (CounterRandom.uniform(1, i) * whole.length);
            damaged[at] ^= (byte) (1 + CounterRandom.uniform(2, i) * 255);
            Files.write(file, i % 4 == 0 ? Arrays.copyOf(damaged, at) : damaged);
            try {
                ImageLoader.load(file, new ImageLoader.Limits(1 << 20, 1 << 20));
            } catch (ImageFormatException e) {
                assertThat(e).hasMessageContaining(file.toString());
            }
        }
    }

    /** Headers that promise 16383 x 16383 pixels, as both kinds of WebP can. */
    @Test
    void checksTheSizeOfWebpBeforeDecoding() throws IOException {
        byte[] lossy = Files.readAllBytes(RECORDED.resolve("lossy.webp"));
        int size = new String(lossy, StandardCharsets.ISO_8859_1).indexOf("\u009d\u0001\u002a") + 3;
        Arrays.fill(lossy, size, size + 4, (byte) 0xFF);
        byte[] lossless = Files.readAllBytes(RECORDED.resolve("lossless.webp"));
        Arrays.fill(lossless, 21, 24, (byte) 0xFF);
        lossless[24] |= 0x0F;
        for (byte[] bomb : List.of(lossy, lossless)) {
            Path file = Files.write(directory.resolve("bomb.webp"), bomb);
            assertThatThrownBy(() -> ImageLoader.load(file))
                    .isInstanceOf(ImageFormatException.class)
                    .hasMessageContaining("more than the limit of 64000000");
        }
    }

    @Test
    void readsRgb() throws IOException {
        BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_INT_RGB);
        image.setRGB(0, 0, 0x010203);
        image.setRGB(1, 0, 0xFFFEFD);
        RgbImage read = ImageLoader.load(write(image, "png"));
        assertThat(read.width()).isEqualTo(2);
        assertThat(read.height()).isEqualTo(1);
        assertThat(read.samples()).containsExactly(1, 2, 3, 255, 254, 253);
    }

    @Test
    void namesTruncatedFiles() throws IOException {
        BufferedImage image = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 64 * 64; i++) {
            image.setRGB(i % 64, i / 64, i * 7919 & 0xFFFFFF);
        }
        for (String format : new String[] {"png", "jpg"}) {
            Path whole = write(image, format);
            byte[] bytes = Files.readAllBytes(whole);
            Path file = directory.resolve("cut." + format);
            for (int length : new int[] {0, 1, 10, 40, bytes.length / 2, bytes.length - 40}) {
                Files.write(file, Arrays.copyOf(bytes, length));
                assertThatThrownBy(() -> ImageLoader.load(file))
                        .as("%s cut to %d of %d bytes", format, length, bytes.length)
                        .isInstanceOf(ImageFormatException.class)
                        .hasMessageContaining(file.toString());
            }
        }
    }

    @Test
    void namesWhatIsNoPicture() throws IOException {
        Path file = Files.writeString(directory.resolve("text.png"), "no picture");
        assertThatThrownBy(() -> ImageLoader.load(file))
                .isInstanceOf(ImageFormatException.class)
                .hasMessage(file + ": no picture of a known kind");
        assertThatThrownBy(() -> ImageLoader.load(directory.resolve("absent.png")))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining("absent.png");
        assertThatThrownBy(() -> ImageLoader.load(directory)).isInstanceOf(IOException.class);
    }

    /** A header of 13 bytes that promises 60000 x 60000 pixels must not cost 14 GB. */
    @Test
    void checksTheSizeBeforeDecoding() throws IOException {
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        png.write(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'});
        ByteBuffer chunk = ByteBuffer.allocate(17).put(new byte[] {'I', 'H', 'D', 'R'});
        chunk.putInt(60_000).putInt(60_000).put(new byte[] {8, 2, 0, 0, 0});
        CRC32 crc = new CRC32();
        crc.update(chunk.array());
        png.write(ByteBuffer.allocate(4).putInt(13).array());
        png.write(chunk.array());
        png.write(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
        Path file = Files.write(directory.resolve("huge.png"), png.toByteArray());
        assertThatThrownBy(() -> ImageLoader.load(file))
                .isInstanceOf(ImageFormatException.class)
                .hasMessageContaining("60000 x 60000");
    }

    @Test
    void holdsItsLimits() throws IOException {
        Path file = write(new BufferedImage(10, 10, BufferedImage.TYPE_INT_RGB), "png");
        ImageLoader.load(file, new ImageLoader.Limits(10_000, 100));
        assertThatThrownBy(() -> ImageLoader.load(file, new ImageLoader.Limits(10_000, 99)))
                .hasMessageContaining("limit of 99");
        assertThatThrownBy(() -> ImageLoader.load(file, new ImageLoader.Limits(10, 100)))
                .hasMessageContaining("limit of 10");
        assertThatThrownBy(() -> new ImageLoader.Limits(0, 1)).isInstanceOf(IllegalArgumentException.class);
    }

    private Path write(BufferedImage image, String format) throws IOException {
        Path file = directory.resolve("picture." + format);
        assertThat(ImageIO.write(image, format, file.toFile())).isTrue();
        return file;
    }
}
