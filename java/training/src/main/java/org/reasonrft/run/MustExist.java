package org.reasonrft.run;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * On a component of type {@code Path} (or a list of them) of a configuration record: the file or folder must exist when the configuration
 * is resolved, so that a mistyped name ends the program before any work is done and not after. A null is let through.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface MustExist {}
