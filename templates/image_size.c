/* SPDX-License-Identifier: Apache-2.0 */
/* image_size.c - the size that stands in a picture's header */
#include "image-size.h"

#include <stdint.h>
#include <string.h>

static int
big(const uint8_t *at, int bytes)
{
    uint32_t n = 0;

    while (bytes-- > 0)
        n = n << 8 | *at++;
    return n > G_MAXUINT16 ? 0 : (int)n; /* no mail has a larger picture */
}

static bool
is_frame(uint8_t marker)
{
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 &&
           marker != 0xc8 && marker != 0xcc;
}

/* Segments: FF, marker, length of two bytes that counts itself. */
static bool
jpeg_size(const uint8_t *data, gsize size, int *width, int *height)
{
    gsize at = 2;

    while (at + 9 <= size && data[at] == 0xff) {
        uint8_t marker = data[at + 1];
        if (marker == 0xff) { /* padding */
            at++;
            continue;
        }
        if (is_frame(marker)) {
            *height = big(data + at + 5, 2);
            *width = big(data + at + 7, 2);
            return true;
        }
        at += 2 + (gsize)big(data + at + 2, 2);
    }
    return false;
}

bool
image_size(GBytes *bytes, int *out_width, int *out_height)
{
    gsize size;
    const uint8_t *data = g_bytes_get_data(bytes, &size);

    *out_width = *out_height = 0;
    if (size >= 24 && memcmp(data, "\x89PNG\r\n\x1a\n", 8) == 0) {
        *out_width = big(data + 16, 4);
        *out_height = big(data + 20, 4);
    } else if (size >= 10 && memcmp(data, "GIF8", 4) == 0) {
        *out_width = data[6] | data[7] << 8;
        *out_height = data[8] | data[9] << 8;
    } else if (size >= 4 && data[0] == 0xff && data[1] == 0xd8) {
        if (!jpeg_size(data, size, out_width, out_height))
            return false;
    }
    return *out_width > 0 && *out_height > 0;
}
