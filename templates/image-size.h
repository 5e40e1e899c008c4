/* SPDX-License-Identifier: Apache-2.0 */
/* image-size -- how large a picture is, from its first bytes. */
#ifndef TEMPLATES_IMAGE_SIZE_H
#define TEMPLATES_IMAGE_SIZE_H

#include <glib.h>
#include <stdbool.h>

/* Pixels of a PNG (RFC 2083), GIF or JPEG (ITU T.81, B.2.2). False when it is
 * none of these, ends too early, or has no pixels. */
bool image_size(GBytes *bytes, int *out_width, int *out_height);

#endif
