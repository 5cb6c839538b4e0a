package org.reasonrft.report;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Base64;
import javax.imageio.ImageIO;

/** A picture as an {@code img} element that carries its own bytes. */
final class EmbeddedPicture {
    /** Longer sides are scaled down to this: a report with many photographs stays a few megabytes. */
    private static final int LONGEST_SIDE = 640;
    /** The same where there may be hundreds; pages show pictures half as wide as {@link #LONGEST_SIDE}. */
    private static final int THUMBNAIL_SIDE = 320;
    /** Shorter pictures are shown enlarged without blurring, so that single pixels can be seen. */
    private static final int SMALL = 128;

    private EmbeddedPicture() {}

    /**
     * The element; where the file is missing or no picture, a note that says so.
     *
     * @param file as logged; a relative path is looked for in the working directory, then in {@code run}
     */
    static String html(String file, Path run, String alt) {
        return html(file, run, alt, LONGEST_SIDE);
    }

    /** The same, small: scaled pictures become JPEG, whose bytes are a tenth of those of a photograph as PNG. */
    static String thumbnail(String file, String alt) {
        return html(file, null, alt, THUMBNAIL_SIDE);
    }

    private static String html(String file, Path run, String alt, int longestSide) {
        try {
            Path path = Path.of(file);
            if (Files.notExists(path) && !path.isAbsolute() && run != null) {
                path = run.resolve(file);
            }
            if (!Files.isRegularFile(path)) {
                return note("picture not found", file);
            }
            byte[] bytes = Files.readAllBytes(path);
            BufferedImage image = ImageIO.read(new ByteArrayInputStream(bytes));
            if (image == null) {
                return note("not a picture that can be shown", file);
            }
            boolean fits = Math.max(image.getWidth(), image.getHeight()) <= longestSide;
            String type = fits ? type(bytes) : null;
            if (type == null && longestSide == THUMBNAIL_SIDE && !fits) {
                bytes = encoded(scaled(image, longestSide, BufferedImage.TYPE_INT_RGB), "jpg");
                type = "image/jpeg";
            } else if (type == null) {
                bytes = encoded(fits ? image : scaled(image, longestSide, BufferedImage.TYPE_INT_ARGB), "png");
                type = "image/png";
            }
            boolean small = Math.max(image.getWidth(), image.getHeight()) <= SMALL;
            return "<img class=\"" + (small ? "small" : "picture") + "\" alt=\"" + Html.escape(alt) + "\" src=\"data:"
                    + type + ";base64," + Base64.getEncoder().encodeToString(bytes) + "\">";
        } catch (IOException | InvalidPathException e) {
            return note("picture cannot be read", file);
        }
    }

    private static String note(String what, String file) {
        return "<span class=\"missing\">" + what + ": " + Html.escape(file) + "</span>";
    }

    /** The media type of bytes that browsers can show as they are, null otherwise. */
    private static String type(byte[] bytes) {
        if (bytes.length > 3 && bytes[0] == (byte) 0x89 && bytes[1] == 'P' && bytes[2] == 'N' && bytes[3] == 'G') {
            return "image/png";
        }
        return bytes.length > 1 && bytes[0] == (byte) 0xff && bytes[1] == (byte) 0xd8 ? "image/jpeg" : null;
    }

    private static BufferedImage scaled(BufferedImage image, int longestSide, int type) {
        double factor = (double) longestSide / Math.max(image.getWidth(), image.getHeight());
        int width = Math.max(1, (int) Math.round(image.getWidth() * factor));
        int height = Math.max(1, (int) Math.round(image.getHeight() * factor));
        BufferedImage result = new BufferedImage(width, height, type);
        Graphics2D graphics = result.createGraphics();
        if (type == BufferedImage.TYPE_INT_RGB) {
            // Drawings are often black on nothing.
            graphics.setColor(Color.WHITE);
            graphics.fillRect(0, 0, width, height);
        }
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
        graphics.drawImage(image, 0, 0, width, height, null);
        graphics.dispose();
        return result;
    }

    private static byte[] encoded(BufferedImage image, String format) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageIO.write(image, format, out);
        return out.toByteArray();
    }
}
