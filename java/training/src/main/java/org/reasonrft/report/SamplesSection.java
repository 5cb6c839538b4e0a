package org.reasonrft.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.reasonrft.run.SampledGroup;

/** Groups of completions as the policy was trained on them: what it said, what that earned and which way it was pushed. */
final class SamplesSection {
    /** Groups shown of each run. */
    private static final int GROUPS = 6;
    /** A reader of a report reads the start; the file has the rest. */
    private static final int LONGEST_TEXT = 4000;

    private SamplesSection() {}

    static String html(ReportContent content, Map<String, RunFiles> files) {
        StringBuilder out = new StringBuilder();
        for (ReportContent.Run run : content.runs()) {
            List<SampledGroup> chosen = chosen(files.get(run.name()).samples());
            if (chosen.isEmpty()) {
                continue;
            }
            out.append("<section><h2>Samples: ")
                    .append(Html.escape(run.label()))
                    .append("</h2><p class=\"note\">From ")
                    .append(chosen.size())
                    .append(chosen.size() == 1 ? " logged step" : " logged steps spread over the run")
                    .append(
                            ", each time the group whose rewards differ most. The advantage says how strongly a completion was made "
                                    + "more (+) or less (−) likely.</p>");
            for (int i = 0; i < chosen.size(); i++) {
                group(out, chosen.get(i), files.get(run.name()), i == 0 || i == chosen.size() - 1);
            }
            out.append("</section>\n");
        }
        return out.toString();
    }

    /** At steps spread evenly over the logged ones, the group with the widest rewards: equal rewards teach nothing and show nothing. */
    static List<SampledGroup> chosen(List<SampledGroup> groups) {
        Map<Long, List<SampledGroup>> bySteps = new TreeMap<>();
        groups.forEach(group ->
                bySteps.computeIfAbsent(group.step(), step -> new ArrayList<>()).add(group));
        List<Long> steps = new ArrayList<>(bySteps.keySet());
        int count = Math.min(GROUPS, steps.size());
        List<SampledGroup> chosen = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int index = count == 1 ? steps.size() - 1 : (int) ((long) i * (steps.size() - 1) / (count - 1));
            // max keeps the last of equals; the first is wanted, so that the choice is easy to check in the file.
            chosen.add(bySteps.get(steps.get(index)).stream()
                    .reduce((a, b) -> spread(b) > spread(a) ? b : a)
                    .orElseThrow());
        }
        return chosen;
    }

    private static double spread(SampledGroup group) {
        double[] rewards = group.completions().stream()
                .mapToDouble(SampledGroup.Completion::reward)
                .filter(Double::isFinite)
                .toArray();
        double mean = java.util.Arrays.stream(rewards).average().orElse(0);
        return java.util.Arrays.stream(rewards)
                .map(r -> (r - mean) * (r - mean))
                .average()
                .orElse(0);
    }

    private static void group(StringBuilder out, SampledGroup group, RunFiles run, boolean open) {
        out.append("<details class=\"group\"")
                .append(open ? " open" : "")
                .append("><summary>Step ")
                .append(group.step())
                .append(": ")
                .append(Html.escape(group.question()))
                .append("</summary><div class=\"question\">");
        for (String image : group.image()) {
            out.append(EmbeddedPicture.html(image, run.folder(), "Picture for: " + group.question()));
        }
        out.append("<div><p class=\"asked\">")
                .append(Html.escape(group.question()))
                .append("</p><p>Answer: <b>")
                .append(Html.escape(group.answer()))
                .append("</b></p></div></div><ol class=\"completions\">");
        double largest = group.completions().stream()
                .mapToDouble(c -> Math.abs(c.advantage()))
                .filter(Double::isFinite)
                .max()
                .orElse(0);
        for (SampledGroup.Completion completion : group.completions()) {
            completion(out, completion, largest);
        }
        out.append("</ol></details>");
    }

    private static void completion(StringBuilder out, SampledGroup.Completion completion, double largest) {
        double share = largest > 0 && Double.isFinite(completion.advantage()) ? completion.advantage() / largest : 0;
        String direction = share > 0 ? "up" : share < 0 ? "down" : "flat";
        out.append("<li class=\"").append(direction).append("\"><div class=\"verdict\">");
        out.append(String.format(
                Locale.ROOT,
                "<svg class=\"push\" viewBox=\"-50 0 100 8\" preserveAspectRatio=\"none\" role=\"img\" "
                        + "aria-label=\"advantage %s\"><rect class=\"track\" x=\"-50\" width=\"100\" height=\"8\"/>"
                        + "<rect class=\"amount\" x=\"%.1f\" width=\"%.1f\" height=\"8\"/></svg>",
                Html.number(completion.advantage()),
                Math.min(0, 50 * share),
                Math.abs(50 * share)));
        out.append("<span>advantage <b>")
                .append(Html.number(completion.advantage()))
                .append("</b></span><span>reward <b>")
                .append(Html.number(completion.reward()))
                .append("</b></span>");
        completion
                .rewards()
                .forEach((name, value) -> out.append("<span class=\"chip ")
                        .append(value > 0 ? "won" : "lost")
                        .append("\">")
                        .append(Html.escape(name))
                        .append(' ')
                        .append(Html.number(value))
                        .append("</span>"));
        out.append("<span class=\"quiet\">")
                .append(completion.tokens())
                .append(" tokens</span></div><pre>")
                .append(Html.completion(shortened(completion.text())))
                .append("</pre></li>");
    }

    static String shortened(String text) {
        if (text.length() <= LONGEST_TEXT) {
            return text;
        }
        int end = text.offsetByCodePoints(0, text.codePointCount(0, LONGEST_TEXT) - 1);
        return text.substring(0, end) + " […]";
    }
}
