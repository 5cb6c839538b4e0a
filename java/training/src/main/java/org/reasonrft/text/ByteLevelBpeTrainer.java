package org.reasonrft.text;

import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Trains a tokenizer of Qwen2's form on a small corpus, for models too small to afford a vocabulary of 151,646.
 *
 * <p>The result is a byte-level byte-pair encoding (Sennrich et al., 2016; bytes as in GPT-2): NFC normalisation,
 * Qwen2's split pattern, 256 byte tokens and merges of the most frequent pair, so that any text can be written and every
 * word of the corpus is one token. Qwen2-VL's control tokens and the four reasoning tags {@code <think>}, {@code </think>},
 * {@code <answer>}, {@code </answer>} follow; the tags are not special tokens, because decoded completions have to keep
 * them for the rewards. Equal corpora give equal files.
 */
public final class ByteLevelBpeTrainer {
    /** How Qwen2 cuts text into words before merging: contractions, letters, single digits, symbols, white space. */
    private static final String SPLIT_PATTERN = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}"
            + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

    private static final Pattern WORDS = Pattern.compile(SPLIT_PATTERN, Pattern.UNICODE_CHARACTER_CLASS);

    private static final List<String> CONTROL_TOKENS = List.of(
            "<|endoftext|>",
            "<|im_start|>",
            "<|im_end|>",
            "<|object_ref_start|>",
            "<|object_ref_end|>",
            "<|box_start|>",
            "<|box_end|>",
            "<|quad_start|>",
            "<|quad_end|>",
            "<|vision_start|>",
            "<|vision_end|>",
            "<|vision_pad|>",
            "<|image_pad|>",
            "<|video_pad|>");
    private static final List<String> REASONING_TAGS = List.of("<think>", "</think>", "<answer>", "</answer>");

    /** What the chat template writes beside the messages; part of every corpus. */
    private static final List<String> CHAT_WORDS = List.of("system", "user", "assistant", "\n");

    /**
     * ChatML as in Qwen2-VL, but no system turn unless the messages have one: the customary "You are a helpful
     * assistant." would double the length of a small model's prompt.
     */
    private static final String CHAT_TEMPLATE = "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
            + "{% if message['content'] is string %}{{ message['content'] }}{% else %}"
            + "{% for part in message['content'] %}"
            + "{% if part['type'] == 'image' %}<|vision_start|><|image_pad|><|vision_end|>"
            + "{% elif part['type'] == 'text' %}{{ part['text'] }}{% endif %}{% endfor %}{% endif %}<|im_end|>\n"
            + "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final char[] CHAR_OF_BYTE = charOfByte();

    private final List<String> vocabulary;
    private final List<Pair> merges;

    private ByteLevelBpeTrainer(List<String> vocabulary, List<Pair> merges) {
        this.vocabulary = vocabulary;
        this.merges = merges;
    }

    /** Two neighbouring tokens. */
    private record Pair(String left, String right) implements Comparable<Pair> {
        String merged() {
            return left + right;
        }

        @Override
        public int compareTo(Pair other) {
            int byLeft = left.compareTo(other.left);
            return byLeft != 0 ? byLeft : right.compareTo(other.right);
        }
    }

    /** A distinct word of the corpus: how often it occurs and the tokens that it consists of so far. */
    private static final class Word {
        private long count;
        private List<String> tokens;

        Word(List<String> tokens) {
            this.tokens = tokens;
        }
    }

    /**
     * Learns the merges.
     *
     * @param corpus texts whose words shall become one token each; how often a word occurs decides which pairs merge
     *     first
     * @param maxVocabularySize most byte tokens and merges together, at least 256; control tokens and tags come on top
     * @throws IllegalArgumentException if the corpus has no text or the size is below 256
     */
    public static ByteLevelBpeTrainer train(Collection<String> corpus, int maxVocabularySize) {
        if (maxVocabularySize < 256) {
            throw new IllegalArgumentException(
                    "maxVocabularySize: wanted at least 256, one token per byte, got " + maxVocabularySize);
        }
        if (corpus.stream().allMatch(String::isEmpty)) {
            throw new IllegalArgumentException("corpus: wanted some text, got " + corpus.size() + " empty strings");
        }
        Map<String, Word> words = new TreeMap<>();
        CHAT_WORDS.forEach(text -> addWords(text, words));
        corpus.forEach(text -> addWords(text, words));

        LinkedHashMap<String, Integer> vocabulary = new LinkedHashMap<>();
        byteTokensInOrder().forEach(token -> vocabulary.put(token, vocabulary.size()));
        List<Pair> merges = new ArrayList<>();
        List<Word> open = new ArrayList<>(words.values());
        while (vocabulary.size() < maxVocabularySize) {
            open.removeIf(word -> word.tokens.size() == 1);
            Pair best = mostFrequentPair(open);
            if (best == null) {
                break;
            }
            merges.add(best);
            vocabulary.putIfAbsent(best.merged(), vocabulary.size());
            for (Word word : open) {
                word.tokens = merge(word.tokens, best);
            }
        }
        return new ByteLevelBpeTrainer(List.copyOf(vocabulary.keySet()), List.copyOf(merges));
    }

    /** Number of token ids, control tokens and tags included. */
    public int vocabularySize() {
        return vocabulary.size() + CONTROL_TOKENS.size() + REASONING_TAGS.size();
    }

    /**
     * Writes {@code tokenizer.json} and {@code tokenizer_config.json}, the latter with the chat template.
     *
     * @param folder is made if it is absent; files of these names in it are replaced
     * @throws UncheckedIOException if a file cannot be written
     */
    public void writeTo(Path folder) {
        try {
            Files.createDirectories(folder);
            write(tokenizerJson(), folder.resolve("tokenizer.json"));
            write(tokenizerConfig(), folder.resolve("tokenizer_config.json"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(ObjectNode json, Path file) throws IOException {
        DefaultIndenter indenter = new DefaultIndenter("  ", "\n");
        byte[] bytes = JSON.writer(
                        new DefaultPrettyPrinter().withObjectIndenter(indenter).withArrayIndenter(indenter))
                .writeValueAsBytes(json);
        Files.write(file, bytes);
    }

    private static void addWords(String text, Map<String, Word> words) {
        Matcher matcher = WORDS.matcher(Normalizer.normalize(text, Normalizer.Form.NFC));
        while (matcher.find()) {
            words.computeIfAbsent(matcher.group(), word -> new Word(byteTokens(word))).count++;
        }
    }

    private static List<String> byteTokens(String word) {
        List<String> tokens = new ArrayList<>();
        for (byte b : word.getBytes(StandardCharsets.UTF_8)) {
            tokens.add(String.valueOf(CHAR_OF_BYTE[b & 0xFF]));
        }
        return tokens;
    }

    /** The commonest pair; of equally common ones the first in code-unit order. Null if no word has two tokens. */
    private static Pair mostFrequentPair(List<Word> words) {
        Map<Pair, Long> counts = new HashMap<>();
        for (Word word : words) {
            for (int i = 1; i < word.tokens.size(); i++) {
                counts.merge(new Pair(word.tokens.get(i - 1), word.tokens.get(i)), word.count, Long::sum);
            }
        }
        Pair best = null;
        long most = 0;
        for (Map.Entry<Pair, Long> entry : counts.entrySet()) {
            long count = entry.getValue();
            if (count > most || count == most && entry.getKey().compareTo(best) < 0) {
                best = entry.getKey();
                most = count;
            }
        }
        return best;
    }

    private static List<String> merge(List<String> tokens, Pair pair) {
        List<String> merged = new ArrayList<>(tokens.size());
        for (int i = 0; i < tokens.size(); i++) {
            boolean here = i + 1 < tokens.size()
                    && tokens.get(i).equals(pair.left())
                    && tokens.get(i + 1).equals(pair.right());
            merged.add(here ? pair.merged() : tokens.get(i));
            i += here ? 1 : 0;
        }
        return merged;
    }

    private ObjectNode tokenizerJson() {
        ObjectNode root = JSON.createObjectNode();
        root.put("version", "1.0").putNull("truncation").putNull("padding");
        ArrayNode added = root.putArray("added_tokens");
        CONTROL_TOKENS.forEach(token -> addToken(added, token, true));
        REASONING_TAGS.forEach(token -> addToken(added, token, false));
        root.putObject("normalizer").put("type", "NFC");
        ObjectNode preTokenizer = root.putObject("pre_tokenizer").put("type", "Sequence");
        ArrayNode steps = preTokenizer.putArray("pretokenizers");
        ObjectNode split = steps.addObject().put("type", "Split");
        split.putObject("pattern").put("Regex", SPLIT_PATTERN);
        split.put("behavior", "Isolated").put("invert", false);
        byteLevel(steps.addObject(), false);
        root.putNull("post_processor");
        byteLevel(root.putObject("decoder"), true);

        ObjectNode model = root.putObject("model")
                .put("type", "BPE")
                .putNull("dropout")
                .putNull("unk_token")
                .putNull("continuing_subword_prefix")
                .putNull("end_of_word_suffix")
                .put("fuse_unk", false)
                .put("byte_fallback", false)
                .put("ignore_merges", false);
        ObjectNode ids = model.putObject("vocab");
        for (int id = 0; id < vocabulary.size(); id++) {
            ids.put(vocabulary.get(id), id);
        }
        ArrayNode pairs = model.putArray("merges");
        merges.forEach(pair -> pairs.addArray().add(pair.left()).add(pair.right()));
        return root;
    }

    private static void byteLevel(ObjectNode node, boolean decoder) {
        node.put("type", "ByteLevel")
                .put("add_prefix_space", decoder)
                .put("trim_offsets", true)
                .put("use_regex", decoder);
    }

    private void addToken(ArrayNode added, String token, boolean special) {
        int id = vocabulary.size() + added.size();
        added.addObject()
                .put("id", id)
                .put("content", token)
                .put("single_word", false)
                .put("lstrip", false)
                .put("rstrip", false)
                .put("normalized", false)
                .put("special", special);
    }

    private static ObjectNode tokenizerConfig() {
        return JSON.createObjectNode()
                .put("tokenizer_class", "Qwen2Tokenizer")
                .put("eos_token", "<|im_end|>")
                .put("pad_token", "<|endoftext|>")
                .put("chat_template", CHAT_TEMPLATE)
                .put("model_max_length", 32768);
    }

    /** GPT-2's order of the byte tokens: printable bytes in their own order, then the others. */
    private static List<String> byteTokensInOrder() {
        List<String> tokens = new ArrayList<>(256);
        for (int b = 0; b < 256; b++) {
            if (isPrintable(b)) {
                tokens.add(String.valueOf(CHAR_OF_BYTE[b]));
            }
        }
        for (int b = 0; b < 256; b++) {
            if (!isPrintable(b)) {
                tokens.add(String.valueOf(CHAR_OF_BYTE[b]));
            }
        }
        return tokens;
    }

    /** GPT-2's way to write a byte as a visible character: itself if printable, otherwise one from U+0100 on. */
    private static char[] charOfByte() {
        char[] chars = new char[256];
        int next = 0x100;
        for (int b = 0; b < 256; b++) {
            chars[b] = (char) (isPrintable(b) ? b : next++);
        }
        return chars;
    }

    private static boolean isPrintable(int b) {
        return b >= '!' && b <= '~' || b >= 0xA1 && b <= 0xAC || b >= 0xAE;
    }
}
