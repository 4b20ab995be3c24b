package dev.troupe.config;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Finds the lines at which the blocks of a file begin. HOCON joins two blocks of one name silently; a device copied and
 * not renamed would vanish. The text has been parsed before, so the scan may be lenient.
 */
final class BlockScanner {

    private final String text;
    private final List<Block> blocks = new ArrayList<>();
    private final Deque<List<String>> open = new ArrayDeque<>();
    private int position;
    private int line = 1;

    /**
     * A key that has a block as its value.
     *
     * @param path the key's path from the top of the file
     * @param line where the key stands
     */
    record Block(List<String> path, int line) {}

    private BlockScanner(String text) {
        this.text = text;
        open.push(List.of());
    }

    static List<Block> scan(String text) {
        BlockScanner scanner = new BlockScanner(text);
        scanner.run();
        return scanner.blocks;
    }

    private void run() {
        StringBuilder key = new StringBuilder();
        boolean inKey = true;
        boolean valueEmpty = true;
        int listDepth = 0;
        while (position < text.length()) {
            char c = text.charAt(position);
            if (skipComment(c)) {
                continue;
            }
            String quoted = c == '"' ? quotedText() : null;
            if (quoted != null) {
                // A dot within quotes separates nothing; it is hidden until the path is split.
                key.append(inKey ? quoted.replace('.', '\0') : "");
                valueEmpty = inKey && valueEmpty;
                continue;
            }
            if (text.startsWith("${", position)) {
                String path = substitution();
                // A device that builds on what was said of it before is no copy of it.
                valueEmpty = valueEmpty && !path.equals(String.join(".", inside(key.toString(), listDepth)));
                continue;
            }
            position++;
            if (c == '[' || c == ']') {
                listDepth = Math.max(0, listDepth + (c == '[' ? 1 : -1));
                valueEmpty = false;
            } else if (c == '{') {
                List<String> path = inside(key.toString(), listDepth);
                if (listDepth == 0 && valueEmpty && !path.isEmpty()) {
                    blocks.add(new Block(path, line));
                }
                open.push(path);
                key.setLength(0);
                inKey = true;
                valueEmpty = true;
            } else if (c == '}' || c == ',' || c == '\n') {
                closeIf(c == '}');
                key.setLength(0);
                inKey = listDepth == 0;
                valueEmpty = true;
            } else if (inKey && (c == '=' || c == ':')) {
                inKey = false;
            } else if (inKey) {
                key.append(c);
            } else {
                valueEmpty = valueEmpty && Character.isWhitespace(c);
            }
            line += c == '\n' ? 1 : 0;
        }
    }

    private void closeIf(boolean closing) {
        if (closing && open.size() > 1) {
            open.pop();
        }
    }

    private List<String> inside(String key, int listDepth) {
        List<String> path = new ArrayList<>(open.getFirst());
        if (listDepth > 0) {
            path.add("[]");
        } else if (!key.isBlank()) {
            for (String part : key.strip().split("\\.", -1)) {
                path.add(part.strip().replace('\0', '.'));
            }
        }
        return List.copyOf(path);
    }

    private boolean skipComment(char c) {
        boolean comment = c == '#' || text.startsWith("//", position);
        if (comment) {
            int end = text.indexOf('\n', position);
            position = end < 0 ? text.length() : end;
        }
        return comment;
    }

    /** The path that is substituted. Its braces open and close no block. */
    private String substitution() {
        int end = text.indexOf('}', position);
        String path = text.substring(position + 2, Math.max(end, position + 2));
        position = end < 0 ? text.length() : end + 1;
        return path.startsWith("?") ? path.substring(1).strip() : path.strip();
    }

    private String quotedText() {
        boolean triple = text.startsWith("\"\"\"", position);
        String quote = triple ? "\"\"\"" : "\"";
        int start = position + quote.length();
        int end = start;
        while (end < text.length() && !text.startsWith(quote, end)) {
            end += !triple && text.charAt(end) == '\\' ? 2 : 1;
        }
        end = Math.min(end, text.length());
        String content = text.substring(Math.min(start, end), end);
        line += (int) content.chars().filter(character -> character == '\n').count();
        position = Math.min(end + quote.length(), text.length());
        return content;
    }
}
