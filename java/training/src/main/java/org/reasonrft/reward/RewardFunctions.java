package org.reasonrft.reward;

import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;

/** Finds reward functions for the names in a recipe. */
public final class RewardFunctions {
    private RewardFunctions() {}

    /** New instances of the rewards that come with the library. */
    public static List<RewardFunction> shipped() {
        return List.of(
                new FormatReward(),
                new CaptionFormatReward(),
                new AccuracyReward(),
                new EquivalenceReward(),
                new ToleranceReward(),
                new ToleranceReward(ToleranceReward.Numbers.PLAIN),
                new TransformationReward(TransformationReward.Credit.PARTIAL),
                new TransformationReward(TransformationReward.Credit.EXACT),
                new TransformationReward(TransformationReward.Credit.PENALTY),
                new ReasoningStepsReward(),
                new LengthReward());
    }

    /**
     * The reward of that name: one that comes with the library, else one that {@link ServiceLoader} finds on the class
     * path, else, for a name with a dot, a new instance of the class.
     *
     * @throws IllegalArgumentException if there is none, naming those there are, or the class cannot be used, saying why
     */
    public static RewardFunction named(String name) {
        List<RewardFunction> known = new ArrayList<>(shipped());
        known.addAll(plugIns());
        Set<String> names = new TreeSet<>();
        for (RewardFunction function : known) {
            if (function.name().equals(name)) {
                return function;
            }
            names.add(function.name());
        }
        if (name.indexOf('.') > 0) {
            return ofClass(name);
        }
        throw new IllegalArgumentException(
                "rewards: got '" + name + "', wanted the name of a class or one of " + names);
    }

    private static List<RewardFunction> plugIns() {
        List<RewardFunction> plugIns = new ArrayList<>();
        Iterator<RewardFunction> found =
                ServiceLoader.load(RewardFunction.class).iterator();
        try {
            found.forEachRemaining(plugIns::add);
        } catch (ServiceConfigurationError e) {
            throw new IllegalArgumentException(
                    "rewards: a plug-in on the class path cannot be used: " + e.getMessage(), e);
        }
        return plugIns;
    }

    private static RewardFunction ofClass(String name) {
        try {
            Class<?> type = Class.forName(name, true, classLoader());
            if (!RewardFunction.class.isAssignableFrom(type)) {
                throw new IllegalArgumentException(
                        "rewards: class " + name + " is no " + RewardFunction.class.getName());
            }
            return (RewardFunction) type.getConstructor().newInstance();
        } catch (ClassNotFoundException e) {
            throw new IllegalArgumentException("rewards: no class " + name + " on the class path", e);
        } catch (NoSuchMethodException | IllegalAccessException | InstantiationException e) {
            throw new IllegalArgumentException(
                    "rewards: class " + name + " has to be public with a public constructor without parameters", e);
        } catch (InvocationTargetException | LinkageError e) {
            Throwable cause = e instanceof InvocationTargetException ? e.getCause() : e;
            throw new IllegalArgumentException("rewards: class " + name + " cannot be made: " + cause, cause);
        }
    }

    /** As {@link ServiceLoader} does it. */
    private static ClassLoader classLoader() {
        ClassLoader loader = Thread.currentThread().getContextClassLoader();
        return loader == null ? RewardFunctions.class.getClassLoader() : loader;
    }
}
