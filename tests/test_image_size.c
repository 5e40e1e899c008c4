/* SPDX-License-Identifier: Apache-2.0 */
/* test_image_size.c - the size of a picture, and of what only looks like one */
#include "templates/image-size.h"

typedef struct {
    const char *name, *bytes;
    gsize length;
    int width, height; /* 0: not known */
} Case;

#define PNG      "\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
#define JPEG     "\xff\xd8\xff\xe0\0\x06JFIF"
#define BYTES(s) s, sizeof(s) - 1

static const Case cases[] = {
    {"png", BYTES(PNG "\0\0\2\x58\0\0\1\x2c"), 600, 300},
    {"png-short", BYTES(PNG "\0\0\2\x58\0\0\1"), 0, 0},
    {"png-huge", BYTES(PNG "\xff\xff\xff\xff\xff\xff\xff\xff"), 0, 0},
    {"png-empty", BYTES(PNG "\0\0\0\0\0\0\1\x2c"), 0, 0},
    {"gif", BYTES("GIF89a\x58\2\x2c\1"), 600, 300},
    {"gif-short", BYTES("GIF89a\x58\2\x2c"), 0, 0},
    {"jpeg", BYTES(JPEG "\xff\xc0\0\x11\x08\1\x2c\2\x58"), 600, 300},
    {"jpeg-progressive", BYTES(JPEG "\xff\xc2\0\x11\x08\1\x2c\2\x58"), 600,
     300},
    {"jpeg-padded", BYTES(JPEG "\xff\xff\xff\xc0\0\x11\x08\1\x2c\2\x58"), 600,
     300},
    {"jpeg-table-first",
     BYTES("\xff\xd8\xff\xc4\0\x04xx\xff\xc0\0\x11\x08\1\x2c\2\x58"), 600, 300},
    {"jpeg-no-frame", BYTES(JPEG "\xff\xd9"), 0, 0},
    {"jpeg-length-0", BYTES("\xff\xd8\xff\xe0\0\0\0\0\0\0\0\0\0"), 0, 0},
    {"jpeg-ends", BYTES("\xff\xd8\xff\xe0\xff\xff"), 0, 0},
    {"text", BYTES("not a picture, but long enough for one"), 0, 0},
    {"nothing", BYTES(""), 0, 0},
};

static void
test_case(gconstpointer data)
{
    const Case *c = data;
    g_autoptr(GBytes) bytes = g_bytes_new(c->bytes, c->length);
    int width, height;

    g_assert_cmpint(image_size(bytes, &width, &height), ==, c->width > 0);
    if (c->width > 0) {
        g_assert_cmpint(width, ==, c->width);
        g_assert_cmpint(height, ==, c->height);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path =
            g_strconcat("/image-size/", cases[i].name, NULL);
        g_test_add_data_func(path, &cases[i], test_case);
    }
    return g_test_run();
}
