/**
 * What the generators of all task families stand on: random numbers that a seed fixes for ever, pictures in memory, the
 * splits of a task, and the writing of record files with their pictures.
 */
package org.reasonrft.data.generated;
