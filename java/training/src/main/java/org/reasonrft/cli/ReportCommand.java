package org.reasonrft.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.reasonrft.report.EvaluationSummary;
import org.reasonrft.report.HtmlReport;
import org.reasonrft.report.ReportContent;
import org.reasonrft.run.RunFolder;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes a report of runs that are finished or still going on. */
@Command(
        name = "report",
        description = "Write one self-contained HTML file about one or several runs.",
        sortOptions = false)
final class ReportCommand implements Callable<Integer> {
    @Parameters(arity = "1..*", paramLabel = "RUN", description = "Run folders, in the order to show them.")
    private List<Path> runs;

    @Option(names = "--evaluation", paramLabel = "FILE", description = "Evaluation summary to show with them.")
    private Path evaluation;

    @Option(names = "--title", paramLabel = "TEXT", description = "Heading.")
    private String title;

    @Option(
            names = "--output",
            paramLabel = "FILE",
            description = "Where to write; else report.html in the first run folder.")
    private Path output;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @Override
    public Integer call() {
        List<ReportContent.Run> described = new ArrayList<>();
        for (Path run : runs) {
            Path last = run.toAbsolutePath().normalize().getFileName();
            String name = last == null ? run.toString() : last.toString();
            boolean taken = described.stream().anyMatch(other -> other.name().equals(name));
            described.add(
                    new ReportContent.Run(taken ? run.toString() : name, taken ? run.toString() : name, run, null));
        }
        Path target = output == null ? runs.get(0).resolve(RunFolder.REPORT) : output;
        EvaluationSummary summary = evaluation == null ? null : EvaluationSummary.read(evaluation);
        HtmlReport.write(
                target, new ReportContent(title == null ? described.get(0).label() : title, "", described, summary));
        spec.commandLine().getOut().println("report: " + target);
        return Main.OK;
    }
}
