/**
 * The spatial transformation task, after TRANCE (Hong et al., 2021): two pictures of a scene, and which changes lead
 * from the first to the second; under domain shift the second is taken from another side.
 */
package org.reasonrft.data.spatial;
