package org.reasonrft.report;

import org.reasonrft.report.EvaluationSummary.Answer;
import org.reasonrft.report.EvaluationSummary.Example;
import org.reasonrft.report.EvaluationSummary.Model;

/** Questions with the answers of all models side by side. */
final class ExamplesSection {
    private final ReportContent content;

    ExamplesSection(ReportContent content) {
        this.content = content;
    }

    String html() {
        if (content.evaluation().examples().isEmpty()) {
            return "";
        }
        StringBuilder out = new StringBuilder("<section><h2>The same question, every model</h2><p class=\"note\">"
                + "The first questions of each kind that some of the models answer rightly and others do not.</p>");
        for (Example example : content.evaluation().examples()) {
            out.append("<article class=\"example\"><div class=\"question\">");
            for (String image : example.image()) {
                out.append(EmbeddedPicture.html(image, null, "Picture for: " + example.question()));
            }
            out.append("<div><p class=\"asked\">")
                    .append(Html.escape(example.question()))
                    .append("</p><p>Answer: <b>")
                    .append(Html.escape(example.answer()))
                    .append("</b> <span class=\"quiet\">")
                    .append(Html.escape(splitLabel(example.split())))
                    .append("</span></p></div></div><div class=\"answers\">");
            for (Model model : content.evaluation().models()) {
                Answer answer = example.answers().get(model.name());
                if (answer != null) {
                    answer(out, model, answer);
                }
            }
            out.append("</div></article>");
        }
        return out.append("</section>\n").toString();
    }

    private void answer(StringBuilder out, Model model, Answer answer) {
        out.append("<div class=\"answer\"><p><i class=\"swatch c")
                .append(HtmlReport.color(content, model.name()))
                .append("\"></i><b>")
                .append(Html.escape(model.label()))
                .append("</b> <span class=\"chip ")
                .append(answer.correct() ? "won\">right" : "lost\">wrong")
                .append("</span></p><pre>")
                .append(Html.completion(SamplesSection.shortened(answer.text())))
                .append("</pre></div>");
    }

    private String splitLabel(String name) {
        return content.evaluation().splits().stream()
                .filter(split -> split.name().equals(name))
                .map(EvaluationSummary.Split::label)
                .findFirst()
                .orElse(name);
    }
}
