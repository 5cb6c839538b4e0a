package org.reasonrft.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/**
 * The options of single task families within the options of a command. Families may share a name with different ranges
 * and defaults, so the command takes such values as text, and the chosen family parses them.
 */
final class TaskOptions implements CommandLine.IModelTransformer {
    private static final int AFTER_COMMON_OPTIONS = 100;

    /** Adds the options of all families to the command. */
    @Override
    public CommandSpec transform(CommandSpec command) {
        Map<String, List<String>> descriptions = new LinkedHashMap<>();
        Map<String, OptionSpec> options = new LinkedHashMap<>();
        for (GeneratedTask task : GeneratedTask.all()) {
            for (OptionSpec option : options(task)) {
                String text = String.join(" ", option.description())
                        + (option.defaultValue() == null ? "" : " Default: " + option.defaultValue());
                descriptions
                        .computeIfAbsent(option.longestName(), name -> new ArrayList<>())
                        .add("[" + task.label() + "] " + text);
                options.putIfAbsent(option.longestName(), option);
            }
        }
        command.usageMessage()
                .footer(GeneratedTask.all().stream()
                        .map(task -> "--task " + task.label() + ": " + task.description() + ".")
                        .toArray(String[]::new));
        int order = AFTER_COMMON_OPTIONS;
        for (OptionSpec option : options.values()) {
            command.addOption(OptionSpec.builder(option.names())
                    .type(String.class)
                    .arity("1")
                    .paramLabel(option.paramLabel())
                    .description(descriptions.get(option.longestName()).toArray(String[]::new))
                    .order(order++)
                    .build());
        }
        return command;
    }

    /**
     * The family of that name with its options as they were given.
     *
     * @throws CommandLine.ParameterException if there is no such family, or an option is wrong or of another family
     */
    static GeneratedTask chosen(String label, CommandSpec command) {
        List<GeneratedTask> tasks = GeneratedTask.all();
        GeneratedTask task = tasks.stream()
                .filter(each -> each.label().equals(label))
                .findFirst()
                .orElseThrow(() -> new CommandLine.ParameterException(
                        command.commandLine(),
                        "--task: wanted one of "
                                + tasks.stream().map(GeneratedTask::label).collect(Collectors.joining(", ")) + ", got '"
                                + label + "'"));
        List<String> own = names(task);
        List<String> arguments = new ArrayList<>();
        ParseResult given = command.commandLine().getParseResult();
        for (OptionSpec option : given.matchedOptions()) {
            String name = option.longestName();
            if (own.contains(name)) {
                arguments.add(name + "=" + option.stringValues().get(0));
                continue;
            }
            String owners = tasks.stream()
                    .filter(each -> names(each).contains(name))
                    .map(GeneratedTask::label)
                    .collect(Collectors.joining(", "));
            if (!owners.isEmpty()) {
                throw new CommandLine.ParameterException(
                        command.commandLine(), name + ": no option of --task " + label + ", but of " + owners);
            }
        }
        try {
            new CommandLine(CommandSpec.forAnnotatedObject(task))
                    .setCaseInsensitiveEnumValuesAllowed(true)
                    .parseArgs(arguments.toArray(String[]::new));
        } catch (CommandLine.ParameterException e) {
            throw new CommandLine.ParameterException(command.commandLine(), e.getMessage(), e);
        }
        return task;
    }

    private static List<OptionSpec> options(GeneratedTask task) {
        return CommandSpec.forAnnotatedObject(task).options();
    }

    private static List<String> names(GeneratedTask task) {
        return options(task).stream().map(OptionSpec::longestName).toList();
    }
}
