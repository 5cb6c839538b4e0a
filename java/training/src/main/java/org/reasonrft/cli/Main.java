package org.reasonrft.cli;

import java.io.PrintWriter;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/**
 * Entry point of {@code reason-rft}.
 *
 * <p>Exit status: 0 done, 1 failed, 2 wrong options or configuration, 130 stopped by Ctrl-C (143 by SIGTERM).
 */
@Command(
        name = "reason-rft",
        description = "Reinforcement fine-tuning of vision-language models: supervised chain-of-thought, then GRPO.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        scope = ScopeType.INHERIT,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            QuickstartCommand.class,
            SftCommand.class,
            GrpoCommand.class,
            EvalCommand.class,
            ReportCommand.class,
            GenerateDataCommand.class,
            CreateModelCommand.class,
            MergeCommand.class,
            TrainCommand.class,
            ReproduceCommand.class
        })
public final class Main implements Runnable {
    /** Everything was done. */
    public static final int OK = 0;
    /** The work failed. */
    public static final int FAILURE = 1;
    /** Options or configuration are wrong; no work was begun. */
    public static final int USAGE = 2;
    /** Stopped by Ctrl-C; a checkpoint was written. */
    public static final int INTERRUPTED = 130;

    @Option(names = "--verbose", scope = ScopeType.INHERIT, description = "Print stack traces of failures.")
    private boolean verbose;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    public static void main(String[] arguments) {
        System.exit(run(new PrintWriter(System.out, true), new PrintWriter(System.err, true), arguments));
    }

    /**
     * Runs one command and returns its exit status; never throws.
     *
     * @param out where help and version go
     * @param err where the one line about a failure goes
     */
    static int run(PrintWriter out, PrintWriter err, String... arguments) {
        // Numbers in files and tables must not depend on who runs the program.
        Locale.setDefault(Locale.ROOT);
        Main main = new Main();
        CommandLine commands = new CommandLine(main)
                .setOut(out)
                .setErr(err)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpAutoWidth(true)
                .setAbbreviatedOptionsAllowed(false);
        ErrorLine errors = new ErrorLine(err, () -> main.verbose);
        commands.setParameterExceptionHandler(errors::wrongOption);
        commands.setExecutionExceptionHandler(errors::failed);
        try {
            return commands.execute(arguments);
        } catch (OutOfMemoryError | LinkageError | StackOverflowError e) {
            return errors.report("reason-rft", e);
        }
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(
                spec.commandLine(),
                "missing command; one of "
                        + String.join(", ", spec.subcommands().keySet()));
    }
}
