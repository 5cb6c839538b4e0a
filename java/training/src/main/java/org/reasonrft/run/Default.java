package org.reasonrft.run;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The value that a component of a configuration record takes when no file and no option gives one, written as YAML: {@code "1e-6"},
 * {@code "true"}, {@code "[1, 2]"}, {@code "null"} (only for reference types). A component without this annotation must be given,
 * unless it is itself a record, which then starts from the defaults of its own components. On a component that is a record the value is a
 * YAML mapping that is laid under what is given, so one kind of run can have other defaults than another.
 *
 * @see ConfigReader
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Default {
    /** A YAML value of the component's type. */
    String value();
}
