/**
 * A structure-perception task made from a seed: plane-geometry figures in true proportions, questions like GeoMath's with
 * chains of thought, a domain shift like Geometry3K's, and captions for pre-training.
 */
package org.reasonrft.data.geometry;
