/**
 * Scenes of solids on a ground plane and their pictures in perspective: scene graph, cameras, a ray caster with
 * shading, reflections and soft shadows, and the measurement of what each camera sees of each object.
 */
package org.reasonrft.data.scene;
