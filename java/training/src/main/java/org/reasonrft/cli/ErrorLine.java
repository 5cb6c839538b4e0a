package org.reasonrft.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.reasonrft.data.DataException;
import org.reasonrft.io.IoFailure;
import org.reasonrft.run.ConfigException;
import org.reasonrft.run.RunException;
import picocli.CommandLine;

/**
 * The wall between failures and whoever runs the program: each becomes one line {@code reason-rft <command>: <what>} and an exit status.
 * Stack traces are for {@code --verbose}.
 */
final class ErrorLine {
    private final PrintWriter err;
    private final BooleanSupplier verbose;

    ErrorLine(PrintWriter err, BooleanSupplier verbose) {
        this.err = err;
        this.verbose = verbose;
    }

    /** Handles what the parser refuses. */
    int wrongOption(CommandLine.ParameterException failure, String[] arguments) {
        CommandLine command = failure.getCommandLine();
        String name = command.getCommandSpec().qualifiedName();
        StringBuilder line = new StringBuilder(name).append(": ");
        List<String> unknown = command.getUnmatchedArguments();
        if (unknown.isEmpty()) {
            line.append(oneLine(failure.getMessage()));
        } else {
            // Also where the parser complains of a missing option: the unknown one is probably that, misspelt.
            line.append("unknown option or argument '").append(unknown.get(0)).append('\'');
            List<String> near = new CommandLine.UnmatchedArgumentException(command, unknown).getSuggestions();
            if (!near.isEmpty()) {
                line.append("; did you mean ").append(near.get(0)).append('?');
            }
        }
        err.println(line.append(" (see ").append(name).append(" --help)"));
        trace(failure);
        return Main.USAGE;
    }

    /** Handles what a command throws. */
    int failed(Exception failure, CommandLine command, CommandLine.ParseResult parsed) {
        return report(command.getCommandSpec().qualifiedName(), failure);
    }

    int report(String command, Throwable failure) {
        err.println(command + ": " + oneLine(describe(failure)));
        trace(failure);
        return failure instanceof ConfigException ? Main.USAGE : Main.FAILURE;
    }

    private String describe(Throwable failure) {
        if (failure instanceof ConfigException
                || failure instanceof RunException
                || failure instanceof DataException
                || failure instanceof IllegalArgumentException) {
            return messageOr(failure, failure.getClass().getSimpleName());
        }
        if (failure instanceof UncheckedIOException) {
            return describe((IOException) failure.getCause());
        }
        if (failure instanceof IOException) {
            return describe((IOException) failure);
        }
        if (failure instanceof OutOfMemoryError) {
            return "out of memory: " + messageOr(failure, "Java heap") + "; lower the batch sizes or raise -Xmx";
        }
        if (failure instanceof LinkageError) {
            return "a native library or class cannot be loaded: "
                    + messageOr(failure, failure.getClass().getSimpleName());
        }
        StackTraceElement[] trace = failure.getStackTrace();
        return failure.getClass().getSimpleName() + ": " + messageOr(failure, "no message")
                + (trace.length == 0 ? "" : " (at " + trace[0] + ")")
                + (verbose.getAsBoolean() ? "" : "; --verbose shows more");
    }

    private static String describe(IOException failure) {
        String reason = IoFailure.reason(failure);
        String message = failure.getMessage();
        // The exceptions of java.nio.file have the path for a message, or "path: reason".
        boolean namesPath =
                failure instanceof java.nio.file.FileSystemException && message != null && !message.contains(reason);
        return namesPath ? message + ": " + reason : message == null ? reason : message;
    }

    private static String messageOr(Throwable failure, String otherwise) {
        String message = failure.getMessage();
        return message == null || message.isBlank() ? otherwise : message;
    }

    /** Libraries put whole stack traces of their own into messages; the first line says it. */
    private static String oneLine(String message) {
        return message.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .findFirst()
                .orElse("failed without a message");
    }

    private void trace(Throwable failure) {
        if (verbose.getAsBoolean()) {
            failure.printStackTrace(err);
        }
    }
}
