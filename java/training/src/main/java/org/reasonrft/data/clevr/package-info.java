/**
 * Visual counting in perspective: the question kinds of CLEVR-Math over scenes like CLEVR's, with chains of thought and
 * captions; under domain shift other shapes, colours and grounds, as Super-CLEVR is to CLEVR.
 */
package org.reasonrft.data.clevr;
