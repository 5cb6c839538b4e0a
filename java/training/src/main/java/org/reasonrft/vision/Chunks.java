package org.reasonrft.vision;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Finds parts of files that are sequences of named, sized chunks: WebP (RIFF) and PNG. */
final class Chunks {
    private Chunks() {}

    /** Content of the first chunk of a WebP file with this name of four letters, or null. */
    static ByteBuffer ofWebp(byte[] file, String name) {
        ByteBuffer data = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        for (long at = 12; at + 8 <= file.length; ) {
            long size = Integer.toUnsignedLong(data.getInt((int) at + 4));
            if (at + 8 + size > file.length) {
                return null;
            }
            if (isNamed(file, (int) at, name)) {
                return data.slice((int) at + 8, (int) size);
            }
            at += 8 + size + (size & 1);
        }
        return null;
    }

    /** Content of the first chunk of a PNG file with this name of four letters, or null. */
    static ByteBuffer ofPng(byte[] file, String name) {
        ByteBuffer data = ByteBuffer.wrap(file);
        for (long at = 8; at + 12 <= file.length; ) {
            long size = Integer.toUnsignedLong(data.getInt((int) at));
            if (at + 12 + size > file.length) {
                return null;
            }
            if (isNamed(file, (int) at + 4, name)) {
                return data.slice((int) at + 8, (int) size);
            }
            at += 12 + size;
        }
        return null;
    }

    private static boolean isNamed(byte[] file, int at, String name) {
        return new String(file, at, 4, StandardCharsets.ISO_8859_1).equals(name);
    }
}
