package org.reasonrft.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageLoaderTest {
    @TempDir
    Path directory;

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
    void dropsAlphaWithoutBlending() throws IOException {
        BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_INT_ARGB);
        image.setRGB(0, 0, 0x00102030);
        image.setRGB(1, 0, 0x80405060);
        assertThat(ImageLoader.load(write(image, "png")).samples()).containsExactly(0x10, 0x20, 0x30, 0x40, 0x50, 0x60);
    }

    @Test
    void spreadsGreyWithoutChangingIt() throws IOException {
        BufferedImage image = new BufferedImage(256, 1, BufferedImage.TYPE_BYTE_GRAY);
        for (int i = 0; i < 256; i++) {
            image.getRaster().setSample(i, 0, 0, i);
        }
        byte[] samples = ImageLoader.load(write(image, "png")).samples();
        for (int i = 0; i < 256 * 3; i++) {
            assertThat(samples[i]).isEqualTo((byte) (i / 3));
        }
    }

    @Test
    void looksUpPalettes() throws IOException {
        BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_BYTE_INDEXED);
        image.setRGB(0, 0, 0xFFFF0000);
        image.setRGB(1, 0, 0xFF0000FF);
        assertThat(ImageLoader.load(write(image, "png")).samples()).containsExactly(255, 0, 0, 0, 0, 255);
    }

    @Test
    void readsJpeg() throws IOException {
        BufferedImage image = new BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 256; i++) {
            image.setRGB(i % 16, i / 16, 0x4080C0);
        }
        byte[] samples = ImageLoader.load(write(image, "jpg")).samples();
        for (int i = 0; i < samples.length; i++) {
            assertThat((samples[i] & 0xFF) - new int[] {0x40, 0x80, 0xC0}[i % 3])
                    .isBetween(-3, 3);
        }
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
