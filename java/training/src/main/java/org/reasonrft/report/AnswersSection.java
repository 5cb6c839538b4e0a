package org.reasonrft.report;

import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.reasonrft.report.ReportContent.Answers;
import org.reasonrft.run.PredictionLine;

/** Questions of a split with their pictures and everything that a model answered. */
final class AnswersSection {
    /** Completions shown of a question; the file has the rest. */
    private static final int COMPLETIONS = 8;

    private AnswersSection() {}

    static String html(Answers answers) {
        if (answers.questions().isEmpty()) {
            return "";
        }
        int shown = answers.questions().size();
        StringBuilder out = new StringBuilder("<section><h2>Answers: ")
                .append(Html.escape(answers.split()))
                .append("</h2><p class=\"note\">")
                .append(shown == answers.of() ? "All " + shown : shown + " of " + answers.of())
                .append(shown == answers.of() ? " questions.</p>" : " questions, spread evenly over the split.</p>");
        answers.questions().forEach(question -> question(out, question));
        return out.append("</section>\n").toString();
    }

    private static void question(StringBuilder out, PredictionLine question) {
        out.append("<article class=\"example\"><div class=\"question\">");
        for (String image : question.image()) {
            out.append(EmbeddedPicture.thumbnail(image, "Picture for: " + question.problem()));
        }
        out.append("<div><p class=\"asked\">")
                .append(Html.escape(question.problem()))
                .append("</p><p>Answer: <b>")
                .append(Html.escape(question.answer()))
                .append("</b> <span class=\"quiet\">")
                .append(Html.escape(question.id()))
                .append("</span></p></div></div><ol class=\"completions\">");
        question.completions().stream().limit(COMPLETIONS).forEach(completion -> completion(out, completion));
        out.append("</ol>");
        int more = question.completions().size() - COMPLETIONS;
        if (more > 0) {
            out.append("<p class=\"note\">and ").append(more).append(" more</p>");
        }
        out.append("</article>");
    }

    private static void completion(StringBuilder out, PredictionLine.Completion completion) {
        out.append("<li><div class=\"verdict\"><span class=\"chip ")
                .append(completion.right() ? "won\">right" : "lost\">wrong")
                .append("</span><span>")
                .append(Html.escape(scores(completion.scores())))
                .append("</span><span class=\"quiet\">")
                .append(completion.formatted() ? "in the format, " : "not in the format, ")
                .append(completion.tokens())
                .append(completion.finished() ? " tokens" : " tokens, cut off")
                .append("</span></div><pre>")
                .append(Html.completion(SamplesSection.shortened(completion.text())))
                .append("</pre></li>");
    }

    private static String scores(Map<String, Double> scores) {
        return scores.entrySet().stream()
                .map(score -> score.getKey() + " " + String.format(Locale.ROOT, "%.2f", score.getValue()))
                .collect(Collectors.joining(", "));
    }
}
